#include "cli/ceremony_options.h"

#include "base/base64url.h"
#include "cli/client_data.h"
#include "cli/printable.h"
#include "cli/service.h"

#include <algorithm>
#include <array>

namespace sallyport::cli {
namespace {

constexpr std::size_t kMostId = 1023;
constexpr std::size_t kMostEntries = 64;
constexpr std::size_t kLeastChallenge = 16;  // WebAuthn L3 13.4.3
constexpr Duration kTimeOut = std::chrono::seconds(60);
constexpr Duration kLongestTimeOut = std::chrono::seconds(300);

Error notUnderstood(std::string_view member) {
    return fail(ErrorCode::kIntegrity,
                "The server's \"" + std::string(member) +
                    "\" is not what WebAuthn says. Do this program and the server fit together?");
}

Result<Bytes> bytesFrom(const Json& json, std::string_view member, std::size_t most) {
    SALLYPORT_TRY(const std::string text, textFrom(json, member));
    auto bytes = base64url::decode(text, most);
    if (!bytes) return notUnderstood(member);
    return bytes;
}

std::string optionalText(const Json& json, std::string_view member) {
    const Json* const found = json.find(member);
    return found == nullptr || found->asString() == nullptr ? std::string() : *found->asString();
}

Duration timeOutOf(const Json& json) {
    const Json* const found = json.find("timeout");
    if (found == nullptr || found->asInteger() == nullptr || *found->asInteger() <= 0)
        return kTimeOut;
    const auto most = std::chrono::duration_cast<std::chrono::milliseconds>(kLongestTimeOut);
    return std::chrono::milliseconds(std::min<std::int64_t>(*found->asInteger(), most.count()));
}

Result<Bytes> challengeOf(const Json& json) {
    SALLYPORT_TRY(Bytes challenge, bytesFrom(json, "challenge", kMostId));
    if (challenge.size() < kLeastChallenge) return notUnderstood("challenge");
    return challenge;
}

/// A key answers for whatever relying party it is told: that is for the client to check.
Result<std::string> claimed(std::string rp_id, const PublicUrl& server) {
    if (rp_id.empty()) rp_id = server.host();
    if (mayClaim(server, rp_id)) return rp_id;
    return fail(ErrorCode::kForbidden,
                "The server asks for keys of " + printable(rp_id) +
                    ", which is not its own name. Nothing was sent.");
}

fido::UserVerification verificationOf(const std::string& word) {
    if (word == "discouraged") return fido::UserVerification::kDiscouraged;
    if (word == "preferred" || word.empty()) return fido::UserVerification::kPreferred;
    return fido::UserVerification::kRequired;
}

Result<std::vector<Bytes>> credentialsOf(const Json& json, std::string_view member) {
    std::vector<Bytes> ids;
    const Json* const list = json.find(member);
    if (list == nullptr) return ids;
    if (list->asArray() == nullptr || list->asArray()->size() > kMostEntries)
        return notUnderstood(member);
    for (const Json& each : *list->asArray()) {
        SALLYPORT_TRY(Bytes id, bytesFrom(each, "id", kMostId));
        ids.push_back(std::move(id));
    }
    return ids;
}

Result<std::vector<fido::Algorithm>> algorithmsOf(const Json& json) {
    SALLYPORT_TRY(const Json* list, memberFrom(json, "pubKeyCredParams"));
    if (list->asArray() == nullptr) return notUnderstood("pubKeyCredParams");
    std::vector<fido::Algorithm> algorithms;
    for (const Json& each : *list->asArray()) {
        const Json* const number = each.find("alg");
        if (number == nullptr || number->asInteger() == nullptr)
            return notUnderstood("pubKeyCredParams");
        if (const auto known = fido::algorithmFromCose(*number->asInteger()))
            algorithms.push_back(*known);
    }
    if (algorithms.empty()) return notUnderstood("pubKeyCredParams");
    return algorithms;
}

/// WebAuthn L3 5.4.4: of several ways to ask the newest counts.
void readSelection(const Json& json, fido::CredentialRequest& request) {
    const Json* const selection = json.find("authenticatorSelection");
    const Json none;
    const Json& from = selection == nullptr ? none : *selection;
    const std::string resident = optionalText(from, "residentKey");
    const Json* const required = from.find("requireResidentKey");
    request.resident = resident == "required" || resident == "preferred" ||
                       (resident.empty() && required != nullptr && *required == Json(true));
    request.user_verification = verificationOf(optionalText(from, "userVerification"));
}

void readExtensions(const Json& json, fido::CredentialRequest& request) {
    const Json* const extensions = json.find("extensions");
    if (extensions == nullptr) return;
    constexpr std::array<std::string_view, 3> kLevels = {
        "userVerificationOptional",
        "userVerificationOptionalWithCredentialIDList",
        "userVerificationRequired"};
    const std::string level = optionalText(*extensions, "credentialProtectionPolicy");
    const auto* const found = std::find(kLevels.begin(), kLevels.end(), level);
    if (found != kLevels.end())
        request.cred_protect = static_cast<int>(found - kLevels.begin()) + 1;
    const Json* const min_pin = extensions->find("minPinLength");
    request.min_pin_length = min_pin != nullptr && *min_pin == Json(true);
}

Json::Object envelope(const Bytes& id, Json::Object response) {
    return Json::Object{{"id", base64url::encode(id)},
                        {"rawId", base64url::encode(id)},
                        {"type", "public-key"},
                        {"authenticatorAttachment", "cross-platform"},
                        {"clientExtensionResults", Json::Object{}},
                        {"response", std::move(response)}};
}

}  // namespace

Result<CreationOptions> CreationOptions::parse(const Json& json, const PublicUrl& server) {
    CreationOptions options;
    fido::CredentialRequest& request = options.request;
    SALLYPORT_TRY(const Json* rp, memberFrom(json, "rp"));
    SALLYPORT_TRY(const Json* user, memberFrom(json, "user"));
    SALLYPORT_TRY(request.rp_id, claimed(optionalText(*rp, "id"), server));
    request.rp_name = optionalText(*rp, "name");
    SALLYPORT_TRY(request.user_id, bytesFrom(*user, "id", 64));
    request.user_name = optionalText(*user, "name");
    request.user_display_name = optionalText(*user, "displayName");
    SALLYPORT_TRY(request.algorithms, algorithmsOf(json));
    SALLYPORT_TRY(request.exclude, credentialsOf(json, "excludeCredentials"));
    readSelection(json, request);
    readExtensions(json, request);
    SALLYPORT_TRY(const Bytes challenge, challengeOf(json));
    request.client_data_json = clientData(Ceremony::kCreate, challenge, server);
    options.time_out = timeOutOf(json);
    return options;
}

Result<RequestOptions> RequestOptions::parse(const Json& json, const PublicUrl& server) {
    RequestOptions options;
    SALLYPORT_TRY(options.request.rp_id, claimed(optionalText(json, "rpId"), server));
    SALLYPORT_TRY(options.request.allow, credentialsOf(json, "allowCredentials"));
    options.request.user_verification = verificationOf(optionalText(json, "userVerification"));
    SALLYPORT_TRY(options.challenge, challengeOf(json));
    options.request.client_data_json = clientData(Ceremony::kGet, options.challenge, server);
    options.time_out = timeOutOf(json);
    return options;
}

Json responseJson(const fido::NewCredential& made) {
    Json::Array transports;
    for (const std::string& transport : made.transports) transports.emplace_back(transport);
    return envelope(made.id,
                    {{"clientDataJSON", base64url::encode(made.client_data_json)},
                     {"attestationObject", base64url::encode(made.attestation_object)},
                     {"transports", std::move(transports)}});
}

Json responseJson(const fido::KeyAssertion& made) {
    Json::Object response{{"clientDataJSON", base64url::encode(made.client_data_json)},
                          {"authenticatorData", base64url::encode(made.authenticator_data)},
                          {"signature", base64url::encode(made.signature)}};
    if (made.user_handle) response["userHandle"] = base64url::encode(*made.user_handle);
    return envelope(made.id, std::move(response));
}

}  // namespace sallyport::cli
