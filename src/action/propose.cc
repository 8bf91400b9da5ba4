#include "action/parameters.h"
#include "action/service.h"
#include "action/tables.h"

/// How an action comes to be.
namespace sallyport::action {
namespace {

// Longer than any name that a person reads, and shown in one line.
constexpr std::size_t kMostReference = 140;
constexpr std::size_t kMostClientState = 512;
constexpr std::int64_t kMostLive = 50;

Status checkReference(std::string_view what, const std::optional<std::string>& reference) {
    if (!reference.has_value()) return {};
    if (!reference->empty() && isPlainLine(*reference) && codePoints(*reference) <= kMostReference)
        return {};
    return fail(ErrorCode::kInvalidRequest,
                std::string(what) + " must be one plain line without quotation marks");
}

Status mayAct(const session::Session& session) {
    const auto kind = session.fields().kind;
    if (kind == mint::SessionKind::kKey || kind == mint::SessionKind::kInbox) return {};
    return fail(ErrorCode::kForbidden, "a session of this kind proposes nothing");
}

}  // namespace

/// Whose action it becomes; nobody's where a client proposes it for whoever has the role.
struct Service::Proposer {
    std::optional<account::Authority> authority;
};

Result<Service::Proposer> Service::proposerOf(const Caller& caller,
                                              const Type& type,
                                              const Proposal& proposal,
                                              Deadline deadline) const {
    const TypePolicy& policy = type.policy;
    if (caller.session != nullptr) {
        SALLYPORT_CHECK(mayAct(*caller.session));
        if (proposal.redirect_uri.has_value() || proposal.state.has_value())
            return fail(ErrorCode::kInvalidRequest, "a person is not redirected");
        SALLYPORT_TRY(auto authority, authorityOf(caller, deadline));
        SALLYPORT_CHECK(Approvals::mayPropose(policy, authority));
        return Proposer{std::move(authority)};
    }
    if (caller.client.empty() || !policy.clients.contains(caller.client))
        return fail(ErrorCode::kForbidden, "this client may not propose " + policy.type);
    if (!policy.proposer_only) return Proposer{};
    // Only the person for whom it is proposed approves it, so he must be named.
    SALLYPORT_TRY(const auto account, AccountId::fromText(proposal.subject.value_or("")));
    auto authority = parts_.directory.authorityOf(account, deadline);
    if (!authority || !authority->maySignIn())
        return fail(ErrorCode::kInvalidRequest, "subject must be the account that approves");
    return Proposer{std::move(*authority)};
}

Result<ActionRow> Service::drafted(const Caller& caller,
                                   const Type& type,
                                   const Proposal& proposal,
                                   const Proposer& proposer,
                                   Deadline deadline) const {
    Json parameters = proposal.parameters.isNull() ? Json(Json::Object{}) : proposal.parameters;
    if (type.complete) {
        const auto* authority = proposer.authority.has_value() ? &*proposer.authority : nullptr;
        SALLYPORT_TRY(parameters, type.complete(authority, parameters, deadline));
    }
    ActionRow row;
    row.id = ActionId::random(parts_.random);
    row.action.type = type.policy.type;
    row.action.schema_version = type.policy.version;
    SALLYPORT_TRY(row.action.parameters, checkParameters(type.policy, parameters));
    row.action.resource = proposal.resource;
    row.action.subject = proposal.subject;
    if (proposer.authority.has_value()) row.action.proposer = proposer.authority->account;
    if (!caller.client.empty()) row.action.client = caller.client;
    row.action.policy_digest = type.policy.digest();
    SALLYPORT_TRY(row.digest, row.action.digest());
    row.required = type.policy.approvers;
    if (caller.session != nullptr) row.proposer_session = caller.session->id();
    row.redirect_uri = proposal.redirect_uri;
    row.client_state = proposal.state;
    row.created = parts_.clock.now();
    row.not_before = row.created + type.policy.delay;
    row.expires = row.created + type.policy.ttl;
    return row;
}

Result<View> Service::propose(const Caller& caller, const Proposal& proposal, Deadline deadline) {
    const Type* type = parts_.types.find(proposal.type);
    if (type == nullptr) return fail(ErrorCode::kInvalidRequest, "no such action type");
    SALLYPORT_CHECK(checkReference("resource", proposal.resource));
    SALLYPORT_CHECK(checkReference("subject", proposal.subject));
    if (proposal.state.has_value() && proposal.state->size() > kMostClientState)
        return fail(ErrorCode::kInvalidRequest, "state is too long");
    SALLYPORT_TRY(const Proposer proposer, proposerOf(caller, *type, proposal, deadline));
    SALLYPORT_TRY(const ActionRow action, drafted(caller, *type, proposal, proposer, deadline));
    SALLYPORT_TRY(storage::Row row, rowOf(action));
    SALLYPORT_TRY(const auto sealed, parts_.sealer.seal(actionsTable(), std::move(row), deadline));
    audit::Event event{"action.proposed",
                       "ok",
                       caller.session == nullptr ? std::nullopt : action.action.proposer,
                       action.action.proposer,
                       {{"action", action.id.text()},
                        {"type", action.action.type},
                        {"digest", base64url::encode(action.digest)}},
                       {}};
    if (!caller.client.empty()) event.data.emplace("client", caller.client);
    SALLYPORT_TRY(const auto prepared, parts_.events.prepare(event));
    SALLYPORT_CHECK(
        parts_.database.write(deadline, [&](storage::Transaction& transaction) -> Status {
            if (action.action.proposer.has_value()) {
                SALLYPORT_TRY(const auto live,
                              transaction.query("SELECT COUNT(*) AS live FROM actions WHERE "
                                                "proposer_id = $1 AND settled_at IS NULL AND "
                                                "expires_at > $2",
                                                {*action.action.proposer, action.created}));
                SALLYPORT_TRY(const std::int64_t count, live.front().integer("live"));
                if (count >= kMostLive)
                    return fail(ErrorCode::kRateLimited, "too many actions wait for approval");
            }
            SALLYPORT_CHECK(seal::Sealer::insert(transaction, sealed));
            return audit::append(transaction, prepared);
        }));
    parts_.changes.notify();
    return view(caller, action.id, deadline);
}

}  // namespace sallyport::action
