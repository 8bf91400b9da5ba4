#include "oauth/authorization_request.h"

#include "base/base64url.h"
#include "base/json.h"
#include "token/pkce.h"

#include <charconv>

#include <algorithm>
#include <array>

namespace sallyport::oauth {
namespace {

constexpr std::size_t kMostClient = 128;
constexpr std::size_t kMostState = 1024;
constexpr std::size_t kMostNonce = 256;
constexpr std::size_t kMostWords = 16;
constexpr std::size_t kMostHint = 320;
constexpr std::size_t kMostDetails = std::size_t{8} * 1024;
constexpr std::int64_t kMostAge = std::int64_t{366} * 24 * 3600;

constexpr std::array<std::string_view, 4> kAcrValues{"0", "urn:sallyport:acr:key", "phr", "phrh"};

/// An error of RFC 6749 4.1.2.1 with its description.
struct Wrong {
    std::string error;
    std::string description;
};

using Judgement = std::optional<Wrong>;

Wrong invalid(std::string_view what) {
    return {"invalid_request", std::string(what)};
}

std::optional<std::string> optionalText(const Form& form, std::string_view name) {
    const std::string* value = form.find(name);
    return value == nullptr ? std::nullopt : std::optional<std::string>(*value);
}

bool isWord(std::string_view word) {
    // RFC 6749 3.3: %x21 / %x23-5B / %x5D-7E.
    return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
        return c > 0x20 && c < 0x7f && c != '"' && c != '\\';
    });
}

/// Words with single spaces between them; absent if it is anything else or too many.
std::optional<std::vector<std::string>> wordsIn(std::string_view text) {
    std::vector<std::string> words;
    while (true) {
        const std::size_t end = std::min(text.find(' '), text.size());
        if (!isWord(text.substr(0, end)) || words.size() == kMostWords) return std::nullopt;
        words.emplace_back(text.substr(0, end));
        if (end == text.size()) return words;
        text.remove_prefix(end + 1);
    }
}

Judgement readShape(const Form& form) {
    const std::string* type = form.find("response_type");
    if (type == nullptr) return invalid("response_type is missing");
    if (*type != "code")
        return Wrong{"unsupported_response_type", "the only response_type is code"};
    const std::string* mode = form.find("response_mode");
    if (mode != nullptr && *mode != "query") return invalid("the only response_mode is query");
    if (form.find("request") != nullptr)
        return Wrong{"request_not_supported", "request objects are not taken"};
    if (form.find("registration") != nullptr)
        return Wrong{"registration_not_supported", "clients are registered by configuration"};
    return std::nullopt;
}

Judgement readScope(const Form& form, const Client& client, AuthorizationRequest& request) {
    const std::string* scope = form.find("scope");
    if (scope == nullptr) return Wrong{"invalid_scope", "scope is missing"};
    const auto words = wordsIn(*scope);
    if (!words) return Wrong{"invalid_scope", "scope is no list of words"};
    for (const std::string& word : *words) {
        if (word != "openid" && client.scopes.count(word) == 0)
            return Wrong{"invalid_scope", "the client may not ask for one of these scopes"};
        request.scope.insert(word);
    }
    const std::string* resource = form.find("resource");
    if (resource != nullptr && *resource != client.resource)
        return Wrong{"invalid_target", "the client has another resource"};
    request.resource = client.resource;
    return std::nullopt;
}

Judgement readProofs(const Form& form, AuthorizationRequest& request) {
    const std::string* method = form.find("code_challenge_method");
    const std::string* challenge = form.find("code_challenge");
    if (challenge == nullptr) return invalid("code_challenge is missing (PKCE)");
    if (method == nullptr || *method != "S256")
        return invalid("the only code_challenge_method is S256");
    if (!token::isPkceChallenge(*challenge)) return invalid("code_challenge is not of S256");
    request.pkce_challenge = *challenge;
    if (const std::string* jkt = form.find("dpop_jkt")) {
        const auto bytes = base64url::decode(*jkt, std::tuple_size_v<Digest>);
        if (!bytes || bytes->size() != std::tuple_size_v<Digest>)
            return invalid("dpop_jkt is no SHA-256 thumbprint");
        std::copy(bytes->begin(), bytes->end(), request.dpop_jkt.emplace().begin());
    }
    return std::nullopt;
}

Judgement readPrompt(const Form& form, AuthorizationRequest& request) {
    const std::string* prompt = form.find("prompt");
    if (prompt == nullptr) return std::nullopt;
    const auto words = wordsIn(*prompt);
    if (!words) return invalid("prompt is no list of words");
    for (const std::string& word : *words) {
        if (word == "none") {
            request.prompt_none = true;
        } else if (word == "login" || word == "select_account") {
            request.prompt_login = true;
        } else if (word != "consent") {  // there is none to give: clients are the operator's
            return invalid("prompt has a word that is not known");
        }
    }
    if (request.prompt_none && words->size() != 1)
        return invalid("prompt none stands alone");  // OIDC Core 3.1.2.1
    return std::nullopt;
}

Judgement readMaxAge(const Form& form, AuthorizationRequest& request) {
    const std::string* text = form.find("max_age");
    if (text == nullptr) return std::nullopt;
    std::int64_t seconds = 0;
    const char* const end = text->data() + text->size();
    const auto [stopped, error] = std::from_chars(text->data(), end, seconds);
    if (error != std::errc() || stopped != end || seconds < 0 || seconds > kMostAge)
        return invalid("max_age is no number of seconds");
    request.max_age = std::chrono::seconds(seconds);
    return std::nullopt;
}

