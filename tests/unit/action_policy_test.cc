#include "action/parameters.h"
#include "tests/support/matchers.h"

#include <gtest/gtest.h>

#include <limits>

namespace sallyport::action {
namespace {

using test::failsWith;
using test::isOk;
using test::isOkAndHolds;
using Kind = ParameterRule::Kind;

ParameterRule rule(std::string name, Kind kind, std::uint64_t min = 1, std::uint64_t max = 140) {
    ParameterRule made;
    made.name = std::move(name);
    made.kind = kind;
    made.min = min;
    made.max = max;
    return made;
}

TypePolicy payment() {
    TypePolicy policy;
    policy.type = "payment.release";
    policy.parameters = {rule("amount", Kind::kDecimal, 0, 1000000),
                         rule("currency", Kind::kCurrency),
                         rule("payee", Kind::kText, 1, 70),
                         rule("iban", Kind::kIban)};
    policy.parameters[1].one_of = {"EUR", "CHF"};
    policy.text = {{"en", "Release {amount} {currency} to {payee}, account {iban}"}};
    policy.approver_roles = {"treasurer"};
    return policy;
}

Json paymentParameters() {
    return Json::Object{{"amount", "1250.5"},
                        {"currency", "EUR"},
                        {"payee", "Fischer & Söhne"},
                        {"iban", "de89 3704 0044 0532 0130 00"}};
}

TEST(Parameters, comeBackInCanonicalForm) {
    EXPECT_THAT(checkParameters(payment(), paymentParameters()),
                isOkAndHolds(Json(Json::Object{{"amount", "1250.50"},
                                               {"currency", "EUR"},
                                               {"payee", "Fischer & Söhne"},
                                               {"iban", "DE89370400440532013000"}})));
}

TEST(Parameters, areRefusedWhenOneIsMissingUnknownOrNotListed) {
    const auto given = paymentParameters();
    auto missing = *given.asObject();
    missing.erase("iban");
    EXPECT_THAT(checkParameters(payment(), missing), failsWith(ErrorCode::kInvalidRequest));
    auto unknown = *given.asObject();
    unknown.emplace("memo", "x");
    EXPECT_THAT(checkParameters(payment(), unknown), failsWith(ErrorCode::kInvalidRequest));
    auto other = *given.asObject();
    other["currency"] = "USD";
    EXPECT_THAT(checkParameters(payment(), other), failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(checkParameters(payment(), Json::Array{}), failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(checkParameters(payment(), nullptr), failsWith(ErrorCode::kInvalidRequest));
}

TEST(Parameters, mayLackWhatIsOptional) {
    auto policy = payment();
    policy.parameters[2].optional = true;
    auto given = *paymentParameters().asObject();
    given.erase("payee");
    EXPECT_THAT(checkParameters(policy, given), isOk());
    given.emplace("payee", nullptr);
    EXPECT_THAT(checkParameters(policy, given), failsWith(ErrorCode::kInvalidRequest));
}

/// So many whole numbers, all of them shown.
TypePolicy withParameters(int count) {
    auto policy = payment();
    policy.parameters.clear();
    policy.text["en"].clear();
    for (int i = 0; i < count; ++i) {
        const std::string name = "p" + std::to_string(i);
        policy.parameters.push_back(rule(name, Kind::kInteger));
        policy.text["en"] += "{" + name + "}";
    }
    return policy;
}

TEST(Policy, isUsableAtItsBounds) {
    auto policy = withParameters(32);
    policy.text["en"] += std::string(1000 - policy.text["en"].size(), 'x');
    policy.parameters[0].max = (std::uint64_t{1} << 53U) - 1;
    policy.parameters[1].scale = 6;
    policy.approvers = 9;
    policy.ttl = std::chrono::hours(24 * 7);
    policy.delay = policy.ttl - Duration(1);
    EXPECT_THAT(checkPolicy(policy), isOk());
}

struct Change {
    std::string name;
    void (*apply)(TypePolicy&);
};

void PrintTo(const Change& change, std::ostream* out) {
    *out << change.name;
}

class UnusablePolicy : public testing::TestWithParam<Change> {};

TEST_P(UnusablePolicy, isRefused) {
    auto policy = payment();
    ASSERT_THAT(checkPolicy(policy), isOk());
    GetParam().apply(policy);
    EXPECT_THAT(checkPolicy(policy), failsWith(ErrorCode::kInvalidRequest));
}

INSTANTIATE_TEST_SUITE_P(
    Rules,
    UnusablePolicy,
    testing::Values(
        Change{"name", [](TypePolicy& p) { p.type = "Payment"; }},
        Change{"version", [](TypePolicy& p) { p.version = 0; }},
        Change{"no_english", [](TypePolicy& p) { p.text.clear(); }},
        Change{"text_names_unknown", [](TypePolicy& p) { p.text["en"] += " {memo}"; }},
        Change{"text_hides_the_payee",
               [](TypePolicy& p) { p.text["en"] = "Release {amount} {currency}, {iban}"; }},
        Change{"translation_hides_the_payee",
               [](TypePolicy& p) { p.text["de"] = "{amount} {currency} an {iban}"; }},
        Change{"text_in_no_language", [](TypePolicy& p) { p.text["DE"] = p.text["en"]; }},
        Change{"no_text",
               [](TypePolicy& p) {
                   p.parameters.clear();
                   p.text["en"] = "";
               }},
        Change{"long_text", [](TypePolicy& p) { p.text["en"] += std::string(1000, 'x'); }},
        Change{"open_brace", [](TypePolicy& p) { p.text["en"] += "{"; }},
        Change{"closed_brace", [](TypePolicy& p) { p.text["en"] += "}"; }},
        Change{"closed_before_open", [](TypePolicy& p) { p.text["en"] += "}resource}"; }},
        Change{"open_brace_before_a_name", [](TypePolicy& p) { p.text["en"] += "{resource"; }},
        Change{"open_brace_twice", [](TypePolicy& p) { p.text["en"] += "{resource{"; }},
        Change{"nested_braces", [](TypePolicy& p) { p.text["en"] += "{{amount}}"; }},
        Change{"two_lines", [](TypePolicy& p) { p.text["en"] += "\nx"; }},
        Change{"acr", [](TypePolicy& p) { p.acr = "0"; }},
        Change{"acr_without_verification", [](TypePolicy& p) { p.acr = "urn:sallyport:acr:key"; }},
        Change{"no_approver", [](TypePolicy& p) { p.approvers = 0; }},
        Change{"ten_approvers", [](TypePolicy& p) { p.approvers = 10; }},
        Change{"two_when_only_the_proposer_may",
               [](TypePolicy& p) {
                   p.proposer_only = true;
                   p.approvers = 2;
               }},
        Change{"no_life", [](TypePolicy& p) { p.ttl = Duration::zero(); }},
        Change{"long_life", [](TypePolicy& p) { p.ttl = std::chrono::hours(24 * 7 + 1); }},
        Change{"delay_beyond_life", [](TypePolicy& p) { p.delay = p.ttl; }},
        Change{"negative_delay", [](TypePolicy& p) { p.delay = std::chrono::seconds(-1); }},
        Change{"negative_age", [](TypePolicy& p) { p.max_age = std::chrono::seconds(-1); }},
        Change{"role_that_is_no_text", [](TypePolicy& p) { p.approver_roles = {"\xff"}; }},
        Change{"parameter_name",
               [](TypePolicy& p) {
                   p.parameters[0].name = "Amount";
                   p.text["en"] = "Release {Amount} {currency} to {payee}, account {iban}";
               }},
        Change{"parameter_named_as_the_resource",
               [](TypePolicy& p) {
                   p.parameters[0].name = "resource";
                   p.text["en"] = "Release {resource} {currency} to {payee}, account {iban}";
               }},
        Change{"too_many_parameters", [](TypePolicy& p) { p = withParameters(33); }},
        Change{"parameter_twice", [](TypePolicy& p) { p.parameters.push_back(p.parameters[0]); }},
        Change{
            "bound_beyond_json",
            [](TypePolicy& p) { p.parameters[0].max = std::numeric_limits<std::uint64_t>::max(); }},
        Change{"long_text_parameter", [](TypePolicy& p) { p.parameters[2].max = 1001; }},
        Change{"label_in_no_language",
               [](TypePolicy& p) {
                   p.parameters[0].label = {{"EN", "Amount"}};
               }},
        Change{"label_of_two_lines",
               [](TypePolicy& p) {
                   p.parameters[0].label = {{"en", "Amount\nPayee"}};
               }},
        Change{"bounds", [](TypePolicy& p) { p.parameters[0].min = p.parameters[0].max + 1; }},
        Change{"scale", [](TypePolicy& p) { p.parameters[0].scale = 7; }},
        Change{"listed_value", [](TypePolicy& p) { p.parameters[1].one_of = {"euro"}; }},
        Change{"list_of_amounts", [](TypePolicy& p) { p.parameters[0].one_of = {"1"}; }}),
    [](const auto& sample) { return sample.param.name; });

class PolicyChange : public testing::TestWithParam<Change> {};

TEST_P(PolicyChange, isAnotherDigest) {
    auto policy = payment();
    const auto digest = policy.digest();
    EXPECT_EQ(payment().digest(), digest);
    GetParam().apply(policy);
    EXPECT_NE(policy.digest(), digest);
}

INSTANTIATE_TEST_SUITE_P(
    EveryMember,
    PolicyChange,
    testing::Values(
        Change{"type", [](TypePolicy& p) { p.type = "payment.other"; }},
        Change{"version", [](TypePolicy& p) { p.version = 2; }},
        Change{"parameter_bound", [](TypePolicy& p) { p.parameters[0].max += 1; }},
        Change{"parameter_kind", [](TypePolicy& p) { p.parameters[0].kind = Kind::kText; }},
        Change{"parameter_list", [](TypePolicy& p) { p.parameters[1].one_of.pop_back(); }},
        Change{"parameter_optional", [](TypePolicy& p) { p.parameters[0].optional = true; }},
        Change{"parameter_scale", [](TypePolicy& p) { p.parameters[0].scale = 3; }},
        Change{"text", [](TypePolicy& p) { p.text["en"] += "!"; }},
        Change{"language", [](TypePolicy& p) { p.text["de"] = p.text["en"]; }},
        Change{"acr", [](TypePolicy& p) { p.acr = "phrh"; }},
        Change{"max_age", [](TypePolicy& p) { p.max_age = std::chrono::minutes(5); }},
        Change{"approvers", [](TypePolicy& p) { p.approvers = 2; }},
        Change{"roles", [](TypePolicy& p) { p.approver_roles.insert("auditor"); }},
        Change{"own_approval", [](TypePolicy& p) { p.proposer_may_approve = true; }},
        Change{"proposer_only", [](TypePolicy& p) { p.proposer_only = true; }},
        Change{"delay", [](TypePolicy& p) { p.delay = std::chrono::seconds(1); }},
        Change{"ttl", [](TypePolicy& p) { p.ttl += std::chrono::seconds(1); }},
        Change{"proposers", [](TypePolicy& p) { p.proposer_roles.insert("clerk"); }},
        Change{"clients", [](TypePolicy& p) { p.clients.insert("bank"); }},
        Change{"channel", [](TypePolicy& p) { p.channel = Channel::kCli; }},
        Change{"audience", [](TypePolicy& p) { p.audience = "https://bank.example"; }}),
    [](const auto& sample) { return sample.param.name; });

TEST(Acr, isOrderedAndUnknownNamesAreEnoughForNothing) {
    EXPECT_TRUE(acrReaches("phrh", "phr"));
    EXPECT_TRUE(acrReaches("phr", "phr"));
    EXPECT_TRUE(acrReaches("phr", "urn:sallyport:acr:key"));
    EXPECT_FALSE(acrReaches("phr", "phrh"));
    EXPECT_FALSE(acrReaches("urn:sallyport:acr:key", "phr"));
    EXPECT_FALSE(acrReaches("0", "phr"));
    EXPECT_FALSE(acrReaches("0", "0"));
    EXPECT_FALSE(acrReaches("phrh", "more"));
}

}  // namespace
}  // namespace sallyport::action
