#include "action/transcript_evidence.h"

#include "action/transcript_json.h"

#include <algorithm>

namespace sallyport::action {
namespace {

constexpr std::int64_t kFormat = 1;
constexpr std::size_t kMostText = 1024;
constexpr std::size_t kMostBytes = std::size_t{32} * 1024;
constexpr std::size_t kMostOrigins = 16;

Json encoded(ByteView bytes) {
    return base64url::encode(bytes);
}

Json keyJson(const Evidence::Key& key) {
    return Json::Object{{"id", key.id.text()},
                        {"webauthn_id", encoded(key.webauthn_id)},
                        {"public_key", encoded(key.public_key)},
                        {"algorithm", key.algorithm},
                        {"aaguid", encoded(key.aaguid)},
                        {"attestation", key.attestation},
                        {"backup_eligible", key.backup_eligible}};
}

Result<Evidence::Key> keyFrom(const Json& json) {
    SALLYPORT_CHECK(checkMembers(json,
                                 {"id",
                                  "webauthn_id",
                                  "public_key",
                                  "algorithm",
                                  "aaguid",
                                  "attestation",
                                  "backup_eligible"}));
    Evidence::Key key;
    SALLYPORT_TRY(key.id, idMember<CredentialId>(json, "id"));
    SALLYPORT_TRY(key.webauthn_id, bytesMember(json, "webauthn_id", kMostText));
    SALLYPORT_TRY(key.public_key, bytesMember(json, "public_key", kMostText));
    SALLYPORT_TRY(const Json* algorithm, member(json, "algorithm"));
    if (algorithm->asInteger() == nullptr)
        return fail(ErrorCode::kInvalidRequest, "algorithm is a number");
    key.algorithm = *algorithm->asInteger();
    SALLYPORT_TRY(const Bytes aaguid, bytesMember(json, "aaguid", key.aaguid.size()));
    if (aaguid.size() != key.aaguid.size())
        return fail(ErrorCode::kInvalidRequest, "an AAGUID has 16 bytes");
    std::copy(aaguid.begin(), aaguid.end(), key.aaguid.begin());
    SALLYPORT_TRY(key.attestation, textMember(json, "attestation", kMostText));
    SALLYPORT_TRY(key.backup_eligible, flagMember(json, "backup_eligible"));
    return key;
}

Result<std::vector<std::string>> originsFrom(const Json& json) {
    SALLYPORT_TRY(const Json* origins, member(json, "origins"));
    const Json::Array* list = origins->asArray();
    if (list == nullptr || list->size() > kMostOrigins)
        return fail(ErrorCode::kInvalidRequest, "origins are a list");
    std::vector<std::string> texts;
    for (const Json& origin : *list) {
        if (origin.asString() == nullptr)
            return fail(ErrorCode::kInvalidRequest, "an origin is text");
        texts.push_back(*origin.asString());
    }
    return texts;
}

}  // namespace

Result<Json> Evidence::json() const {
    SALLYPORT_TRY(Json transcript_json, transcript.json());
    return Json(
        Json::Object{{"v", kFormat},
                     {"id", id.text()},
                     {"at", micros(at)},
                     {"transcript", std::move(transcript_json)},
                     {"policy", policy},
                     {"rp_id", rp_id},
                     {"origins", Json::Array(origins.begin(), origins.end())},
                     {"credential", keyJson(key)},
                     {"enrolment",
                      Json::Object{{"attestation_object", encoded(attestation_object)},
                                   {"client_data_json", encoded(enrolment_client_data_json)}}},
                     {"response",
                      Json::Object{{"client_data_json", encoded(client_data_json)},
                                   {"authenticator_data", encoded(authenticator_data)},
                                   {"signature", encoded(signature)}}}});
}

Result<Evidence> Evidence::fromJson(const Json& json) {
    SALLYPORT_CHECK(checkMembers(json,
                                 {"v",
                                  "id",
                                  "at",
                                  "transcript",
                                  "policy",
                                  "rp_id",
                                  "origins",
                                  "credential",
                                  "enrolment",
                                  "response"}));
    SALLYPORT_TRY(const Json* format, member(json, "v"));
    if (!(*format == Json(kFormat)))
        return fail(ErrorCode::kInvalidRequest, "evidence of another format");
    Evidence evidence;
    SALLYPORT_TRY(evidence.id, idMember<EvidenceId>(json, "id"));
    SALLYPORT_TRY(evidence.at, timeMember(json, "at"));
    SALLYPORT_TRY(const Json* transcript, member(json, "transcript"));
    SALLYPORT_TRY(evidence.transcript, Transcript::fromJson(*transcript));
    SALLYPORT_TRY(const Json* policy, member(json, "policy"));
    SALLYPORT_TRY(const std::string canonical, policy->canonical());
    if (sha256(asBytes(canonical)) != evidence.transcript.action.policy_digest)
        return fail(ErrorCode::kInvalidRequest, "the policy of another action");
    evidence.policy = *policy;
    SALLYPORT_TRY(evidence.rp_id, textMember(json, "rp_id", kMostText));
    SALLYPORT_TRY(evidence.origins, originsFrom(json));
    SALLYPORT_TRY(const Json* key, member(json, "credential"));
    SALLYPORT_TRY(evidence.key, keyFrom(*key));
    SALLYPORT_TRY(const Json* enrolment, member(json, "enrolment"));
    SALLYPORT_CHECK(checkMembers(*enrolment, {"attestation_object", "client_data_json"}));
    SALLYPORT_TRY(evidence.attestation_object,
                  bytesMember(*enrolment, "attestation_object", kMostBytes));
    SALLYPORT_TRY(evidence.enrolment_client_data_json,
                  bytesMember(*enrolment, "client_data_json", kMostBytes));
    SALLYPORT_TRY(const Json* response, member(json, "response"));
    SALLYPORT_CHECK(
        checkMembers(*response, {"client_data_json", "authenticator_data", "signature"}));
    SALLYPORT_TRY(evidence.client_data_json,
                  bytesMember(*response, "client_data_json", kMostBytes));
    SALLYPORT_TRY(evidence.authenticator_data,
                  bytesMember(*response, "authenticator_data", kMostBytes));
    SALLYPORT_TRY(evidence.signature, bytesMember(*response, "signature", kMostBytes));
    return evidence;
}

Result<Digest> evidenceHash(const Json& document) {
    SALLYPORT_TRY(const std::string canonical, document.canonical());
    return sha256(asBytes(canonical));
}

}  // namespace sallyport::action
