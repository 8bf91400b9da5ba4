#include "action/evidence.h"
#include "action/service.h"
#include "action/tables.h"

#include <algorithm>

/// From a challenge to an approval.
namespace sallyport::action {
namespace {

constexpr int kAttempts = 6;

fido::Refusal refused(std::string code, std::string detail) {
    return fido::Refusal{std::move(code), "7.2", std::move(detail)};
}

/// A pending or recovery session may do nothing here; the touch itself says who approves, but not
/// to somebody who has not signed in at all.
Status mayAct(const session::Session& session) {
    const auto kind = session.fields().kind;
    if (kind == mint::SessionKind::kKey || kind == mint::SessionKind::kInbox) return {};
    return fail(ErrorCode::kForbidden, "a session of this kind approves nothing");
}

bool isUsable(const credential::Credential& key, const TypePolicy& policy) {
    return key.status == credential::CredentialStatus::kActive &&
           acrReaches(acrOf(key), policy.acr);
}

Json descriptorOf(const credential::Credential& key) {
    Json::Object descriptor{{"type", "public-key"}, {"id", base64url::encode(key.webauthn_id)}};
    if (!key.transports.empty()) {
        descriptor.emplace("transports", Json::Array(key.transports.begin(), key.transports.end()));
    }
    return descriptor;
}

/// PublicKeyCredentialRequestOptionsJSON (WebAuthn L3 5.1.11).
Json optionsOf(const Digest& challenge,
               const std::vector<credential::Credential>& keys,
               const TypePolicy& policy,
               const credential::Options& webauthn) {
    Json::Array allowed;
    for (const auto& key : keys) {
        if (isUsable(key, policy)) allowed.push_back(descriptorOf(key));
    }
    const auto life =
        std::chrono::duration_cast<std::chrono::milliseconds>(webauthn.challenge_life);
    return Json::Object{{"challenge", base64url::encode(challenge)},
                        {"timeout", std::int64_t{life.count()}},
                        {"rpId", webauthn.rp_id},
                        {"allowCredentials", std::move(allowed)},
                        {"userVerification", "required"}};
}

Transcript transcriptOf(const ChallengeRow& challenge, const Action& action, std::string text) {
    Transcript transcript;
    transcript.nonce = challenge.nonce;
    transcript.id = challenge.action;
    transcript.action = action;
    transcript.locale = challenge.locale;
    transcript.template_version = challenge.template_version;
    transcript.text = std::move(text);
    transcript.account = challenge.account;
    transcript.session_hash = sessionHash(challenge.session);
    transcript.channel = challenge.channel;
    transcript.acr = challenge.acr;
    transcript.issued = challenge.issued;
    transcript.expires = challenge.expires;
    return transcript;
}

/// Whether the challenge asks for what stands now: the same words under the same rules.
bool fits(const ChallengeRow& challenge, const TypePolicy& policy, const Rendered& rendered) {
    return challenge.locale == rendered.language && challenge.template_version == policy.version &&
           challenge.text_hash == sha256(asBytes(rendered.text)) && challenge.acr == policy.acr &&
           policy.channel.value_or(challenge.channel) == challenge.channel;
}

}  // namespace

Result<Standing> Service::approvable(const Caller& caller,
                                     const account::Authority& authority,
                                     const ActionId& id,
                                     Deadline deadline) {
    SALLYPORT_CHECK(mayAct(*caller.session));
    SALLYPORT_TRY(Standing standing, judged(id, deadline));
    SALLYPORT_TRY(const auto seen_view, seen(caller, authority, standing));
    if (!seen_view.has_value()) return fail(ErrorCode::kNotFound, "no such action");
    SALLYPORT_CHECK(Approvals::mayApprove(standing, authority));
    const TypePolicy& policy = standing.type->policy;
    const Time now = parts_.clock.now();
    if (stateAt(standing.action, now) != State::kProposed)
        return fail(ErrorCode::kConflict, "the action waits for no approval");
    if (standing.hasApproved(authority))
        return fail(ErrorCode::kConflict, "this person has approved it");
    if (policy.channel.value_or(caller.channel) != caller.channel)
        return fail(ErrorCode::kForbidden, "approvals of this type come from another channel");
    const Duration age = now - caller.session->fields().auth_time;
    if (policy.max_age > Duration::zero() && age > policy.max_age)
        return fail(ErrorCode::kStepUpRequired, "the sign-in is too old for this type");
    return standing;
}

Result<Challenge> Service::challenge(const Caller& caller, const ActionId& id, Deadline deadline) {
    SALLYPORT_TRY(const auto authority, authorityOf(caller, deadline));
    SALLYPORT_TRY(const Standing standing, approvable(caller, authority, id, deadline));
    const TypePolicy& policy = standing.type->policy;
    SALLYPORT_TRY(const auto keys, parts_.assertions.live(authority, deadline));
    const bool has_key = std::any_of(
        keys.begin(), keys.end(), [&policy](const auto& key) { return isUsable(key, policy); });
    if (!has_key) return fail(ErrorCode::kForbidden, "the account has no key that reaches the acr");
    SALLYPORT_TRY(Rendered rendered,
                  render(policy, standing.action.action, languageFor(policy, caller.languages)));
    ChallengeRow row;
    row.id = ChallengeId::random(parts_.random);
    row.action = id;
    row.account = authority.account;
    row.session = caller.session->id();
    row.nonce = parts_.random.bytes<32>();
    row.locale = rendered.language;
    row.template_version = policy.version;
    row.text_hash = sha256(asBytes(rendered.text));
    row.channel = caller.channel;
    row.acr = policy.acr;
    row.issued = parts_.clock.now();
    row.expires = std::min(row.issued + parts_.webauthn.challenge_life, standing.action.expires);
    SALLYPORT_TRY(const auto sealed, parts_.sealer.seal(challengesTable(), rowOf(row), deadline));
    SALLYPORT_CHECK(
        parts_.database.write(deadline, [&](storage::Transaction& transaction) -> Status {
            SALLYPORT_CHECK(transaction.execute(
                "DELETE FROM approval_challenges WHERE action_id = $1 AND session_id = $2",
                {row.action, row.session}));
            return seal::Sealer::insert(transaction, sealed);
        }));
    Challenge made;
    made.transcript = transcriptOf(row, standing.action.action, std::move(rendered.text));
    SALLYPORT_TRY(made.challenge, made.transcript.challenge());
    made.options = optionsOf(made.challenge, keys, policy, parts_.webauthn);
    return made;
}

/// The challenge of this session, spent in a transaction of its own. Empty: there is none, or
/// another answer was faster.
Result<std::optional<ChallengeRow>> Service::consume(const Caller& caller,
                                                     const ActionId& id,
                                                     Deadline deadline) {
    const std::optional<ChallengeRow> none;
    SALLYPORT_TRY(auto rows, parts_.database.read(deadline, [&](storage::Transaction& transaction) {
        return readChallenges(
            transaction, id, caller.session->fields().account, caller.session->id());
    }));
    if (rows.empty()) return none;
    SALLYPORT_TRY(const auto verified, parts_.sealer.verify(std::move(rows), deadline));
    const seal::VerifiedRow& row = verified.back();
    SALLYPORT_TRY(ChallengeRow challenge, challengeFrom(row));
    SALLYPORT_TRY(const Digest seal, row.row().digest("seal"));
    SALLYPORT_TRY(const std::int64_t deleted,
                  parts_.database.write(deadline, [&](storage::Transaction& transaction) {
                      return transaction.execute(
                          "DELETE FROM approval_challenges WHERE id = $1 AND seal = $2",
                          {challenge.id, seal});
                  }));
    if (deleted != 1 || parts_.clock.now() >= challenge.expires) return none;
    return std::optional<ChallengeRow>(std::move(challenge));
}

/// A verified assertion over this very action, not yet written.
struct Service::Touch {
    Standing standing;
    account::Authority authority;
    const ChallengeRow& challenge;
    const fido::AssertionResponse& response;
    std::string text;
    credential::Checked checked;
};

namespace {

ApprovalRow approvalOf(const ChallengeRow& challenge,
                       const account::Authority& authority,
                       const fido::AssertionResponse& response,
                       const credential::Credential& key,
                       std::string text,
                       Time now,
                       Random& random) {
    ApprovalRow approval;
    approval.id = ApprovalId::random(random);
    approval.action = challenge.action;
    approval.account = authority.account;
    approval.account_epoch = authority.epoch;
    approval.person = authority.person;
    approval.credential = key.id;
    approval.session_hash = sessionHash(challenge.session);
    approval.nonce = challenge.nonce;
    approval.locale = challenge.locale;
    approval.template_version = challenge.template_version;
    approval.text = std::move(text);
    approval.channel = challenge.channel;
    approval.acr = challenge.acr;
    approval.issued = challenge.issued;
    approval.expires = challenge.expires;
    approval.client_data_json = response.client_data_json;
    approval.authenticator_data = response.authenticator_data;
    approval.signature = response.signature;
    approval.evidence = EvidenceId::random(random);
    approval.created = now;
    return approval;
}

}  // namespace

/// The approval, its evidence, its event, the counter and the action's next version, at once.
Result<Standing> Service::record(Touch& touch, Deadline deadline) {
    Standing& standing = touch.standing;
    const credential::Credential& key = touch.checked.credential;
    ApprovalRow approval = approvalOf(touch.challenge,
                                      touch.authority,
                                      touch.response,
                                      key,
                                      touch.text,
                                      parts_.clock.now(),
                                      parts_.random);
    const auto replaced = standing.void_approvals.find(approval.account);
    const seal::VerifiedRow* old =
        replaced == standing.void_approvals.end() ? nullptr : &replaced->second;
    if (old != nullptr) {
        SALLYPORT_TRY(approval.id, old->row().id<ApprovalId>("id"));
    }
    SALLYPORT_TRY(const auto evidence,
                  makeEvidence(parts_.approvals.parts(), standing, approval, key, deadline));
    standing.counted.push_back(Counted{approval, personOf(touch.authority), acrOf(key)});
    const bool enough = standing.enough();
    if (enough) standing.action.state = State::kApproved;
    SALLYPORT_TRY(auto next_action, rowOf(standing.action));
    std::vector<seal::Sealer::Next> rows;
    rows.push_back({&approvalsTable(), old, rowOf(approval)});
    rows.push_back({&actionsTable(), &standing.row, std::move(next_action)});
    SALLYPORT_TRY(const auto sealed, parts_.sealer.sealAll(std::move(rows), deadline));
    SALLYPORT_TRY(const auto event,
                  parts_.events.prepare({enough ? "action.approved" : "action.approval",
                                         "ok",
                                         approval.account,
                                         standing.action.action.proposer,
                                         {{"action", standing.action.id.text()},
                                          {"type", standing.action.action.type},
                                          {"digest", base64url::encode(standing.action.digest)},
                                          {"evidence", evidence.id.text()},
                                          {"evidence_hash", base64url::encode(evidence.hash)}},
                                         {}}));
    SALLYPORT_CHECK(
        parts_.database.write(deadline, [&](storage::Transaction& transaction) -> Status {
            SALLYPORT_CHECK(standing.isUnchanged(transaction));
            SALLYPORT_CHECK(seal::Sealer::isUnchanged(transaction, touch.authority.row));
            SALLYPORT_CHECK(old == nullptr ? seal::Sealer::insert(transaction, sealed[0])
                                           : seal::Sealer::replace(transaction, *old, sealed[0]));
            SALLYPORT_CHECK(seal::Sealer::replace(transaction, standing.row, sealed[1]));
            SALLYPORT_CHECK(credential::Assertions::commit(transaction, touch.checked));
            SALLYPORT_CHECK(insertEvidence(
                transaction, evidence, standing.action.id, event.id, approval.created));
            return audit::append(transaction, event);
        }));
    parts_.changes.notify();
    return std::move(standing);
}

/// Everything is judged as it is now. Errors: kConflict when something changed meanwhile; judged
/// again, with the same response, it may pass.
Result<fido::Judged<Standing>> Service::accept(const Caller& caller,
                                               const ChallengeRow& challenge,
                                               const fido::AssertionResponse& response,
                                               Deadline deadline) {
    using Answer = fido::Judged<Standing>;
    SALLYPORT_TRY(auto authority, authorityOf(caller, deadline));
    SALLYPORT_TRY(Standing standing, approvable(caller, authority, challenge.action, deadline));
    const TypePolicy& policy = standing.type->policy;
    SALLYPORT_TRY(Rendered rendered, render(policy, standing.action.action, challenge.locale));
    if (!fits(challenge, policy, rendered))
        return Answer(refused("transcript", "the text or the rules changed"));
    const Transcript transcript = transcriptOf(challenge, standing.action.action, rendered.text);
    SALLYPORT_TRY(const Digest expected, transcript.challenge());
    SALLYPORT_TRY(
        auto checked,
        parts_.assertions.check(
            authority,
            response,
            credential::Asked{copyBytes(expected), challenge.channel, challenge.issued, {}},
            deadline));
    if (auto* refusal = std::get_if<fido::Refusal>(&checked)) return Answer(std::move(*refusal));
    auto& passed = std::get<credential::Checked>(checked);
    if (!acrReaches(acrOf(passed.credential), policy.acr))
        return Answer(refused("acr", "the key does not reach the acr of the type"));
    Touch touch{std::move(standing),
                std::move(authority),
                challenge,
                response,
                std::move(rendered.text),
                std::move(passed)};
    SALLYPORT_TRY(Standing recorded, record(touch, deadline));
    return Answer(std::move(recorded));
}

Result<Approved> Service::concluded(const Caller& caller,
                                    const Standing& standing,
                                    Deadline deadline) {
    const ActionId& id = standing.action.id;
    Execution::Answer answer;
    const bool in_time = parts_.clock.now() >= standing.action.not_before;
    if (standing.action.state == State::kApproved && in_time) {
        switch (standing.type->mode) {
            case Mode::kDirect:
                // The approval stands whatever becomes of it; what failed for now is resumed.
                static_cast<void>(parts_.execution.run(id, deadline));
                break;
            case Mode::kAnswer:
            case Mode::kRaise: {
                SALLYPORT_TRY(
                    answer, parts_.execution.answer(id, *caller.session, caller.browser, deadline));
                break;
            }
            case Mode::kClaim:
            case Mode::kGrant:
                break;
        }
    }
    SALLYPORT_TRY(View shown, view(caller, id, deadline));
    return Approved{std::move(shown), std::move(answer)};
}

Result<fido::Judged<Approved>> Service::approve(const Caller& caller,
                                                const ActionId& id,
                                                const Json& response,
                                                Deadline deadline) {
    using Answer = fido::Judged<Approved>;
    if (caller.session == nullptr) return fail(ErrorCode::kForbidden, "not a person");
    SALLYPORT_TRY(const auto challenge, consume(caller, id, deadline));
    if (!challenge.has_value())
        return Answer(refused("challenge", "no live challenge of this session"));
    auto parsed = fido::AssertionResponse::parse(response);
    if (auto* refusal = std::get_if<fido::Refusal>(&parsed)) return Answer(std::move(*refusal));
    const auto& answered = std::get<fido::AssertionResponse>(parsed);
    auto judged = accept(caller, *challenge, answered, deadline);
    for (int i = 1; i < kAttempts && !judged; ++i) {
        if (judged.error().code != ErrorCode::kConflict) break;
        judged = accept(caller, *challenge, answered, deadline);
    }
    SALLYPORT_TRY(auto accepted, std::move(judged));
    if (auto* refusal = std::get_if<fido::Refusal>(&accepted)) {
        parts_.log.info("action.approval_refused",
                        {{"action", id.text()},
                         {"reason", refusal->code},
                         {"step", refusal->step},
                         {"detail", refusal->detail}});
        return Answer(std::move(*refusal));
    }
    SALLYPORT_TRY(Approved approved, concluded(caller, std::get<Standing>(accepted), deadline));
    return Answer(std::move(approved));
}

}  // namespace sallyport::action
