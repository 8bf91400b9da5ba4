#include "account/accounts.h"
#include "tests/support/house.h"
#include "tests/support/matchers.h"

#include <gtest/gtest.h>

namespace sallyport::account {
namespace {

using test::failsWith;
using test::isOk;
using test::TestHouse;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

class Accounts : public testing::Test {
  protected:
    static MailAddress mailbox(std::string_view text) {
        auto address = MailAddress::parse(text);
        EXPECT_THAT(address, isOk());
        return std::move(*address);
    }

    Result<std::optional<Found>> find(std::string_view address) {
        return house_.directory().find(mailbox(address), TestHouse::soon());
    }

    /// Device operations of one search.
    test::CountingDevice::Counts costOfFinding(std::string_view address) {
        house_.device().reset();
        static_cast<void>(find(address));
        return house_.device().counts();
    }

    TestHouse house_;
};

TEST_F(Accounts, areFoundByTheirAddressInAnySpelling) {
    const Found made =
        house_.addAccount("someone@example.test", AccountStatus::kActive, {"operator", "auditor"});
    const auto found = find("SomeOne@EXAMPLE.test");
    ASSERT_THAT(found, isOk());
    ASSERT_TRUE(found->has_value());
    const Found& it = **found;
    EXPECT_EQ(it.authority.account, made.authority.account);
    EXPECT_EQ(it.authority.status, AccountStatus::kActive);
    EXPECT_THAT(it.authority.roles, ElementsAre("auditor", "operator"));
    EXPECT_EQ(it.authority.epoch, 1U);
    EXPECT_EQ(it.authority.person, std::nullopt);
    EXPECT_THAT(house_.eventTypes(), ElementsAre("account.created"));
    EXPECT_THAT(house_.integrityReports(), IsEmpty());
}

TEST_F(Accounts, areNotThereWhenUnknown) {
    const auto found = find("nobody@example.test");
    ASSERT_THAT(found, isOk());
    EXPECT_FALSE(found->has_value());
}

}  // namespace
}  // namespace sallyport::account
