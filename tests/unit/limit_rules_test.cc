#include "base/canonical.h"
#include "limit/rules.h"
#include "limit/source.h"
#include "limit/tables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sallyport::limit {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(Rules, areThoseOfTheDefaults) {
    RecordProperty("requirement", "L-12");
    const Rules rules = makeRules({});
    EXPECT_THAT(rules.issue.windows, ElementsAre(Window{20, minutes(10), 20}));
    EXPECT_THAT(rules.redeem.windows, ElementsAre(Window{40, minutes(10), 40}));
    EXPECT_THAT(
        rules.mailbox.windows,
        ElementsAre(Window{3, minutes(10), 2}, Window{5, hours(1), 3}, Window{15, hours(24), 10}));
    EXPECT_THAT(rules.known_browser.windows,
                ElementsAre(Window{3, minutes(10), 3}, Window{15, hours(24), 15}));
    EXPECT_THAT(rules.sign_in.windows, ElementsAre(Window{60, minutes(10), 60}));
}

TEST(Rules, areAThousandTimesWiderForDevelopment) {
    const Rules rules = makeRules({.multiplier = 1000, .mails_per_hour = std::nullopt});
    EXPECT_THAT(rules.issue.windows, ElementsAre(Window{20'000, minutes(10), 20'000}));
    EXPECT_THAT(rules.mailbox.windows,
                ElementsAre(Window{3'000, minutes(10), 2'000},
                            Window{5'000, hours(1), 3'333},
                            Window{15'000, hours(24), 10'000}));
}

TEST(Rules, haveNoMailBudgetUnlessConfigured) {
    const Rules rules = makeRules({});
    EXPECT_THAT(rules.mail.windows, IsEmpty());
    EXPECT_THAT(rules.recovery_mail.windows, IsEmpty());
}

TEST(Rules, keepAQuarterOfTheMailBudgetForRecovery) {
    const Rules rules = makeRules({.multiplier = 1, .mails_per_hour = 1000});
    EXPECT_THAT(rules.mail.windows, ElementsAre(Window{750, hours(1), 750}));
    EXPECT_THAT(rules.recovery_mail.windows, ElementsAre(Window{1000, hours(1), 1000}));
    EXPECT_EQ(rules.mail.name, rules.recovery_mail.name);
}

TEST(Rules, neverLookFurtherThanTheLongestWindow) {
    const Rules rules = makeRules({.multiplier = 1, .mails_per_hour = 4});
    for (const Rule& rule : {rules.issue,
                             rules.redeem,
                             rules.mailbox,
                             rules.known_browser,
                             rules.sign_in,
                             rules.mail,
                             rules.recovery_mail}) {
        for (const Window& window : rule.windows) {
            EXPECT_LE(window.length, kLongestWindow) << rule.name;
            EXPECT_GE(window.per_source, 1) << rule.name;
            EXPECT_LE(window.per_source, window.count) << rule.name;
        }
    }
}

TEST(Day, beginsAtMidnightUtc) {
    const Time midnight = timeFromMicros(std::int64_t{20'000} * 86'400 * 1'000'000);
    EXPECT_EQ(dayOf(midnight), 20'000);
    EXPECT_EQ(dayOf(midnight - Duration(1)), 19'999);
    EXPECT_EQ(dayOf(midnight + hours(24) - Duration(1)), 20'000);
}

TEST(SourceKeys, areTheDigestOfSaltAndSource) {
    FixedBytes<32> salt{};
    salt.fill(7);
    const Keys keys = sourceKeys({salt, std::nullopt}, "192.0.2.1");
    // By hand: lp(domain) u32(2) 01 lp(salt) 01 lp(source).
    Bytes expected;
    const auto put = [&expected](ByteView bytes) {
        const std::array<std::uint8_t, 4> size{0, 0, 0, static_cast<std::uint8_t>(bytes.size())};
        expected.insert(expected.end(), size.begin(), size.end());
        expected.insert(expected.end(), bytes.begin(), bytes.end());
    };
    put(asBytes("sallyport/limit-source/v1"));
    expected.insert(expected.end(), {0, 0, 0, 2, 1});
    put(salt);
    expected.push_back(1);
    put(asBytes("192.0.2.1"));
    EXPECT_EQ(keys.today, sha256(expected));
    EXPECT_EQ(keys.yesterday, std::nullopt);
}

TEST(SourceKeys, differByDaySourceAndUse) {
    FixedBytes<32> today{};
    FixedBytes<32> yesterday{};
    yesterday.fill(1);
    const Salts salts{today, yesterday};
    const Keys keys = sourceKeys(salts, "192.0.2.1");
    EXPECT_NE(keys.today, keys.yesterday);
    EXPECT_NE(keys.today, sourceKeys(salts, "192.0.2.2").today);
    EXPECT_NE(keys.today, browserKeys(salts, asBytes("192.0.2.1")).today);
}

TEST(MailboxLookupBytes, differByMailboxAndDay) {
    const Secret one(std::string_view("a@example.test"));
    const Secret other(std::string_view("b@example.test"));
    EXPECT_EQ(mailboxLookupBytes(one, 20'000), mailboxLookupBytes(one, 20'000));
    EXPECT_FALSE(mailboxLookupBytes(one, 20'000) == mailboxLookupBytes(one, 20'001));
    EXPECT_FALSE(mailboxLookupBytes(one, 20'000) == mailboxLookupBytes(other, 20'000));
}

TEST(LimitTables, areStateAsAWhole) {
    for (const seal::Table* table : {&hitsTable(), &saltsTable()}) {
        EXPECT_EQ(table->binding, seal::Binding::kState);
        for (const seal::Column& column : table->columns) {
            const bool key = column.name == table->key();
            EXPECT_EQ(column.column_class,
                      key ? seal::ColumnClass::kKey : seal::ColumnClass::kState)
                << column.name;
        }
    }
}

}  // namespace
}  // namespace sallyport::limit
