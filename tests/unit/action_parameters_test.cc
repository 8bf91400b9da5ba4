#include "action/parameters.h"
#include "tests/support/matchers.h"

#include <gtest/gtest.h>

#include <limits>

/// One parameter at a time: what is taken, and in which form.
namespace sallyport::action {
namespace {

using test::failsWith;
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
    auto listed = text;
    listed.one_of = {"now", "later"};
    const auto any = rule("p", Kind::kInteger, 0, std::numeric_limits<std::uint64_t>::max());
    const std::string longest = std::string(254 - 10, 'a') + "@b.example";
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
        {"text_listed", listed, "later", "later"},
        {"text_not_listed", listed, "never", {}},
        {"decimal_padded", decimal, "12.5", "12.50"},
        {"decimal_whole", decimal, "12", "12.00"},
        {"decimal_least", decimal, "1", "1.00"},
        {"decimal_most", decimal, "1000.00", "1000.00"},
        {"decimal_below", decimal, "0.99", {}},
        {"decimal_above", decimal, "1000.01", {}},
        {"decimal_one_above", decimal, "1001", {}},
        {"decimal_zero", decimal, "0", {}},
        {"decimal_leading_zero", decimal, "012", {}},
        {"decimal_sign", decimal, "+12", {}},
        {"decimal_negative", decimal, "-12", {}},
        {"decimal_exponent", decimal, "1e2", {}},
        {"decimal_comma", decimal, "12,50", {}},
        {"decimal_no_fraction", decimal, "12.", {}},
        {"decimal_no_whole", decimal, ".5", {}},
        {"decimal_three_places", decimal, "1.001", {}},
        {"decimal_huge", decimal, "99999999999999999999", {}},
        // 2^64 + 12, which a careless reader takes for 12.
        {"decimal_wrapped", decimal, "18446744073709551628", {}},
        {"decimal_fraction_line", decimal, "1/2", {}},
        {"decimal_json_number", decimal, 12, {}},
        {"decimal_other_digits", decimal, "\u0661", {}},
        {"decimal_scale_zero", whole, "12", "12"},
        {"decimal_scale_zero_fraction", whole, "12.0", {}},
        {"integer", number, 2, 2},
        {"integer_below", number, 1, {}},
        {"integer_above", number, 10, {}},
        {"integer_negative", number, -3, {}},
        {"integer_string", number, "3", {}},
        {"integer_without_bound", any, 3, 3},
        {"integer_negative_without_bound", any, -3, {}},
        {"currency", currency, "EUR", "EUR"},
        {"currency_small", currency, "eur", {}},
        {"currency_long", currency, "EURO", {}},
        {"currency_digit", currency, "EU1", {}},
        {"iban_printed", iban, "gb82 WEST 1234 5698 7654 32", "GB82WEST12345698765432"},
        {"iban_check_digits", iban, "GB83WEST12345698765432", {}},
        {"iban_two_digits_swapped", iban, "DE89370400440532103000", {}},
        {"iban_short", iban, "DE89", {}},
        {"iban_letters", iban, "DEAA370400440532013000", {}},
        // Wrong in form alone: the check digits of these are right.
        {"iban_fourteen", iban, "DE791234567890", {}},
        {"iban_thirty_five", iban, "GB66WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW", {}},
        {"iban_country_of_digits", iban, "1215370400440532013000", {}},
        {"iban_check_letters", iban, "DECZ370400440532013000", {}},
        {"iban_hyphen", iban, "DE8637040044-53201300", {}},
        {"iban_spaced_out", iban, "DE89370400440532013000" + std::string(27, ' '), {}},
        {"iban_full_width", iban, "\uff24\uff2589370400440532013000", {}},
        {"date", date, "2028-02-29", "2028-02-29"},
        {"date_not_in_calendar", date, "2027-02-29", {}},
        {"date_month", date, "2027-13-01", {}},
        {"date_short", date, "2027-1-1", {}},
        {"date_long", date, "2027-01-011", {}},
        {"date_first_separator", date, "2027x01-01", {}},
        {"date_second_separator", date, "2027-01x01", {}},
        {"date_year_of_letters", date, "2a27-01-01", {}},
        {"date_month_of_signs", date, "2027-0:-01", {}},
        {"date_day_of_signs", date, "2027-01-0:", {}},
        {"id", id, "AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAA"},
        {"id_trailing_bits", id, "AAAAAAAAAAAAAAAAAAAAAB", {}},
        {"id_short", id, "AAAA", {}},
        {"address", address, "ada@bank.example", "ada@bank.example"},
        {"address_two", address, "a@b@c", {}},
        {"address_list", address, "a@b,c", {}},
        {"address_none", address, "bank.example", {}},
        {"address_space", address, "a b@c", {}},
        {"address_delete", address, "a\x7f@c", {}},
        {"address_of_nobody", address, "@bank.example", {}},
        {"address_nowhere", address, "ada@", {}},
        {"address_longest", address, longest, longest},
        {"address_too_long", address, "a" + longest, {}},
    };
}

INSTANTIATE_TEST_SUITE_P(Kinds,
                         ParameterValue,
                         testing::ValuesIn(values()),
                         [](const auto& sample) { return sample.param.name; });

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
