#include "cli/evidence_check.h"

#include "action/transcript_evidence.h"
#include "base/base64url.h"
#include "base/channel.h"
#include "fido/assertion.h"
#include "fido/client_data.h"
#include "fido/registration.h"

#include <optional>
#include <set>

namespace sallyport::cli {
namespace {

using action::Evidence;

Error refused(std::string why) {
    return fail(ErrorCode::kForbidden, std::move(why));
}

template <class T>
Result<T> resultOf(fido::Judged<T> judged, std::string_view what) {
    if (const auto* refusal = std::get_if<fido::Refusal>(&judged))
        return refused(std::string(what) + ": " + refusal->code + " (" + refusal->step + ")");
    return std::get<T>(std::move(judged));
}

/// The roots are the auditor's; everything else of the specification is asked for.
fido::AttestationPolicy policyFor(const Evidence& evidence) {
    fido::AttestationPolicy policy;
    policy.allow_none = true;
    policy.allow_self = true;
    policy.trust_any_root = true;
    policy.allow_backup_eligible = evidence.key.backup_eligible;
    return policy;
}

Result<fido::Algorithm> algorithmOf(const Evidence& evidence) {
    const auto algorithm = fido::algorithmFromCose(evidence.key.algorithm);
    if (!algorithm) return refused("the key's algorithm is not known");
    return *algorithm;
}

/// The key is the one that the authenticator attested when it was enrolled.
Status checkEnrolment(const Evidence& evidence, const fido::AttestationPolicy& policy) {
    SALLYPORT_TRY(const auto client_data,
                  fido::ClientData::parse(evidence.enrolment_client_data_json));
    SALLYPORT_TRY(const fido::Algorithm algorithm, algorithmOf(evidence));
    const fido::RegistrationResponse response{evidence.key.webauthn_id,
                                              evidence.enrolment_client_data_json,
                                              evidence.attestation_object,
                                              {}};
    const fido::RegistrationExpectation expected{evidence.rp_id,
                                                 {client_data.origin},
                                                 client_data.challenge,
                                                 fido::UserVerification::kDiscouraged,
                                                 {algorithm},
                                                 &policy,
                                                 evidence.at};
    SALLYPORT_TRY(const fido::VerifiedRegistration made,
                  resultOf(fido::verifyRegistration(response, expected), "enrolment"));
    if (made.publicKey() != evidence.key.public_key || made.aaguid() != evidence.key.aaguid ||
        made.backupEligible() != evidence.key.backup_eligible)
        return refused("another key was enrolled");
    const bool by_certificate = made.certificate().has_value();
    const std::string& said = evidence.key.attestation;
    if (by_certificate ? said != "verified" && said != "unverified"
                       : said != fido::name(made.attestation()))
        return refused("the key was attested in another way");
    return {};
}

Status checkTouch(const Evidence& evidence, const fido::AttestationPolicy& policy) {
    SALLYPORT_TRY(const Digest challenge, evidence.transcript.challenge());
    SALLYPORT_TRY(const fido::Algorithm algorithm, algorithmOf(evidence));
    const fido::AssertionResponse response{evidence.key.webauthn_id,
                                           evidence.client_data_json,
                                           evidence.authenticator_data,
                                           evidence.signature,
                                           std::nullopt};
    const fido::StoredCredential stored{evidence.key.webauthn_id,
                                        evidence.key.public_key,
                                        algorithm,
                                        evidence.key.aaguid,
                                        0,
                                        evidence.key.backup_eligible,
                                        {}};
    const fido::AssertionExpectation expected{evidence.rp_id,
                                              evidence.origins,
                                              Bytes(challenge.begin(), challenge.end()),
                                              fido::UserVerification::kRequired,
                                              &policy};
    SALLYPORT_TRY(const fido::VerifiedAssertion made,
                  resultOf(fido::verifyAssertion(response, stored, expected), "touch"));
    const bool from_cli = made.origin().starts_with(kCliOriginPrefix);
    if (from_cli != (evidence.transcript.channel == Channel::kCli))
        return refused("the approval was given through another channel");
    return {};
}

Status checkRules(const Evidence& evidence) {
    if (evidence.at < evidence.transcript.issued || evidence.at > evidence.transcript.expires)
        return refused("the approval was not given in its time");
    const Json* const acr = evidence.policy.find("acr");
    if (acr == nullptr || *acr != Json(evidence.transcript.acr))
        return refused("the policy asks for another acr");
    const bool hardware = evidence.key.attestation == "verified" && !evidence.key.backup_eligible;
    if (evidence.transcript.acr == "phrh" && !hardware)
        return refused("the policy asks for attested hardware");
    return {};
}

Status check(const Evidence& evidence) {
    const fido::AttestationPolicy policy = policyFor(evidence);
    SALLYPORT_CHECK(checkRules(evidence));
    SALLYPORT_CHECK(checkEnrolment(evidence, policy));
    return checkTouch(evidence, policy);
}

/// What one approval says, once it holds.
Json::Object approvalOf(const Evidence& evidence, const Digest& hash) {
    const action::Transcript& transcript = evidence.transcript;
    return Json::Object{{"account", transcript.account.text()},
                        {"channel", name(transcript.channel)},
                        {"acr", transcript.acr},
                        {"at", rfc3339(evidence.at)},
                        {"text", transcript.text},
                        {"credential", evidence.key.id.text()},
                        {"aaguid", fido::textOf(evidence.key.aaguid)},
                        {"attestation", evidence.key.attestation},
                        {"evidence", evidence.id.text()},
                        {"hash", base64url::encode(hash)}};
}

/// The approvals that were judged so far.
struct Judgement {
    std::optional<action::Action> action;
    ActionId id;
    std::set<AccountId> accounts;
    Json::Array approvals;

