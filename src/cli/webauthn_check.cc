#include "cli/webauthn_check.h"

#include "base/base64url.h"
#include "fido/assertion.h"
#include "fido/registration.h"
#include "fido/response_json.h"

#include <algorithm>
#include <limits>

namespace sallyport::cli {
namespace {

constexpr std::size_t kMostChallenge = 1024;
constexpr std::size_t kMostPublicKey = 2048;

Error malformed(std::string_view what) {
    return fail(ErrorCode::kInvalidRequest, std::string(what));
}

/// A member of the input; what is not asked for is refused by a list of all known ones.
Result<std::string> textOf(const Json& object, std::string_view member) {
    const Json* const found = object.find(member);
    if (found == nullptr || found->asString() == nullptr)
        return malformed("\"" + std::string(member) + "\" must be a string");
    return *found->asString();
}

Result<Bytes> bytesOf(const Json& object, std::string_view member, std::size_t max_bytes) {
    SALLYPORT_TRY(const std::string text, textOf(object, member));
    Result<Bytes> bytes = base64url::decode(text, max_bytes);
    if (!bytes) return malformed("\"" + std::string(member) + "\" must be unpadded base64url");
    return bytes;
}

Result<bool> flagOf(const Json& object, std::string_view member, bool otherwise) {
    const Json* const found = object.find(member);
    if (found == nullptr) return otherwise;
    if (found->asBool() == nullptr)
        return malformed("\"" + std::string(member) + "\" must be true or false");
    return *found->asBool();
}

Result<std::vector<std::string>> textsOf(const Json& object, std::string_view member) {
    const Json* const found = object.find(member);
    if (found == nullptr || found->asArray() == nullptr)
        return malformed("\"" + std::string(member) + "\" must be a list of strings");
    std::vector<std::string> texts;
    for (const Json& each : *found->asArray()) {
        if (each.asString() == nullptr)
            return malformed("\"" + std::string(member) + "\" must be a list of strings");
        texts.push_back(*each.asString());
    }
    return texts;
}

Status onlyKnownMembers(const Json& object, std::initializer_list<std::string_view> known) {
    for (const auto& [name, value] : *object.asObject()) {
        if (std::find(known.begin(), known.end(), name) == known.end())
            return malformed("unknown member \"" + name + "\"");
    }
    return {};
}

Result<const Json*> objectOf(const Json& object, std::string_view member) {
    const Json* const found = object.find(member);
    if (found == nullptr || found->asObject() == nullptr)
        return malformed("\"" + std::string(member) + "\" must be an object");
    return found;
}

Result<fido::UserVerification> userVerificationOf(const Json& input) {
    if (input.find("user_verification") == nullptr) return fido::UserVerification::kRequired;
    SALLYPORT_TRY(const std::string word, textOf(input, "user_verification"));
    if (word == "required") return fido::UserVerification::kRequired;
    if (word == "preferred") return fido::UserVerification::kPreferred;
    if (word == "discouraged") return fido::UserVerification::kDiscouraged;
    return malformed("\"user_verification\" must be required, preferred or discouraged");
}

/// A format that the verifiers do not know may stand in the list: it is refused by name there.
Result<fido::AttestationPolicy> policyOf(const Json& input) {
    SALLYPORT_TRY(const Json* json, objectOf(input, "policy"));
    SALLYPORT_CHECK(onlyKnownMembers(*json, {"attestation", "trust_any_root", "backup_eligible"}));
    SALLYPORT_TRY(const std::vector<std::string> formats, textsOf(*json, "attestation"));
    SALLYPORT_TRY(const bool any_root, flagOf(*json, "trust_any_root", false));
    const auto lists = [&](std::string_view format) {
        return std::find(formats.begin(), formats.end(), format) != formats.end();
    };
    fido::AttestationPolicy policy;
    policy.allow_none = lists("none");
    policy.allow_self = lists("self");
    policy.trust_any_root = any_root && lists("packed");
    SALLYPORT_TRY(policy.allow_backup_eligible, flagOf(*json, "backup_eligible", true));
    return policy;
}

Result<std::vector<fido::Algorithm>> algorithmsOf(const Json& input) {
    const Json* const found = input.find("algorithms");
    if (found == nullptr) return fido::defaultAlgorithms();
    std::vector<fido::Algorithm> algorithms;
    if (found->asArray() == nullptr) return malformed("\"algorithms\" must be a list of numbers");
    for (const Json& each : *found->asArray()) {
        const auto algorithm =
            each.asInteger() == nullptr ? std::nullopt : fido::algorithmFromCose(*each.asInteger());
        if (!algorithm) {
            return malformed(
                "\"algorithms\" may hold -7 (ES256), -8 (EdDSA), -35 (ES384) and "
                "-257 (RS256)");
        }
        algorithms.push_back(*algorithm);
    }
    return algorithms;
}

Result<fido::StoredCredential> credentialOf(const Json& input) {
    SALLYPORT_TRY(const Json* json, objectOf(input, "credential"));
    fido::StoredCredential stored;
    SALLYPORT_TRY(stored.id, bytesOf(*json, "id", fido::kMostCredentialId));
    SALLYPORT_TRY(stored.public_key, bytesOf(*json, "public_key", kMostPublicKey));
    const Json* const algorithm = json->find("algorithm");
    const Json* const count = json->find("sign_count");
    const auto known = algorithm == nullptr || algorithm->asInteger() == nullptr
                           ? std::nullopt
                           : fido::algorithmFromCose(*algorithm->asInteger());
    if (!known) return malformed("\"algorithm\" must be the COSE number of a known algorithm");
    if (count == nullptr || count->asInteger() == nullptr || *count->asInteger() < 0 ||
        *count->asInteger() > std::numeric_limits<std::uint32_t>::max()) {
        return malformed("\"sign_count\" must be a number of 32 bits");
    }
    stored.algorithm = *known;
    stored.sign_count = static_cast<std::uint32_t>(*count->asInteger());
    SALLYPORT_TRY(const std::string aaguid, textOf(*json, "aaguid"));
    SALLYPORT_TRY(stored.aaguid, fido::aaguidFromText(aaguid));
    SALLYPORT_TRY(stored.backup_eligible, flagOf(*json, "backup_eligible", false));
    if (json->find("user_handle") != nullptr) {
        SALLYPORT_TRY(stored.user_handle, bytesOf(*json, "user_handle", fido::kMostUserHandle));
    }
    return stored;
}

Json refused(const fido::Refusal& refusal) {
    return Json::Object{{"verdict", "refused"},
                        {"code", refusal.code},
                        {"step", refusal.step},
                        {"detail", refusal.detail}};
}

Json accepted(Json::Object credential) {
    return Json::Object{{"verdict", "accepted"},
                        {"code", "ok"},
                        {"step", ""},
                        {"detail", ""},
                        {"credential", std::move(credential)}};
}

Json::Object recordOf(const fido::VerifiedRegistration& made) {
    Json::Array transports;
    for (const std::string& transport : made.transports()) transports.emplace_back(transport);
    Json::Object record{{"id", base64url::encode(made.credentialId())},
                        {"public_key", base64url::encode(made.publicKey())},
                        {"algorithm", static_cast<int>(made.algorithm())},
                        {"aaguid", fido::textOf(made.aaguid())},
                        {"sign_count", std::int64_t{made.signCount()}},
                        {"user_verified", made.userVerified()},
                        {"backup_eligible", made.backupEligible()},
                        {"backed_up", made.backedUp()},
                        {"transports", std::move(transports)},
                        {"attestation", fido::name(made.attestation())},
                        {"origin", made.origin()},
                        {"cred_protect", static_cast<int>(made.credProtect())},
                        {"min_pin_length", static_cast<int>(made.minPinLength())}};
    return record;
}

/// The record that the next assertion is checked against.
Json::Object recordAfter(const Json& before, const fido::VerifiedAssertion& made) {
    Json::Object record = *before.asObject();
    record["sign_count"] = std::int64_t{made.signCount()};
    record["user_verified"] = made.userVerified();
    record["backed_up"] = made.backedUp();
    record["origin"] = made.origin();
    return record;
}

struct Asked {
    std::string rp_id;
    std::vector<std::string> origins;
    Bytes challenge;
    fido::UserVerification user_verification = fido::UserVerification::kRequired;
    fido::AttestationPolicy policy;
};

Result<Asked> askedOf(const Json& input) {
    Asked asked;
    SALLYPORT_TRY(asked.rp_id, textOf(input, "rp_id"));
    SALLYPORT_TRY(asked.origins, textsOf(input, "origins"));
    SALLYPORT_TRY(asked.challenge, bytesOf(input, "challenge", kMostChallenge));
    SALLYPORT_TRY(asked.user_verification, userVerificationOf(input));
    SALLYPORT_TRY(asked.policy, policyOf(input));
    return asked;
}

Result<Json> checkRegistration(const Json& input, const Asked& asked, Time now) {
    SALLYPORT_TRY(const Json* response, objectOf(input, "response"));
    SALLYPORT_TRY(std::vector<fido::Algorithm> algorithms, algorithmsOf(input));
    const auto parsed = fido::RegistrationResponse::parse(*response);
    if (const auto* refusal = std::get_if<fido::Refusal>(&parsed)) return refused(*refusal);
    const fido::RegistrationExpectation expected{asked.rp_id,
                                                 asked.origins,
                                                 asked.challenge,
                                                 asked.user_verification,
                                                 std::move(algorithms),
                                                 &asked.policy,
                                                 now};
    const auto judged =
        fido::verifyRegistration(std::get<fido::RegistrationResponse>(parsed), expected);
    if (const auto* refusal = std::get_if<fido::Refusal>(&judged)) return refused(*refusal);
    return accepted(recordOf(std::get<fido::VerifiedRegistration>(judged)));
}

Result<Json> checkAssertion(const Json& input, const Asked& asked) {
    SALLYPORT_TRY(const Json* response, objectOf(input, "response"));
    SALLYPORT_TRY(fido::StoredCredential stored, credentialOf(input));
    const auto parsed = fido::AssertionResponse::parse(*response);
    if (const auto* refusal = std::get_if<fido::Refusal>(&parsed)) return refused(*refusal);
    const auto& assertion = std::get<fido::AssertionResponse>(parsed);
    // A registration says nothing of the account: a record without a handle takes the response's.
    if (stored.user_handle.empty() && assertion.user_handle)
        stored.user_handle = *assertion.user_handle;
    const fido::AssertionExpectation expected{
        asked.rp_id, asked.origins, asked.challenge, asked.user_verification, &asked.policy};
    const auto judged = fido::verifyAssertion(assertion, stored, expected);
    if (const auto* refusal = std::get_if<fido::Refusal>(&judged)) return refused(*refusal);
    return accepted(
        recordAfter(*input.find("credential"), std::get<fido::VerifiedAssertion>(judged)));
}

}  // namespace

Result<Json> checkWebAuthn(const Json& input, Time now) {
    if (input.asObject() == nullptr) return malformed("the file must hold one JSON object");
    SALLYPORT_CHECK(onlyKnownMembers(input,
                                     {"type",
                                      "rp_id",
                                      "origins",
                                      "challenge",
                                      "user_verification",
                                      "algorithms",
                                      "policy",
                                      "credential",
                                      "response"}));
    SALLYPORT_TRY(const std::string type, textOf(input, "type"));
    SALLYPORT_TRY(const Asked asked, askedOf(input));
    if (type == "registration") return checkRegistration(input, asked, now);
    if (type == "assertion") return checkAssertion(input, asked);
    return malformed("\"type\" must be registration or assertion");
}

bool isAccepted(const Json& answer) {
    const Json* const verdict = answer.find("verdict");
    return verdict != nullptr && *verdict == Json("accepted");
}

}  // namespace sallyport::cli
