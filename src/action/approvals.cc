#include "action/approvals.h"

#include "action/render.h"
#include "action/tables.h"

#include <algorithm>

namespace sallyport::action {
namespace {

bool hasOneOf(const std::set<std::string>& roles, const std::set<std::string>& wanted) {
    return wanted.empty() || std::any_of(roles.begin(), roles.end(), [&wanted](const auto& role) {
               return wanted.count(role) == 1;
           });
}

/// Null if there is none.
const credential::Credential* activeKey(const std::vector<credential::Credential>& keys,
                                        const CredentialId& id) {
    const auto found = std::find_if(keys.begin(), keys.end(), [&id](const auto& one) {
        return one.id == id && one.status == credential::CredentialStatus::kActive;
    });
    return found == keys.end() ? nullptr : &*found;
}

struct Read {
    std::optional<seal::UnverifiedRow> action;
    std::vector<seal::UnverifiedRow> approvals;
};

fido::StoredCredential storedCredential(const credential::Credential& credential) {
    fido::StoredCredential stored;
    stored.id = credential.webauthn_id;
    stored.public_key = credential.public_key;
    stored.algorithm = credential.algorithm;
    stored.aaguid = credential.aaguid;
    // The counter rose since; that this assertion was the newest was judged when it came.
    stored.sign_count = 0;
    stored.backup_eligible = credential.backup_eligible;
    stored.user_handle = copyBytes(credential.account.bytes);
    return stored;
}

}  // namespace

FixedBytes<16> personOf(const account::Authority& authority) {
    return authority.person.has_value() ? authority.person->bytes : authority.account.bytes;
}

std::string acrOf(const credential::Credential& credential) {
    return credential.hardware() ? "phrh" : "phr";
}

bool Standing::hasApproved(const account::Authority& authority) const {
    const auto person = personOf(authority);
    return std::any_of(
        counted.begin(), counted.end(), [&](const Counted& one) { return one.person == person; });
}

Status Standing::isUnchanged(storage::Transaction& transaction) const {
    SALLYPORT_CHECK(seal::Sealer::isUnchanged(transaction, row));
    for (const seal::VerifiedRow& other : rests_on) {
        SALLYPORT_CHECK(seal::Sealer::isUnchanged(transaction, other));
    }
    return {};
}

Status Approvals::mayPropose(const TypePolicy& policy, const account::Authority& authority) {
    if (authority.maySignIn() && hasOneOf(authority.roles, policy.proposer_roles)) return {};
    return fail(ErrorCode::kForbidden, "this account may not propose " + policy.type);
}

Status Approvals::mayApprove(const Standing& standing, const account::Authority& authority) {
    const TypePolicy& policy = standing.type->policy;
    const auto refused = [&policy](std::string_view why) {
        return fail(ErrorCode::kForbidden,
                    "may not approve " + policy.type + ": " + std::string(why));
    };
    if (!authority.maySignIn()) return refused("the account is frozen");
    if (policy.proposer_only) {
        if (standing.action.action.proposer == authority.account) return {};
        return refused("only its proposer does");
    }
    if (!hasOneOf(authority.roles, policy.approver_roles)) return refused("the role is missing");
    const bool own =
        standing.action.action.proposer == authority.account ||
        (standing.proposer.has_value() && personOf(*standing.proposer) == personOf(authority));
    if (own && !policy.proposer_may_approve) return refused("the same person proposed it");
    return {};
}

Result<std::pair<ActionRow, seal::VerifiedRow>> Approvals::read(const ActionId& id,
                                                                Deadline deadline) const {
    SALLYPORT_TRY(auto found,
                  parts_.database.read(deadline, [&id](storage::Transaction& transaction) {
                      return readAction(transaction, id);
                  }));
    if (!found.has_value()) return fail(ErrorCode::kNotFound, "no such action");
    std::vector<seal::UnverifiedRow> rows;
    rows.push_back(std::move(*found));
    SALLYPORT_TRY(auto verified, parts_.sealer.verify(std::move(rows), deadline));
    SALLYPORT_TRY(ActionRow action, actionFrom(verified.front()));
    return std::pair(std::move(action), std::move(verified.front()));
}

Result<Standing> Approvals::judge(const ActionId& id, Deadline deadline) const {
    SALLYPORT_TRY(
        auto rows,
        parts_.database.read(deadline, [&id](storage::Transaction& transaction) -> Result<Read> {
            SALLYPORT_TRY(auto action, readAction(transaction, id));
            SALLYPORT_TRY(auto approvals, readApprovals(transaction, id));
            return Read{std::move(action), std::move(approvals)};
        }));
    if (!rows.action.has_value()) return fail(ErrorCode::kNotFound, "no such action");
    std::vector<seal::UnverifiedRow> unverified;
    unverified.push_back(std::move(*rows.action));
    for (seal::UnverifiedRow& row : rows.approvals) unverified.push_back(std::move(row));
    SALLYPORT_TRY(const auto verified, parts_.sealer.verify(std::move(unverified), deadline));
    SALLYPORT_TRY(ActionRow action, actionFrom(verified.front()));
    Standing standing{std::move(action), verified.front(), nullptr, {}, {}, {}, {}};
    standing.type = parts_.types.find(standing.action.action.type);
    if (standing.type == nullptr ||
        standing.type->policy.digest() != standing.action.action.policy_digest ||
        standing.type->policy.approvers != standing.action.required) {
        return fail(ErrorCode::kGone, "the policy is no longer the one that it was proposed under");
    }
    if (const auto& proposer = standing.action.action.proposer; proposer.has_value()) {
        SALLYPORT_TRY(standing.proposer, parts_.directory.authorityOf(*proposer, deadline));
        if (!standing.action.action.client.has_value()) {
            SALLYPORT_CHECK(mayPropose(standing.type->policy, *standing.proposer));
        }
        standing.rests_on.push_back(standing.proposer->row);
    }
    for (std::size_t i = 1; i < verified.size(); ++i) {
        SALLYPORT_CHECK(weigh(standing, verified[i], deadline));
    }
    return standing;
}

Status Approvals::weigh(Standing& standing, const seal::VerifiedRow& row, Deadline deadline) const {
    SALLYPORT_TRY(const ApprovalRow approval, approvalFrom(row));
    SALLYPORT_TRY(auto counted, verified(standing, approval, deadline));
    const bool first = counted.has_value() &&
                       std::none_of(standing.counted.begin(),
                                    standing.counted.end(),
                                    [&](const auto& one) { return one.person == counted->person; });
    if (!first) {
        standing.void_approvals.emplace(approval.account, row);
        return {};
    }
    standing.rests_on.push_back(row);
    standing.counted.push_back(std::move(*counted));
    return {};
}

Result<std::optional<Counted>> Approvals::verified(Standing& standing,
                                                   const ApprovalRow& approval,
                                                   Deadline deadline) const {
    const std::optional<Counted> refused;
    const TypePolicy& policy = standing.type->policy;
    SALLYPORT_TRY(const auto authority, parts_.directory.authorityOf(approval.account, deadline));
    if (authority.epoch != approval.account_epoch || authority.person != approval.person)
        return refused;
    if (!mayApprove(standing, authority)) return refused;
    if (policy.channel.value_or(approval.channel) != approval.channel) return refused;
    SALLYPORT_TRY(const auto keys, parts_.credentials.live(authority, deadline));
    const credential::Credential* key = activeKey(keys, approval.credential);
    if (key == nullptr) return refused;
    if (approval.acr != policy.acr || !acrReaches(acrOf(*key), policy.acr)) return refused;
    SALLYPORT_TRY(const Rendered rendered, render(policy, standing.action.action, approval.locale));
    if (rendered.language != approval.locale || rendered.text != approval.text ||
        approval.template_version != policy.version) {
        return refused;
    }
    if (approval.created < approval.issued || approval.created >= approval.expires ||
        approval.created >= standing.action.expires) {
        return refused;
    }
    SALLYPORT_TRY(const bool is_signed, isSigned(standing, approval, *key));
    if (!is_signed) return refused;
    standing.rests_on.push_back(authority.row);
    return std::optional<Counted>(Counted{approval, personOf(authority), acrOf(*key)});
}

Result<bool> Approvals::isSigned(const Standing& standing,
                                 const ApprovalRow& approval,
                                 const credential::Credential& credential) const {
    SALLYPORT_TRY(const Digest challenge, approval.transcript(standing.action.action).challenge());
    fido::AssertionResponse response;
    response.id = credential.webauthn_id;
    response.client_data_json = approval.client_data_json;
    response.authenticator_data = approval.authenticator_data;
    response.signature = approval.signature;
    fido::AssertionExpectation expected;
    expected.rp_id = parts_.webauthn.rp_id;
    expected.origins = parts_.webauthn.originsOf(approval.channel);
    expected.challenge = copyBytes(challenge);
    expected.user_verification = fido::UserVerification::kRequired;
    expected.policy = &parts_.webauthn.attestation;
    const auto judged = fido::verifyAssertion(response, storedCredential(credential), expected);
    return std::holds_alternative<fido::VerifiedAssertion>(judged);
}

}  // namespace sallyport::action
