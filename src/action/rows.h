#pragma once

#include "action/transcript.h"
#include "seal/sealed_row.h"

#include <optional>
#include <string>
#include <vector>

/// Rows of actions, approvals and their challenges, each made from a verified row only.
namespace sallyport::action {

enum class State {
    kProposed,   ///< waits for approvals
    kApproved,   ///< has them; waits for its time, its claim or its execution
    kExecuting,  ///< logged; the effect may come at any moment, once
    kExecuted,
    kGranted,   ///< of a relying party: a grant was made
    kRedeemed,  ///< and was used
    kExpired,
    kDenied,
    kCancelled,  ///< by its proposer
    kFailed,     ///< can never be executed any more; `result` says why
};

/// `proposed`, `approved`, …
std::string_view name(State state);
std::optional<State> stateFromName(std::string_view name);

/// Nothing happens to it any more.
bool isSettled(State state);

struct ActionRow {
    ActionId id;
    Action action;
    Digest digest{};  ///< of `action`
    State state = State::kProposed;
    unsigned required = 1;  ///< approvals, as the policy said
    std::optional<SessionId> proposer_session;
    std::optional<std::string> redirect_uri;
    std::optional<std::string> client_state;
    Time created;
    Time not_before;
    Time expires;
    std::optional<Time> settled;
    std::optional<std::string> result;  ///< a word for its proposer
};

/// How long a grant can be redeemed.
inline constexpr Duration kGrantLife = std::chrono::seconds(60);

/// The state for whoever reads at this time: what still waits when its time is over has expired,
/// whether housekeeping has settled it yet or not. What is `executing` may still be given its
/// effect by a transaction that began in time.
State stateAt(const ActionRow& action, Time now);

/// Errors: kIntegrity.
Result<ActionRow> actionFrom(const seal::VerifiedRow& row);
Result<storage::Row> rowOf(const ActionRow& action);

struct ChallengeRow {
    ChallengeId id;
    ActionId action;
    AccountId account;
    SessionId session;
    FixedBytes<32> nonce{};
    std::string locale;
    std::uint32_t template_version = 0;
    Digest text_hash{};
    Channel channel = Channel::kBrowser;
    std::string acr;
    Time issued;
    Time expires;
};

Result<ChallengeRow> challengeFrom(const seal::VerifiedRow& row);
storage::Row rowOf(const ChallengeRow& challenge);

/// One person's approval: everything to verify it again.
struct ApprovalRow {
    ApprovalId id;
    ActionId action;
    AccountId account;
    std::uint64_t account_epoch = 0;  ///< under another one it no longer counts
    std::optional<PersonId> person;
    CredentialId credential;
    Digest session_hash{};
    FixedBytes<32> nonce{};
    std::string locale;
    std::uint32_t template_version = 0;
    std::string text;
    Channel channel = Channel::kBrowser;
    std::string acr;
    Time issued;
    Time expires;
    Bytes client_data_json;
    Bytes authenticator_data;
    Bytes signature;
    EvidenceId evidence;
    Time created;

    /// What was signed, of this action.
    Transcript transcript(const Action& of) const;
};

Result<ApprovalRow> approvalFrom(const seal::VerifiedRow& row);
storage::Row rowOf(const ApprovalRow& approval);

/// Rows as they are, not yet believed.
Result<std::optional<seal::UnverifiedRow>> readAction(storage::Transaction& transaction,
                                                      const ActionId& id);

/// The approvals of an action, oldest first.
Result<std::vector<seal::UnverifiedRow>> readApprovals(storage::Transaction& transaction,
                                                       const ActionId& action);

/// The challenges that this session of the account was given for the action.
Result<std::vector<seal::UnverifiedRow>> readChallenges(storage::Transaction& transaction,
                                                        const ActionId& action,
                                                        const AccountId& account,
                                                        const SessionId& session);

}  // namespace sallyport::action
