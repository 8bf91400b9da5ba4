#include "tests/support/matchers.h"
#include "tests/support/sign_in_house.h"

#include <gmock/gmock.h>

#include <functional>

/// What mail systems do to a link, and where its reader ends: signed in, or at one clear next step.
/// The same table stands in docs/hostile-mails.md; what only a browser shows (fragments, redirects)
/// is driven there in a browser too.
namespace sallyport {
namespace {

using link::Refusal;
using test::Delivered;
using test::opened;
using test::refusalOf;
using test::SignInHouse;
using test::TestBrowser;
using test::TestHouse;

constexpr std::string_view kAda = "ada@example.test";

/// What the script of /link makes of a fragment: the closing letter goes, the rest is the token.
std::string tokenOf(std::string_view fragment) {
    if (fragment.ends_with('x')) fragment.remove_suffix(1);
    return std::string(fragment);
}

struct Reader {
    SignInHouse h;
    TestBrowser asked{"192.0.2.1"};
    TestBrowser other{"198.51.100.1"};

    Reader() { h.house.addAccount(kAda); }

    Delivered mail() {
        EXPECT_THAT(h.ask(asked, kAda), test::isOk());
        return h.deliverOne();
    }

    void later(Duration duration) { h.house.clock().advance(duration); }

    bool opensWithCode(const Delivered& mail) { return opened(h.relay(asked, mail.code)); }
};

struct HostileMail {
    const char* name;
    std::function<void(Reader&)> story;
};

class HostileMails : public testing::TestWithParam<HostileMail> {};

TEST_P(HostileMails, endSignedInOrAtOneClearNextStep) {
    RecordProperty("requirement", "L-05,L-06,L-07");
    Reader reader;
    GetParam().story(reader);
}

const HostileMail kStories[] = {
    {"fragmentLost",
     [](Reader& r) {
         const Delivered mail = r.mail();
         EXPECT_EQ(refusalOf(r.h.redeem(r.asked, "")), Refusal::kInvalid);
         EXPECT_TRUE(r.opensWithCode(mail));
     }},
    {"keptBehindARedirect",
     [](Reader& r) {
         const Delivered mail = r.mail();
         EXPECT_TRUE(opened(r.h.redeem(r.asked, tokenOf(mail.token + "x"))));
     }},
    {"cutAtAColon",
     [](Reader& r) {
         const Delivered mail = r.mail();
         EXPECT_EQ(mail.token.find(':'), std::string::npos);
         EXPECT_TRUE(r.opensWithCode(mail));
     }},
    {"trailingCharacterEaten",
     [](Reader& r) {
         const Delivered mail = r.mail();
         EXPECT_TRUE(opened(r.h.redeem(r.asked, tokenOf(mail.token))));
     }},
    {"nineMinutesLate",
     [](Reader& r) {
         const Delivered mail = r.mail();
         r.later(std::chrono::minutes(9));
         EXPECT_TRUE(opened(r.h.redeem(r.asked, mail.token)));
     }},
    {"twelveMinutesLate",
     [](Reader& r) {
         const Delivered mail = r.mail();
         r.later(std::chrono::minutes(12));
         EXPECT_EQ(refusalOf(r.h.links.inspect(mail.token, r.asked.requester, TestHouse::soon())),
                   Refusal::kExpired);
         ASSERT_TRUE(opened(r.h.askAgain(r.asked)));
         EXPECT_TRUE(opened(r.h.redeem(r.asked, r.h.deliverOne().token)));
     }},
    {"deliveredTwice",
     [](Reader& r) {
         const Delivered mail = r.mail();
         EXPECT_TRUE(opened(r.h.redeem(r.asked, mail.token)));
         EXPECT_EQ(refusalOf(r.h.links.inspect(mail.token, r.asked.requester, TestHouse::soon())),
                   Refusal::kUsed);
         EXPECT_TRUE(r.h.signedIn(r.asked));
     }},
    {"outOfOrder",
     [](Reader& r) {
         const Delivered first = r.mail();
         const Delivered second = r.mail();
         EXPECT_EQ(refusalOf(r.h.links.inspect(first.token, r.asked.requester, TestHouse::soon())),
                   Refusal::kReplaced);
         EXPECT_TRUE(opened(r.h.redeem(r.asked, second.token)));
     }},
    {"otherBrowser",
     [](Reader& r) {
         const Delivered mail = r.mail();
         EXPECT_EQ(refusalOf(r.h.links.inspect(mail.token, r.other.requester, TestHouse::soon())),
                   Refusal::kWrongBrowser);
         EXPECT_TRUE(r.opensWithCode(mail));
     }},
    {"onThePhone",
     [](Reader& r) {
         const Delivered mail = r.mail();
         std::string typed = mail.code;
         for (char& c : typed) c = c == '-' ? ' ' : static_cast<char>(std::tolower(c));
         EXPECT_TRUE(opened(r.h.relay(r.asked, typed)));
     }},
    {"textOnly",
     [](Reader& r) {
         const Delivered mail = r.mail();  // the post office reads the text part
         EXPECT_FALSE(mail.token.empty());
         EXPECT_TRUE(opened(r.h.redeem(r.asked, mail.token)));
     }},
    {"afterSendAgain",
     [](Reader& r) {
         const Delivered first = r.mail();
         r.later(std::chrono::seconds(60));
         ASSERT_TRUE(opened(r.h.askAgain(r.asked)));
         EXPECT_EQ(r.h.deliverOne().token, first.token);
         EXPECT_TRUE(opened(r.h.redeem(r.asked, first.token)));
     }},
};

INSTANTIATE_TEST_SUITE_P(Table,
                         HostileMails,
                         testing::ValuesIn(kStories),
                         [](const auto& test_case) { return std::string(test_case.param.name); });

}  // namespace
}  // namespace sallyport
