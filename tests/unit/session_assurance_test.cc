#include "session/assurance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sallyport::session {
namespace {

using testing::ElementsAre;

TEST(Assurance, ofALinkIsTheMailboxAlone) {
    testing::Test::RecordProperty("requirement", "L-01,S-04");
    const Assurance assurance = assuranceOfLink();
    EXPECT_EQ(assurance.acr, "0");
    EXPECT_THAT(assurance.amr, ElementsAre("urn:sallyport:amr:email-link"));
}

TEST(Assurance, ofASecurityKeyIsWhatItsAssertionProves) {
    testing::Test::RecordProperty("requirement", "F-03,F-04");

    struct Case {
        bool user_verified;
        bool hardware;
        std::string_view acr;
        std::set<std::string> amr;
    };

    for (const auto& wanted : {Case{false, false, "urn:sallyport:acr:key", {"pop", "user"}},
                               Case{false, true, "urn:sallyport:acr:key", {"hwk", "pop", "user"}},
                               Case{true, false, "phr", {"mfa", "pop", "user"}},
                               Case{true, true, "phrh", {"hwk", "mfa", "pop", "user"}}}) {
        const Assurance assurance = assuranceOf(wanted.user_verified, wanted.hardware);
        EXPECT_EQ(assurance.acr, wanted.acr);
        EXPECT_EQ(assurance.amr, wanted.amr);
    }
}

TEST(Assurance, meetsWhatIsWantedOrLess) {
    const std::vector<std::string_view> order = {"0", "urn:sallyport:acr:key", "phr", "phrh"};
    for (std::size_t has = 0; has < order.size(); ++has) {
        for (std::size_t wants = 0; wants < order.size(); ++wants) {
            EXPECT_EQ(meets(order[has], order[wants]), has >= wants)
                << order[has] << " " << order[wants];
        }
    }
}

TEST(Assurance, outsideTheOrderMeetsOnlyItself) {
    const std::string_view recovery = "urn:sallyport:acr:recovery";
    EXPECT_TRUE(meets(recovery, recovery));
    EXPECT_FALSE(meets(recovery, "0"));
    EXPECT_FALSE(meets("phrh", recovery));
    EXPECT_FALSE(meets("phrh", ""));
    EXPECT_FALSE(meets("", "0"));
    EXPECT_FALSE(meets("PHRH", "phr"));
}

}  // namespace
}  // namespace sallyport::session
