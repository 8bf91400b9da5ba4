#include "action/rows.h"

#include "account/rows.h"
#include "action/tables.h"

#include <algorithm>
#include <array>
#include <limits>

namespace sallyport::action {
namespace {

constexpr std::array<std::pair<State, std::string_view>, 10> kStateNames = {{
    {State::kProposed, "proposed"},
    {State::kApproved, "approved"},
    {State::kExecuting, "executing"},
    {State::kExecuted, "executed"},
    {State::kGranted, "granted"},
    {State::kRedeemed, "redeemed"},
    {State::kExpired, "expired"},
    {State::kDenied, "denied"},
    {State::kCancelled, "cancelled"},
    {State::kFailed, "failed"},
}};

Error unreadable(std::string_view table, std::string_view column) {
    return fail(
        ErrorCode::kIntegrity,
        "a row of " + std::string(table) + " whose " + std::string(column) + " says nothing");
}

Result<std::uint32_t> number(const storage::Row& row, std::string_view column) {
    SALLYPORT_TRY(const std::int64_t value, row.integer(column));
    if (value < 0 || value > std::int64_t{std::numeric_limits<std::uint32_t>::max()})
        return unreadable("an action", column);
    return static_cast<std::uint32_t>(value);
}

Result<std::optional<std::string>> optionalText(const storage::Row& row, std::string_view column) {
    SALLYPORT_TRY(const storage::Value value, row.value(column));
    if (value.isNull()) return std::optional<std::string>();
    SALLYPORT_TRY(std::string text, row.text(column));
    return std::optional<std::string>(std::move(text));
}

Result<Channel> channelOf(const storage::Row& row) {
    SALLYPORT_TRY(const std::string text, row.text("channel"));
    const auto channel = channelFromName(text);
    if (!channel.has_value()) return unreadable("an approval", "channel");
    return *channel;
}

Result<Action> contentFrom(const storage::Row& row) {
    Action action;
    SALLYPORT_TRY(action.type, row.text("type"));
    SALLYPORT_TRY(action.schema_version, number(row, "schema_version"));
    SALLYPORT_TRY(const std::string parameters, row.text("parameters"));
    auto parsed = Json::parse(parameters);
    if (!parsed || parsed->asObject() == nullptr) return unreadable("actions", "parameters");
    action.parameters = std::move(*parsed);
    SALLYPORT_TRY(action.resource, optionalText(row, "resource"));
    SALLYPORT_TRY(action.subject, optionalText(row, "subject"));
    SALLYPORT_TRY(action.proposer, row.optionalId<AccountId>("proposer_id"));
    SALLYPORT_TRY(action.client, optionalText(row, "client"));
    SALLYPORT_TRY(action.policy_digest, row.digest("policy_digest"));
    return action;
}

}  // namespace

std::string_view name(State state) {
    const auto* found = std::find_if(kStateNames.begin(),
                                     kStateNames.end(),
                                     [state](const auto& entry) { return entry.first == state; });
    return found == kStateNames.end() ? std::string_view() : found->second;
}

std::optional<State> stateFromName(std::string_view name) {
    const auto* found = std::find_if(kStateNames.begin(),
                                     kStateNames.end(),
                                     [name](const auto& entry) { return entry.second == name; });
    if (found == kStateNames.end()) return std::nullopt;
    return found->first;
}

bool isSettled(State state) {
    switch (state) {
        case State::kProposed:
        case State::kApproved:
        case State::kExecuting:
        case State::kGranted:
            return false;
        case State::kExecuted:
        case State::kRedeemed:
        case State::kExpired:
        case State::kDenied:
        case State::kCancelled:
        case State::kFailed:
            return true;
    }
    return true;
}

State stateAt(const ActionRow& action, Time now) {
    switch (action.state) {
        case State::kProposed:
        case State::kApproved:
            return now >= action.expires ? State::kExpired : action.state;
        case State::kGranted:
            return now >= action.expires + kGrantLife ? State::kExpired : action.state;
        case State::kExecuting:
        case State::kExecuted:
        case State::kRedeemed:
        case State::kExpired:
        case State::kDenied:
        case State::kCancelled:
        case State::kFailed:
            break;
    }
    return action.state;
}

Result<ActionRow> actionFrom(const seal::VerifiedRow& row) {
    if (&row.table() != &actionsTable())
        return fail(ErrorCode::kInternal, "not a row of the actions table");
    const storage::Row& values = row.row();
    ActionRow action;
    SALLYPORT_TRY(action.id, values.id<ActionId>("id"));
    SALLYPORT_TRY(action.action, contentFrom(values));
    SALLYPORT_TRY(action.digest, values.digest("digest"));
    SALLYPORT_TRY(const Digest digest, action.action.digest());
    if (digest != action.digest) return unreadable("actions", "digest");
    SALLYPORT_TRY(const std::string state_name, values.text("state"));
    const auto state = stateFromName(state_name);
    if (!state.has_value()) return unreadable("actions", "state");
    action.state = *state;
    SALLYPORT_TRY(action.required, number(values, "required"));
    SALLYPORT_TRY(action.proposer_session, values.optionalId<SessionId>("proposer_session"));
    SALLYPORT_TRY(action.redirect_uri, optionalText(values, "redirect_uri"));
    SALLYPORT_TRY(action.client_state, optionalText(values, "client_state"));
    SALLYPORT_TRY(action.created, values.time("created_at"));
    SALLYPORT_TRY(action.not_before, values.time("not_before"));
    SALLYPORT_TRY(action.expires, values.time("expires_at"));
    SALLYPORT_TRY(action.settled, values.optionalTime("settled_at"));
    SALLYPORT_TRY(action.result, optionalText(values, "result"));
    return action;
}

Result<storage::Row> rowOf(const ActionRow& action) {
    SALLYPORT_TRY(std::string parameters, action.action.parameters.canonical());
    storage::Row row;
    row.set("id", action.id);
    row.set("type", action.action.type);
    row.set("schema_version", std::int64_t{action.action.schema_version});
    row.set("parameters", std::move(parameters));
    row.set("resource", action.action.resource);
    row.set("subject", action.action.subject);
    row.set("proposer_id", action.action.proposer);
    row.set("proposer_session", action.proposer_session);
    row.set("client", action.action.client);
    row.set("policy_digest", action.action.policy_digest);
    row.set("digest", action.digest);
    row.set("state", name(action.state));
    row.set("required", std::int64_t{action.required});
    row.set("redirect_uri", action.redirect_uri);
    row.set("client_state", action.client_state);
    row.set("created_at", action.created);
    row.set("not_before", action.not_before);
    row.set("expires_at", action.expires);
    row.set("settled_at", action.settled);
    row.set("result", action.result);
    return row;
}

Result<ChallengeRow> challengeFrom(const seal::VerifiedRow& row) {
    if (&row.table() != &challengesTable())
        return fail(ErrorCode::kInternal, "not a row of the challenges table");
    const storage::Row& values = row.row();
    ChallengeRow challenge;
    SALLYPORT_TRY(challenge.id, values.id<ChallengeId>("id"));
    SALLYPORT_TRY(challenge.action, values.id<ActionId>("action_id"));
    SALLYPORT_TRY(challenge.account, values.id<AccountId>("account_id"));
    SALLYPORT_TRY(challenge.session, values.id<SessionId>("session_id"));
    SALLYPORT_TRY(challenge.nonce, values.digest("nonce"));
    SALLYPORT_TRY(challenge.locale, values.text("locale"));
    SALLYPORT_TRY(challenge.template_version, number(values, "template_version"));
    SALLYPORT_TRY(challenge.text_hash, values.digest("text_hash"));
    SALLYPORT_TRY(challenge.channel, channelOf(values));
    SALLYPORT_TRY(challenge.acr, values.text("acr"));
    SALLYPORT_TRY(challenge.issued, values.time("issued_at"));
    SALLYPORT_TRY(challenge.expires, values.time("expires_at"));
    return challenge;
}

storage::Row rowOf(const ChallengeRow& challenge) {
    storage::Row row;
    row.set("id", challenge.id);
    row.set("action_id", challenge.action);
    row.set("account_id", challenge.account);
    row.set("session_id", challenge.session);
    row.set("nonce", challenge.nonce);
    row.set("locale", challenge.locale);
    row.set("template_version", std::int64_t{challenge.template_version});
    row.set("text_hash", challenge.text_hash);
    row.set("channel", name(challenge.channel));
    row.set("acr", challenge.acr);
    row.set("issued_at", challenge.issued);
    row.set("expires_at", challenge.expires);
    return row;
}

Transcript ApprovalRow::transcript(const Action& of) const {
    Transcript made;
    made.nonce = nonce;
    made.id = action;
    made.action = of;
    made.locale = locale;
    made.template_version = template_version;
    made.text = text;
    made.account = account;
    made.session_hash = session_hash;
    made.channel = channel;
    made.acr = acr;
    made.issued = issued;
    made.expires = expires;
    return made;
}

Result<ApprovalRow> approvalFrom(const seal::VerifiedRow& row) {
    if (&row.table() != &approvalsTable())
        return fail(ErrorCode::kInternal, "not a row of the approvals table");
    const storage::Row& values = row.row();
    ApprovalRow approval;
    SALLYPORT_TRY(approval.id, values.id<ApprovalId>("id"));
    SALLYPORT_TRY(approval.action, values.id<ActionId>("action_id"));
    SALLYPORT_TRY(approval.account, values.id<AccountId>("account_id"));
    SALLYPORT_TRY(const std::int64_t epoch, values.integer("account_epoch"));
    if (epoch < 0) return unreadable("approvals", "account_epoch");
    approval.account_epoch = static_cast<std::uint64_t>(epoch);
    SALLYPORT_TRY(approval.person, values.optionalId<PersonId>("person_id"));
    SALLYPORT_TRY(approval.credential, values.id<CredentialId>("credential_id"));
    SALLYPORT_TRY(approval.session_hash, values.digest("session_hash"));
    SALLYPORT_TRY(approval.nonce, values.digest("nonce"));
    SALLYPORT_TRY(approval.locale, values.text("locale"));
    SALLYPORT_TRY(approval.template_version, number(values, "template_version"));
    SALLYPORT_TRY(approval.text, values.text("text"));
    SALLYPORT_TRY(approval.channel, channelOf(values));
    SALLYPORT_TRY(approval.acr, values.text("acr"));
    SALLYPORT_TRY(approval.issued, values.time("issued_at"));
    SALLYPORT_TRY(approval.expires, values.time("expires_at"));
    SALLYPORT_TRY(approval.client_data_json, values.bytes("client_data_json"));
    SALLYPORT_TRY(approval.authenticator_data, values.bytes("authenticator_data"));
    SALLYPORT_TRY(approval.signature, values.bytes("signature"));
    SALLYPORT_TRY(approval.evidence, values.id<EvidenceId>("evidence_id"));
    SALLYPORT_TRY(approval.created, values.time("created_at"));
    return approval;
}

storage::Row rowOf(const ApprovalRow& approval) {
    storage::Row row;
    row.set("id", approval.id);
    row.set("action_id", approval.action);
    row.set("account_id", approval.account);
    row.set("account_epoch", static_cast<std::int64_t>(approval.account_epoch));
    row.set("person_id", approval.person);
    row.set("credential_id", approval.credential);
    row.set("session_hash", approval.session_hash);
    row.set("nonce", approval.nonce);
    row.set("locale", approval.locale);
    row.set("template_version", std::int64_t{approval.template_version});
    row.set("text", approval.text);
    row.set("channel", name(approval.channel));
    row.set("acr", approval.acr);
    row.set("issued_at", approval.issued);
    row.set("expires_at", approval.expires);
    row.set("client_data_json", approval.client_data_json);
    row.set("authenticator_data", approval.authenticator_data);
    row.set("signature", approval.signature);
    row.set("evidence_id", approval.evidence);
    row.set("created_at", approval.created);
    return row;
}

Result<std::optional<seal::UnverifiedRow>> readAction(storage::Transaction& transaction,
                                                      const ActionId& id) {
    return account::readRow(transaction, actionsTable(), "id = $1", {id});
}

Result<std::vector<seal::UnverifiedRow>> readApprovals(storage::Transaction& transaction,
                                                       const ActionId& action) {
    SALLYPORT_TRY(
        auto rows,
        transaction.query("SELECT * FROM approvals WHERE action_id = $1 ORDER BY created_at, id",
                          {action}));
    std::vector<seal::UnverifiedRow> read;
    for (storage::Row& row : rows) read.push_back({&approvalsTable(), std::move(row)});
    return read;
}

Result<std::vector<seal::UnverifiedRow>> readChallenges(storage::Transaction& transaction,
                                                        const ActionId& action,
                                                        const AccountId& account,
                                                        const SessionId& session) {
    SALLYPORT_TRY(auto rows,
                  transaction.query("SELECT * FROM approval_challenges WHERE action_id = $1 AND "
                                    "account_id = $2 AND session_id = $3",
                                    {action, account, session}));
    std::vector<seal::UnverifiedRow> read;
    for (storage::Row& row : rows) read.push_back({&challengesTable(), std::move(row)});
    return read;
}

}  // namespace sallyport::action
