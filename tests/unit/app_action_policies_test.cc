#include "app/action_policies.h"
#include "app/new_config.h"
#include "tests/support/matchers.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

namespace sallyport::app {
namespace {

using test::failsWith;
using test::isOk;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kLeast = R"(
[hsm]
module = "/usr/lib/softhsm/libsofthsm2.so"
token_label = "sallyport"
[mail]
from = "no-reply@example.org"
[[clients]]
id = "shop"
name = "Shop"
keys = ["{}"]
)";

Result<std::vector<action::TypePolicy>> policies(std::string_view text) {
    auto config = parseConfig(std::string(kLeast) + std::string(text), "f.toml");
    if (!config) return config.error();
    return actionPolicies(*config);
}

constexpr std::string_view kType = R"(
[[actions]]
type = "a.b"
version = 3
text = { en = "Give {x}, {n}", de = "{n}, {x} geben" }
acr = "phrh"
max_age = "5m"
approvers = 2
approver_roles = ["treasurer", "auditor"]
proposer_may_approve = true
delay = "1m"
ttl = "1h"
proposer_roles = ["clerk"]
clients = ["shop"]
channel = "cli"
audience = "shop"
[[actions.parameters]]
name = "x"
kind = "text"
min = 2
max = 9
one_of = ["cc", "bb"]
label = { en = "X" }
[[actions.parameters]]
name = "n"
kind = "decimal"
scale = 3
optional = true
)";

/// The same in another layout: inline, other order of keys, sets in another order.
constexpr std::string_view kSameType = R"(
[[actions]]
audience = "shop"
channel = "cli"
clients = ["shop", "shop"]
proposer_roles = ["clerk"]
ttl = "60m"
delay = "60s"
proposer_may_approve = true
approver_roles = ["auditor", "treasurer"]
approvers = 2
max_age = "300s"
acr = "phrh"
text.de = "{n}, {x} geben"
text.en = "Give {x}, {n}"
parameters = [
    { kind = "text", name = "x", one_of = ["bb", "cc"], max = 9, min = 2, label.en = "X" },
    { kind = "decimal", name = "n", optional = true, scale = 3, min = 1, max = 140 },
]
version = 3
type = "a.b"
)";

TEST(ActionPolicies, takeEveryKey) {
    const auto read = policies(kType);
    ASSERT_THAT(read, isOk());
    ASSERT_EQ(read->size(), 1U);
    const action::TypePolicy& policy = read->front();
    EXPECT_EQ(policy.type, "a.b");
    EXPECT_EQ(policy.version, 3U);
    EXPECT_EQ(policy.text.at("en"), "Give {x}, {n}");
    EXPECT_EQ(policy.acr, "phrh");
    EXPECT_EQ(policy.max_age, std::chrono::minutes(5));
    EXPECT_EQ(policy.approvers, 2U);
    EXPECT_THAT(policy.approver_roles, ElementsAre("auditor", "treasurer"));
    EXPECT_TRUE(policy.proposer_may_approve);
    EXPECT_FALSE(policy.proposer_only);
    EXPECT_EQ(policy.delay, std::chrono::minutes(1));
    EXPECT_EQ(policy.ttl, std::chrono::hours(1));
    EXPECT_THAT(policy.proposer_roles, ElementsAre("clerk"));
    EXPECT_THAT(policy.clients, ElementsAre("shop"));
    EXPECT_EQ(policy.channel, Channel::kCli);
    EXPECT_EQ(policy.audience, "shop");
    ASSERT_EQ(policy.parameters.size(), 2U);
    EXPECT_EQ(policy.parameters[0].name, "x");
    EXPECT_EQ(policy.parameters[0].min, 2U);
    EXPECT_THAT(policy.parameters[0].one_of, ElementsAre("bb", "cc"));
    EXPECT_EQ(policy.parameters[1].kind, action::ParameterRule::Kind::kDecimal);
    EXPECT_EQ(policy.parameters[1].scale, 3U);
    EXPECT_TRUE(policy.parameters[1].optional);
}

TEST(ActionPolicies, haveADigestOfWhatTheySayAndNotOfTheirLayout) {
    const auto one = policies(kType);
    const auto other = policies(kSameType);
    ASSERT_THAT(one, isOk());
    ASSERT_THAT(other, isOk());
    EXPECT_EQ(one->front().digest(), other->front().digest());
}

