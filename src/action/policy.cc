#include "action/policy.h"

#include "action/parameters.h"
#include "base/base64url.h"

#include <algorithm>
#include <array>

namespace sallyport::action {
namespace {

using Kind = ParameterRule::Kind;

constexpr std::array<std::pair<Kind, std::string_view>, 8> kKindNames = {{
    {Kind::kText, "text"},
    {Kind::kDecimal, "decimal"},
    {Kind::kInteger, "integer"},
    {Kind::kCurrency, "currency"},
    {Kind::kIban, "iban"},
    {Kind::kDate, "date"},
    {Kind::kId, "id"},
    {Kind::kAddress, "address"},
}};

/// From weak to strong.
constexpr std::array<std::string_view, 3> kAcrs = {"urn:sallyport:acr:key", "phr", "phrh"};

constexpr std::size_t kMostParameters = 32;
constexpr std::size_t kMostTextLength = 1000;
constexpr unsigned kMostApprovers = 9;
constexpr std::uint64_t kMostExact = (std::uint64_t{1} << 53U) - 1;
constexpr Duration kLongestLife = std::chrono::hours(24 * 7);

Error refused(const TypePolicy& policy, const std::string& what) {
    return fail(ErrorCode::kInvalidRequest, "action type " + policy.type + ": " + what);
}

bool isWord(std::string_view text, std::string_view more) {
    constexpr std::size_t kMost = 64;
    return !text.empty() && text.size() <= kMost &&
           std::all_of(text.begin(), text.end(), [more](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                      more.find(c) != std::string_view::npos;
           });
}

Json texts(const std::map<std::string, std::string>& map) {
    Json::Object object;
    for (const auto& [language, text] : map) object.emplace(language, text);
    return object;
}

Json list(const std::set<std::string>& names) {
    return Json::Array(names.begin(), names.end());
}

Json ruleJson(const ParameterRule& rule) {
    return Json::Object{{"name", rule.name},
                        {"kind", name(rule.kind)},
                        {"min", static_cast<std::int64_t>(rule.min)},
                        {"max", static_cast<std::int64_t>(rule.max)},
                        {"scale", static_cast<std::int64_t>(rule.scale)},
                        {"one_of", Json::Array(rule.one_of.begin(), rule.one_of.end())},
                        {"optional", rule.optional},
                        {"label", texts(rule.label)}};
}

Status checkRule(const TypePolicy& policy, const ParameterRule& rule) {
    constexpr unsigned kMostScale = 6;
    if (!isWord(rule.name, "_")) return refused(policy, "a parameter without a usable name");
    if (rule.min > rule.max || rule.max > kMostExact)
        return refused(policy, "bounds of parameter " + rule.name);
    if (rule.kind == Kind::kText && rule.max > kMostTextLength)
        return refused(policy, "parameter " + rule.name + " may be too long");
    if (rule.scale > kMostScale) return refused(policy, "scale of parameter " + rule.name);
    if (!rule.one_of.empty() && rule.kind != Kind::kText && rule.kind != Kind::kCurrency)
        return refused(policy, "parameter " + rule.name + " cannot be one of a list");
    for (const std::string& value : rule.one_of) {
        if (!checkParameter(rule, Json(value)))
            return refused(policy, "a listed value of parameter " + rule.name);
    }
    for (const auto& [language, label] : rule.label) {
        if (!isWord(language, "-") || !isPlainLine(label))
            return refused(policy, "label of parameter " + rule.name);
    }
    return {};
}

/// Whether `{` and `}` of a template pair up around names of parameters that are always there.
Status checkTemplate(const TypePolicy& policy, std::string_view text) {
    if (text.empty() || text.size() > kMostTextLength || !isPlainLine(text))
        return refused(policy, "a text that is not one plain line");
    while (true) {
        const std::size_t open = text.find_first_of("{}");
        if (open == std::string_view::npos) return {};
        const std::size_t close = text.find_first_of("{}", open + 1);
        if (text[open] == '}' || close == std::string_view::npos || text[close] == '{')
            return refused(policy, "a text whose braces do not pair up");
        const std::string parameter(text.substr(open + 1, close - open - 1));
        const ParameterRule* rule = policy.find(parameter);
        const bool builtin = parameter == "resource" || parameter == "subject";
        if (rule == nullptr && !builtin)
            return refused(policy, "a text that names no parameter: {" + parameter + "}");
        text = text.substr(close + 1);
    }
}

/// What is decided and not shown would be approved unseen.
Status checkShown(const TypePolicy& policy, const std::string& text) {
    for (const ParameterRule& rule : policy.parameters) {
        if (text.find("{" + rule.name + "}") == std::string::npos)
            return refused(policy, "a text that does not show {" + rule.name + "}");
    }
    return {};
}

/// Parameters and the texts that show them.
Status checkSchema(const TypePolicy& policy) {
    if (policy.parameters.size() > kMostParameters) return refused(policy, "too many parameters");
    std::set<std::string> names{"resource", "subject"};
    for (const ParameterRule& rule : policy.parameters) {
        SALLYPORT_CHECK(checkRule(policy, rule));
        if (!names.insert(rule.name).second)
            return refused(policy, "parameter " + rule.name + " twice");
    }
    if (policy.text.find("en") == policy.text.end()) return refused(policy, "no text in English");
    for (const auto& [language, text] : policy.text) {
        if (!isWord(language, "-")) return refused(policy, "a text in no language");
        SALLYPORT_CHECK(checkTemplate(policy, text));
        SALLYPORT_CHECK(checkShown(policy, text));
    }
    return {};
}

Status checkApprovers(const TypePolicy& policy) {
    if (std::find(kAcrs.begin(), kAcrs.end(), policy.acr) == kAcrs.end() ||
        policy.acr == kAcrs.front()) {
        return refused(policy, "acr must be phr or phrh");
    }
    if (policy.approvers == 0 || policy.approvers > kMostApprovers)
        return refused(policy, "approvers must be 1 to 9");
    if (policy.proposer_only && policy.approvers != 1)
        return refused(policy, "only the proposer approves, so he is the only approver");
    return {};
}

Status checkTimes(const TypePolicy& policy) {
    if (policy.ttl > kLongestLife) return refused(policy, "ttl must be at most 7 days");
    // So there is always time to approve.
    if (policy.delay < Duration::zero() || policy.delay >= policy.ttl)
        return refused(policy, "delay must be shorter than ttl");
    if (policy.max_age < Duration::zero()) return refused(policy, "max_age must not be negative");
    return {};
}

}  // namespace

std::string_view name(Kind kind) {
    const auto* found = std::find_if(kKindNames.begin(),
                                     kKindNames.end(),
                                     [kind](const auto& entry) { return entry.first == kind; });
    return found == kKindNames.end() ? std::string_view() : found->second;
}

std::optional<Kind> parameterKindFromName(std::string_view text) {
    const auto* found = std::find_if(kKindNames.begin(),
                                     kKindNames.end(),
                                     [text](const auto& entry) { return entry.second == text; });
    if (found == kKindNames.end()) return std::nullopt;
    return found->first;
}

Json TypePolicy::json() const {
    Json::Array rules;
    for (const ParameterRule& rule : parameters) rules.push_back(ruleJson(rule));
    return Json::Object{{"type", type},
                        {"version", static_cast<std::int64_t>(version)},
                        {"parameters", std::move(rules)},
                        {"text", texts(text)},
                        {"acr", acr},
                        {"max_age", max_age.count()},
                        {"approvers", static_cast<std::int64_t>(approvers)},
                        {"approver_roles", list(approver_roles)},
                        {"proposer_may_approve", proposer_may_approve},
                        {"proposer_only", proposer_only},
                        {"delay", delay.count()},
                        {"ttl", ttl.count()},
                        {"proposer_roles", list(proposer_roles)},
                        {"clients", list(clients)},
                        {"channel", channel.has_value() ? Json(sallyport::name(*channel)) : Json()},
                        {"audience", audience}};
}

Digest TypePolicy::digest() const {
    const auto canonical = json().canonical();
    // checkPolicy() lets no policy through that has none.
    SALLYPORT_ASSERT(canonical.has_value());
    return sha256(asBytes(*canonical));
}

const ParameterRule* TypePolicy::find(std::string_view parameter) const {
    for (const ParameterRule& rule : parameters) {
        if (rule.name == parameter) return &rule;
    }
    return nullptr;
}

Status checkPolicy(const TypePolicy& policy) {
    if (!isWord(policy.type, "._-")) return refused(policy, "a name of a-z, 0-9, '.', '-' and '_'");
    if (policy.version == 0) return refused(policy, "versions begin with 1");
    SALLYPORT_CHECK(checkSchema(policy));
    SALLYPORT_CHECK(checkApprovers(policy));
    SALLYPORT_CHECK(checkTimes(policy));
    if (!policy.json().canonical()) return refused(policy, "text that is not UTF-8");
    return {};
}

Result<Json> checkParameters(const TypePolicy& policy, const Json& parameters) {
    const Json::Object* given = parameters.asObject();
    if (given == nullptr) return fail(ErrorCode::kInvalidRequest, "parameters must be an object");
    Json::Object checked;
    for (const ParameterRule& rule : policy.parameters) {
        const auto found = given->find(rule.name);
        if (found == given->end()) {
            if (rule.optional) continue;
            return fail(ErrorCode::kInvalidRequest, "parameter " + rule.name + " is missing");
        }
        SALLYPORT_TRY(Json value, checkParameter(rule, found->second));
        checked.emplace(rule.name, std::move(value));
    }
    for (const auto& [parameter, value] : *given) {
        if (checked.find(parameter) == checked.end())
            return fail(ErrorCode::kInvalidRequest, "a parameter that the type does not have");
    }
    return Json(std::move(checked));
}

bool acrReaches(std::string_view reached, std::string_view needed) {
    const auto* have = std::find(kAcrs.begin(), kAcrs.end(), reached);
    const auto* want = std::find(kAcrs.begin(), kAcrs.end(), needed);
    // A name that is not known stands behind all others.
    return have != kAcrs.end() && have >= want;
}

}  // namespace sallyport::action
