#include "tests/support/matchers.h"
#include "tests/support/sign_in_house.h"

#include <gmock/gmock.h>

/// Whether an address is known, frozen or over its quota can be seen neither in the answer nor in
/// the work (L-11).
namespace sallyport {
namespace {

using test::SignInHouse;
using test::TestBrowser;
using test::TestHouse;

/// What one request and its mail cost.
struct Cost {
    test::CountingDevice::Counts issue_operations;
    std::uint64_t issue_commits;
    test::CountingDevice::Counts mail_operations;
    std::size_t tag_is_there;
    Duration expires_in;

    friend bool operator==(const Cost&, const Cost&) = default;
};

class EqualWork : public testing::Test {
  protected:
    Cost measure(std::string_view address, std::string source) {
        h.deliver();
        TestBrowser browser{std::move(source)};
        h.house.device().reset();
        const auto commits = h.house.database().commits();
        const auto issued = h.ask(browser, address);
        EXPECT_THAT(issued, test::isOk());
        const auto committed = h.house.database().commits();
        auto issuing = h.house.device().counts();
        h.house.device().reset();
        h.deliver();
        return {std::move(issuing),
                committed - commits,
                h.house.device().counts(),
                issued->request_tag.empty() ? 0U : 1U,
                issued->expires_in};
    }

    SignInHouse h;
};

TEST_F(EqualWork, knownUnknownFrozenAndLimitedAddressesCostTheSame) {
    RecordProperty("requirement", "L-11");
    h.house.addAccount("known@example.test");
    h.house.addAccount("limited@example.test");
    h.house.addAccount("frozen@example.test", account::AccountStatus::kFrozen);
    for (int i = 0; i < 4; ++i) measure("limited@example.test", "198.51.100." + std::to_string(i));
    const Cost known = measure("known@example.test", "192.0.2.1");
    EXPECT_FALSE(known.issue_operations.empty());
    EXPECT_EQ(known.issue_commits, 1U);
    EXPECT_FALSE(known.mail_operations.empty());
    EXPECT_EQ(measure("nobody@example.test", "192.0.2.2"), known);
    EXPECT_EQ(measure("frozen@example.test", "192.0.2.3"), known);
    EXPECT_EQ(measure("limited@example.test", "192.0.2.4"), known);
}

TEST_F(EqualWork, aSourceOverItsLimitIsToldSoBeforeAnyDeviceCall) {
    for (int i = 0; i < 20; ++i) {
        TestBrowser browser{"192.0.2.1"};
        ASSERT_THAT(h.ask(browser, "a" + std::to_string(i) + "@example.test"), test::isOk());
    }
    h.house.device().reset();
    TestBrowser browser{"192.0.2.1"};
    const auto issued = h.ask(browser, "a@example.test");
    EXPECT_THAT(issued, test::failsWith(ErrorCode::kRateLimited));
    EXPECT_GT(issued.error().retry_after_seconds, 0U);
    EXPECT_TRUE(h.house.device().counts().empty());
}

}  // namespace
}  // namespace sallyport
