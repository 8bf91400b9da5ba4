#include "action/parameters.h"
#include "tests/support/matchers.h"

#include <gtest/gtest.h>

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

struct Value {
    std::string name;
    ParameterRule rule;
    Json given;
    std::optional<Json> canonical;  ///< empty: refused
};

void PrintTo(const Value& value, std::ostream* out) {
    *out << value.name;
}

class ParameterValue : public testing::TestWithParam<Value> {};

TEST_P(ParameterValue, isTakenInItsOneFormOrRefused) {
    const auto& sample = GetParam();
    const auto checked = checkParameter(sample.rule, sample.given);
    if (sample.canonical.has_value()) {
        EXPECT_THAT(checked, isOkAndHolds(*sample.canonical));
    } else {
        EXPECT_THAT(checked, failsWith(ErrorCode::kInvalidRequest));
    }
}

std::vector<Value> values() {
    const auto text = rule("p", Kind::kText, 1, 10);
    const auto decimal = rule("p", Kind::kDecimal, 1, 1000);
    auto whole = decimal;
    whole.scale = 0;
    const auto number = rule("p", Kind::kInteger, 2, 9);
    const auto currency = rule("p", Kind::kCurrency);
    const auto iban = rule("p", Kind::kIban);
    const auto date = rule("p", Kind::kDate);
    const auto id = rule("p", Kind::kId);
    const auto address = rule("p", Kind::kAddress);
    return {
        {"text", text, "Söhne & Co", "Söhne & Co"},
        {"text_ten_code_points", text, "äöüäöüäöüä", "äöüäöüäöüä"},
        {"text_too_long", text, "äöüäöüäöüäö", {}},
        {"text_empty", text, "", {}},
        {"text_number", text, 5, {}},
        {"text_two_lines", text, "a\nb", {}},
        {"text_nul", text, std::string("a\0b", 3), {}},
        {"text_delete", text, "a\x7f", {}},
        {"text_c1_control", text, "a\u0085", {}},
        {"text_bidi_override", text, "a\u202eb", {}},
        {"text_bidi_isolate", text, "a\u2066b", {}},
        {"text_left_to_right_mark", text, "a\u200eb", {}},
        {"text_arabic_letter_mark", text, "a\u061cb", {}},
        {"text_zero_width_space", text, "a\u200bb", {}},
        {"text_zero_width_joiner", text, "a\u200db", {}},
        {"text_soft_hyphen", text, "a\u00adb", {}},
        {"text_byte_order_mark", text, "a\ufeffb", {}},
        {"text_no_break_space", text, "a\u00a0b", {}},
        {"text_line_separator", text, "a\u2028b", {}},
        {"text_hangul_filler", text, "a\u3164b", {}},
        {"text_variation_selector", text, "a\ufe0fb", {}},
        {"text_tag", text, "a\U000e0041b", {}},
        {"text_private_use", text, "a\ue000b", {}},
        {"text_quotation_mark", text, "a\"b", {}},
        {"text_typographic_quotation_mark", text, "a\u201db", {}},
        {"text_guillemet", text, "a\u00bbb", {}},
        {"text_apostrophe", text, "O'Neil", "O'Neil"},
        {"text_leading_space", text, " a", {}},
        {"text_trailing_space", text, "a ", {}},
        {"text_not_utf8", text, "a\xff", {}},
        {"text_surrogate", text, "a\xed\xa0\x80", {}},
        {"decimal_padded", decimal, "12.5", "12.50"},
        {"decimal_whole", decimal, "12", "12.00"},
        {"decimal_least", decimal, "1", "1.00"},
        {"decimal_most", decimal, "1000.00", "1000.00"},
        {"decimal_below", decimal, "0.99", {}},
        {"decimal_above", decimal, "1000.01", {}},
        {"decimal_leading_zero", decimal, "012", {}},
        {"decimal_sign", decimal, "+12", {}},
        {"decimal_negative", decimal, "-12", {}},
        {"decimal_exponent", decimal, "1e2", {}},
        {"decimal_comma", decimal, "12,50", {}},
        {"decimal_no_fraction", decimal, "12.", {}},
        {"decimal_no_whole", decimal, ".5", {}},
        {"decimal_three_places", decimal, "1.001", {}},
        {"decimal_huge", decimal, "99999999999999999999", {}},
        {"decimal_json_number", decimal, 12, {}},
        {"decimal_other_digits", decimal, "\u0661", {}},
        {"decimal_scale_zero", whole, "12", "12"},
        {"decimal_scale_zero_fraction", whole, "12.0", {}},
        {"integer", number, 2, 2},
        {"integer_below", number, 1, {}},
        {"integer_above", number, 10, {}},
        {"integer_negative", number, -3, {}},
        {"integer_string", number, "3", {}},
        {"currency", currency, "EUR", "EUR"},
        {"currency_small", currency, "eur", {}},
        {"currency_long", currency, "EURO", {}},
        {"iban_printed", iban, "gb82 WEST 1234 5698 7654 32", "GB82WEST12345698765432"},
        {"iban_check_digits", iban, "GB83WEST12345698765432", {}},
        {"iban_two_digits_swapped", iban, "DE89370400440532103000", {}},
        {"iban_short", iban, "DE89", {}},
        {"iban_letters", iban, "DEAA370400440532013000", {}},
        {"iban_full_width", iban, "\uff24\uff2589370400440532013000", {}},
        {"date", date, "2028-02-29", "2028-02-29"},
        {"date_not_in_calendar", date, "2027-02-29", {}},
        {"date_month", date, "2027-13-01", {}},
        {"date_short", date, "2027-1-1", {}},
        {"id", id, "AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAA"},
        {"id_trailing_bits", id, "AAAAAAAAAAAAAAAAAAAAAB", {}},
        {"id_short", id, "AAAA", {}},
        {"address", address, "ada@bank.example", "ada@bank.example"},
        {"address_two", address, "a@b@c", {}},
        {"address_list", address, "a@b,c", {}},
        {"address_none", address, "bank.example", {}},
        {"address_space", address, "a b@c", {}},
    };
}

INSTANTIATE_TEST_SUITE_P(Kinds,
                         ParameterValue,
                         testing::ValuesIn(values()),
                         [](const auto& sample) { return sample.param.name; });

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
        Change{"open_brace", [](TypePolicy& p) { p.text["en"] += "{"; }},
        Change{"closed_brace", [](TypePolicy& p) { p.text["en"] += "}"; }},
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
        Change{"parameter_name", [](TypePolicy& p) { p.parameters[0].name = "Amount"; }},
        Change{"parameter_twice", [](TypePolicy& p) { p.parameters.push_back(p.parameters[0]); }},
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

TEST(ParameterKinds, haveOneNameEach) {
    for (const auto kind : {Kind::kText,
                            Kind::kDecimal,
                            Kind::kInteger,
                            Kind::kCurrency,
                            Kind::kIban,
                            Kind::kDate,
                            Kind::kId,
                            Kind::kAddress}) {
        EXPECT_EQ(parameterKindFromName(name(kind)), kind);
    }
    EXPECT_EQ(parameterKindFromName("float"), std::nullopt);
}

}  // namespace
}  // namespace sallyport::action