    Status add(const Json& document) {
        SALLYPORT_TRY(const Evidence evidence, Evidence::fromJson(document));
        SALLYPORT_CHECK(check(evidence));
        if (action && (!(*action == evidence.transcript.action) || id != evidence.transcript.id))
            return refused("approvals of different actions");
        action = evidence.transcript.action;
        id = evidence.transcript.id;
        if (!accounts.insert(evidence.transcript.account).second)
            return refused("the same account approved twice");
        SALLYPORT_TRY(const Digest hash, action::evidenceHash(document));
        approvals.emplace_back(approvalOf(evidence, hash));
        return {};
    }

    Result<Json> answer() const {
        if (!action) return refused("there is no approval");
        SALLYPORT_TRY(const Digest digest, action->digest());
        return Json(Json::Object{{"verdict", "holds"},
                                 {"action_id", id.text()},
                                 {"action", action->json()},
                                 {"digest", base64url::encode(digest)},
                                 {"text", *approvals.front().find("text")},
                                 {"approvals", approvals}});
    }
};

/// The event of an approval names the document that stands beside it.
Status checkEvent(const Json& piece) {
    const Json* const event = piece.find("event");
    const Json* const data = event == nullptr ? nullptr : event->find("data");
    const Json* const named = data == nullptr ? nullptr : data->find("evidence_hash");
    SALLYPORT_TRY(const Digest hash, action::evidenceHash(*piece.find("document")));
    if (named == nullptr || *named != Json(base64url::encode(hash)))
        return refused("an event names another document");
    return {};
}

Result<Json> judgeBundle(const Json& bundle) {
    const Json* const pieces = bundle.find("evidence");
    if (pieces->asArray() == nullptr) return refused("the evidence is no list");
    Judgement judgement;
    for (const Json& piece : *pieces->asArray()) {
        if (piece.find("document") == nullptr) return refused("an event without its document");
        SALLYPORT_CHECK(checkEvent(piece));
        SALLYPORT_CHECK(judgement.add(*piece.find("document")));
    }
    SALLYPORT_TRY(Json answer, judgement.answer());
    const auto same = [&](std::string_view in_bundle, std::string_view in_answer) {
        const Json* const said = bundle.find(in_bundle);
        return said != nullptr && *said == *answer.find(in_answer);
    };
    if (!same("id", "action_id") || !same("action", "action") || !same("digest", "digest"))
        return refused("the approvals are for another action than the bundle says");
    return answer;
}

Result<Json> judge(const Json& document) {
    if (document.find("evidence") != nullptr) return judgeBundle(document);
    Judgement judgement;
    SALLYPORT_CHECK(judgement.add(document));
    return judgement.answer();
}

}  // namespace

Json checkEvidence(const Json& document) {
    const Result<Json> answer = judge(document);
    if (answer) return *answer;
    return Json::Object{{"verdict", "refused"}, {"reason", answer.error().detail}};
}

bool holds(const Json& answer) {
    const Json* const verdict = answer.find("verdict");
    return verdict != nullptr && *verdict == Json("holds");
}

}  // namespace sallyport::cli