TEST(ActionPolicies, haveAnotherDigestForWhateverIsChanged) {
    const auto original = policies(kType);
    ASSERT_THAT(original, isOk());
    const std::vector<std::pair<std::string, std::string>> changes = {
        {"type = \"a.b\"", "type = \"a.c\""},
        {"version = 3", "version = 4"},
        {"Give {x}, {n}", "Give {x} and {n}"},
        {"{n}, {x} geben", "{n}, {x}  geben"},
        {"acr = \"phrh\"", "acr = \"phr\""},
        {"max_age = \"5m\"", "max_age = \"6m\""},
        {"approvers = 2", "approvers = 1"},
        {"[\"treasurer\", \"auditor\"]", "[\"treasurer\"]"},
        {"proposer_may_approve = true", "proposer_may_approve = false"},
        {"delay = \"1m\"", "delay = \"2m\""},
        {"ttl = \"1h\"", "ttl = \"2h\""},
        {"[\"clerk\"]", "[]"},
        {"clients = [\"shop\"]", "clients = []"},
        {"channel = \"cli\"", "channel = \"browser\""},
        {"audience = \"shop\"", ""},
        {"min = 2", "min = 1"},
        {"max = 9", "max = 8"},
        {"[\"cc\", \"bb\"]", "[\"cc\"]"},
        {"label = { en = \"X\" }", ""},
        {"scale = 3", "scale = 2"},
        {"optional = true", "optional = false"}};
    for (const auto& [from, to] : changes) {
        std::string text(kType);
        const auto at = text.find(from);
        ASSERT_NE(at, std::string::npos) << from;
        const auto changed = policies(text.replace(at, from.size(), to));
        ASSERT_THAT(changed, isOk()) << to;
        EXPECT_NE(changed->front().digest(), original->front().digest()) << to;
    }
}

TEST(ActionPolicies, refuseWhatCannotBeMeant) {
    const auto refusal = [](std::string_view from, std::string_view to) {
        std::string text(kType);
        const auto at = text.find(from);
        EXPECT_NE(at, std::string::npos) << from;
        const auto read = policies(text.replace(at, from.size(), to));
        EXPECT_THAT(read, failsWith(ErrorCode::kInvalidRequest)) << to;
        return read ? std::string() : read.error().detail;
    };
    for (const char* built_in : {"session.step-up", "credential.add", "admin.x"}) {
        EXPECT_THAT(refusal("\"a.b\"", "\"" + std::string(built_in) + "\""),
                    HasSubstr("f.toml:13:8: actions[0].type: types that begin with"));
    }
    EXPECT_THAT(refusal("clients = [\"shop\"]", "clients = [\"other\"]"),
                HasSubstr("`other` is in no [[clients]]"));
    EXPECT_THAT(refusal("audience = \"shop\"", "audience = \"other\""),
                HasSubstr("`other` is in no [[clients]]"));
    // What is decided and not shown would be approved unseen.
    EXPECT_THAT(refusal("Give {x}, {n}", "Give {n}"), HasSubstr("actions[0].type: "));
    EXPECT_THAT(refusal("Give {x}, {n}", "Give {x}, {n}, {z}"), HasSubstr("names no parameter"));
    EXPECT_THAT(refusal("name = \"n\"", "name = \"x\""), HasSubstr("twice"));
    EXPECT_THAT(refusal("ttl = \"1h\"", "ttl = \"1m\""), HasSubstr("delay"));
    EXPECT_THAT(refusal("min = 2", "min = 10"), HasSubstr("bounds"));
    EXPECT_THAT(refusal("{ en = \"Give {x}, {n}\", de", "{ fr = \"{x} {n}\", de"),
                HasSubstr("English"));
    const auto twice = policies(std::string(kType) + std::string(kType));
    ASSERT_THAT(twice, failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(twice.error().detail, HasSubstr("actions[1].type: `a.b` is there twice"));
}

TEST(ActionPolicies, ofANewConfigurationAreThoseOfTheCommentedFile) {
    std::ifstream in(std::string(SALLYPORT_SOURCE_DIR) + "/config/sallyport.toml");
    std::ostringstream text;
    text << in.rdbuf();
    const auto reference = parseConfig(text.view(), "sallyport.toml");
    ASSERT_THAT(reference, isOk());
    const auto expected = actionPolicies(*reference);
    ASSERT_THAT(expected, isOk());
    ASSERT_EQ(expected->size(), 2U);
    EXPECT_EQ(expected->at(0).type, "payment.release");
    EXPECT_EQ(expected->at(1).type, "records.export");
    for (const Profile profile : {Profile::kDev, Profile::kStandard, Profile::kRegulated}) {
        const auto written = parseConfig(newConfig(profile, "/srv/s", true), "new");
        ASSERT_THAT(written, isOk());
        const auto made = actionPolicies(*written);
        ASSERT_THAT(made, isOk());
        ASSERT_EQ(made->size(), 2U);
        EXPECT_EQ(made->at(0).digest(), expected->at(0).digest());
        EXPECT_EQ(made->at(1).digest(), expected->at(1).digest());
    }
}

TEST(ActionPolicies, anExportIsDecidedByTwoOthers) {
    const auto written = parseConfig(newConfig(Profile::kDev, "/srv/s", true), "new");
    ASSERT_THAT(written, isOk());
    const auto made = actionPolicies(*written);
    ASSERT_THAT(made, isOk());
    EXPECT_EQ(made->at(0).approvers, 1U);
    EXPECT_EQ(made->at(1).approvers, 2U);
    EXPECT_FALSE(made->at(1).proposer_may_approve);
}

}  // namespace
}  // namespace sallyport::app