/// `claims.id_token.acr` as OIDC Core 5.5.1.1 asks for it, if it is essential. What else `claims`
/// asks for is voluntary, and not given.
Judgement readClaims(const Form& form, AuthorizationRequest& request) {
    const std::string* text = form.find("claims");
    if (text == nullptr) return std::nullopt;
    const auto json = Json::parse(*text);
    if (!json || json->asObject() == nullptr) return invalid("claims is no JSON object");
    const Json* id_token = json->find("id_token");
    const Json* acr = id_token == nullptr ? nullptr : id_token->find("acr");
    const Json* essential = acr == nullptr ? nullptr : acr->find("essential");
    const bool* is_essential = essential == nullptr ? nullptr : essential->asBool();
    if (is_essential == nullptr || !*is_essential) return std::nullopt;
    std::vector<std::string> values;
    if (const Json* value = acr->find("value")) {
        if (value->asString() == nullptr) return invalid("the value of acr is no text");
        values.push_back(*value->asString());
    } else if (const Json* list = acr->find("values")) {
        const Json::Array* array = list->asArray();
        if (array == nullptr || array->empty() || array->size() > kMostWords)
            return invalid("the values of acr are no list");
        for (const Json& each : *array) {
            if (each.asString() == nullptr) return invalid("a value of acr is no text");
            values.push_back(*each.asString());
        }
    }
    if (!values.empty()) request.acr_values = std::move(values);
    return std::nullopt;
}

/// Values that are not ours cannot be met; a request of nothing else is one that never can.
Judgement readAcr(const Form& form, AuthorizationRequest& request) {
    if (const std::string* text = form.find("acr_values")) {
        const auto words = wordsIn(*text);
        if (!words) return invalid("acr_values is no list of words");
        request.acr_values = *words;
    }
    if (const Judgement wrong = readClaims(form, request)) return wrong;
    std::vector<std::string>& values = request.acr_values;
    const bool asked = !values.empty();
    values.erase(std::remove_if(values.begin(),
                                values.end(),
                                [](const std::string& value) {
                                    return std::find(kAcrValues.begin(), kAcrValues.end(), value) ==
                                           kAcrValues.end();
                                }),
                 values.end());
    if (asked && values.empty())
        return Wrong{"unmet_authentication_requirements", "no such acr is ever reached here"};
    return std::nullopt;
}

Judgement readDetails(const Form& form, AuthorizationRequest& request) {
    const std::string* text = form.find("authorization_details");
    if (text == nullptr) return std::nullopt;
    const Wrong wrong{"invalid_authorization_details", "authorization_details are not usable"};
    if (text->size() > kMostDetails) return wrong;
    const auto json = Json::parse(*text);
    const Json::Array* array = json ? json->asArray() : nullptr;
    // One, because one person approves one thing (design: the Actions API is for the rest).
    if (array == nullptr || array->size() != 1) return wrong;
    const Json* type = array->front().find("type");
    if (type == nullptr || type->asString() == nullptr) return wrong;
    auto canonical = json->canonical();
    if (!canonical) return wrong;
    request.details = *std::move(canonical);
    return std::nullopt;
}

Judgement readTexts(const Form& form, AuthorizationRequest& request) {
    request.nonce = optionalText(form, "nonce");
    if (request.nonce && request.nonce->size() > kMostNonce) return invalid("nonce is too long");
    request.login_hint = optionalText(form, "login_hint");
    if (request.login_hint && request.login_hint->size() > kMostHint)
        return invalid("login_hint is too long");
    request.ui_locales = optionalText(form, "ui_locales");
    if (request.ui_locales && !wordsIn(*request.ui_locales))
        return invalid("ui_locales is no list of words");
    return std::nullopt;
}

Judgement read(const Form& form, const Client& client, AuthorizationRequest& request) {
    if (request.state && request.state->size() > kMostState) return invalid("state is too long");
    if (const Judgement wrong = readShape(form)) return wrong;
    if (const Judgement wrong = readScope(form, client, request)) return wrong;
    if (const Judgement wrong = readProofs(form, request)) return wrong;
    if (const Judgement wrong = readPrompt(form, request)) return wrong;
    if (const Judgement wrong = readMaxAge(form, request)) return wrong;
    if (const Judgement wrong = readAcr(form, request)) return wrong;
    if (const Judgement wrong = readDetails(form, request)) return wrong;
    return readTexts(form, request);
}

}  // namespace

std::variant<AuthorizationRequest, AuthorizationRefusal> readAuthorizationRequest(
    const Form& form, const Clients& clients) {
    const std::string* id = form.find("client_id");
    const Client* client = id == nullptr || id->size() > kMostClient ? nullptr : clients.find(*id);
    if (client == nullptr) return AuthorizationRefusal{"invalid_request", "no such client", {}, {}};
    const std::string* uri = form.find("redirect_uri");
    if (uri == nullptr || !client->redirectsTo(*uri)) {
        return AuthorizationRefusal{
            "invalid_request", "redirect_uri is not one of the client's", {}, {}};
    }
    AuthorizationRequest request;
    request.client = client->id;
    request.redirect_uri = *uri;
    request.state = optionalText(form, "state");
    if (Judgement wrong = read(form, *client, request)) {
        if (request.state && request.state->size() > kMostState) request.state.reset();
        return AuthorizationRefusal{std::move(wrong->error),
                                    std::move(wrong->description),
                                    std::move(request.redirect_uri),
                                    std::move(request.state)};
    }
    return request;
}

std::string responseUri(std::string_view redirect_uri, const Form& parameters) {
    std::string uri(redirect_uri);
    uri += uri.find('?') == std::string::npos ? '?' : '&';
    return uri + parameters.text();
}

}  // namespace sallyport::oauth
