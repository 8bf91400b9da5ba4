// Whatever the rules let through is in its one form: checked again it is the same, and it can be
// shown in one line.

#include "action/parameters.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using sallyport::action::ParameterRule;

sallyport::action::TypePolicy everyKind() {
    using Kind = ParameterRule::Kind;
    sallyport::action::TypePolicy policy;
    for (const Kind kind : {Kind::kText,
                            Kind::kDecimal,
                            Kind::kInteger,
                            Kind::kCurrency,
                            Kind::kIban,
                            Kind::kDate,
                            Kind::kId,
                            Kind::kAddress}) {
        ParameterRule rule;
        rule.name = name(kind);
        rule.kind = kind;
        rule.optional = true;
        policy.parameters.push_back(std::move(rule));
    }
    return policy;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using sallyport::Json;
    static const auto kPolicy = everyKind();
    const auto parsed = Json::parse(sallyport::asText({data, size}));
    if (!parsed.has_value()) return 0;
    const auto checked = checkParameters(kPolicy, *parsed);
    if (!checked.has_value()) {
        SALLYPORT_ASSERT(checked.error().code == sallyport::ErrorCode::kInvalidRequest);
        return 0;
    }
    SALLYPORT_ASSERT(checked->canonical().has_value());
    const auto again = checkParameters(kPolicy, *checked);
    SALLYPORT_ASSERT(again.has_value() && *again == *checked);
    for (const auto& [parameter, value] : *checked->asObject()) {
        const std::string* text = value.asString();
        if (text != nullptr) SALLYPORT_ASSERT(sallyport::action::isPlainLine(*text));
    }
    return 0;
}
