#include "action/render.h"

#include "base/texts.h"

namespace sallyport::action {
namespace {

using Kind = ParameterRule::Kind;

constexpr std::string_view kOpen = "\u201c";
constexpr std::string_view kClose = "\u201d";
constexpr std::string_view kMissing = "\u2013";
constexpr std::string_view kEnglish = "en";

std::string quoted(std::string_view value) {
    return std::string(kOpen) + std::string(value) + std::string(kClose);
}

/// Three digits a group: `1,250,000` in English, `1 250 000` elsewhere, where a comma may be taken
/// for a decimal sign.
std::string grouped(std::string_view number, std::string_view language) {
    const std::size_t point = number.find('.');
    const std::string_view whole = number.substr(0, point);
    std::string text;
    for (std::size_t i = 0; i < whole.size(); ++i) {
        if (i > 0 && (whole.size() - i) % 3 == 0) text += language == kEnglish ? ',' : ' ';
        text += whole[i];
    }
    if (point != std::string_view::npos) text += number.substr(point);
    return text;
}

std::string inFours(std::string_view iban) {
    std::string text;
    for (std::size_t i = 0; i < iban.size(); ++i) {
        if (i > 0 && i % 4 == 0) text += ' ';
        text += iban[i];
    }
    return text;
}

std::string shown(const ParameterRule& rule, const Json& value, std::string_view language) {
    if (const auto* number = value.asInteger()) return grouped(std::to_string(*number), language);
    // checkParameters() has seen it: everything else is a string.
    const std::string& text = *value.asString();
    switch (rule.kind) {
        case Kind::kDecimal:
            return grouped(text, language);
        case Kind::kIban:
            return inFours(text);
        case Kind::kCurrency:
        case Kind::kDate:
            return text;
        case Kind::kText:
        case Kind::kId:
        case Kind::kAddress:
        case Kind::kInteger:
            break;
    }
    return quoted(text);
}

std::string valueOf(const TypePolicy& policy,
                    const Action& action,
                    std::string_view parameter,
                    std::string_view language) {
    const ParameterRule* rule = policy.find(parameter);
    if (rule == nullptr) {
        const auto& reference = parameter == "resource" ? action.resource : action.subject;
        return reference.has_value() ? quoted(*reference) : std::string(kMissing);
    }
    const Json* value = action.parameters.find(parameter);
    return value == nullptr ? std::string(kMissing) : shown(*rule, *value, language);
}

bool namesPlaceholder(std::string_view text, std::string_view parameter) {
    return text.find("{" + std::string(parameter) + "}") != std::string_view::npos;
}

}  // namespace

Result<Rendered> render(const TypePolicy& policy, const Action& action, std::string_view language) {
    const auto checked = checkParameters(policy, action.parameters);
    if (!checked || !(*checked == action.parameters))
        return fail(ErrorCode::kIntegrity, "parameters that the policy does not allow");
    auto chosen = policy.text.find(std::string(language));
    if (chosen == policy.text.end()) chosen = policy.text.find(std::string(kEnglish));
    // checkPolicy() lets no policy through that has none, nor one whose braces do not pair up.
    SALLYPORT_ASSERT(chosen != policy.text.end());
    Rendered rendered{chosen->first, {}};
    std::string_view rest = chosen->second;
    while (!rest.empty()) {
        const std::size_t open = rest.find('{');
        rendered.text += rest.substr(0, open);
        if (open == std::string_view::npos) break;
        const std::size_t close = rest.find('}', open);
        SALLYPORT_ASSERT(close != std::string_view::npos);
        rendered.text +=
            valueOf(policy, action, rest.substr(open + 1, close - open - 1), chosen->first);
        rest = rest.substr(close + 1);
    }
    if (action.resource.has_value() && !namesPlaceholder(chosen->second, "resource")) {
        rendered.text +=
            text(chosen->first, "action.resource", {{"resource", quoted(*action.resource)}});
    }
    if (action.subject.has_value() && !namesPlaceholder(chosen->second, "subject")) {
        rendered.text +=
            text(chosen->first, "action.subject", {{"subject", quoted(*action.subject)}});
    }
    return rendered;
}

std::string languageFor(const TypePolicy& policy, std::string_view accept_language) {
    while (!accept_language.empty()) {
        const std::size_t comma = accept_language.find(',');
        std::string_view range = accept_language.substr(0, comma);
        range = range.substr(0, range.find(';'));
        while (!range.empty() && range.front() == ' ') range.remove_prefix(1);
        std::string language(range.substr(0, range.find('-')));
        for (char& c : language) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        if (policy.text.find(language) != policy.text.end()) return language;
        if (comma == std::string_view::npos) break;
        accept_language = accept_language.substr(comma + 1);
    }
    return std::string(kEnglish);
}

}  // namespace sallyport::action
