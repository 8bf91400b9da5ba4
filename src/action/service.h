#pragma once

#include "action/execution.h"
#include "action/render.h"
#include "credential/assertions.h"
#include "fido/assertion.h"

#include <variant>

namespace sallyport::action {

/// Who asks: a person with a live session that is not locked, or a client that authenticated.
struct Caller {
    const session::Session* session = nullptr;  ///< null: a client
    std::string client;                         ///< empty: a person
    Channel channel = Channel::kBrowser;        ///< of the request
    std::string languages;                      ///< the Accept-Language header
    std::string browser;                        ///< for a session that is raised
};

struct Proposal {
    std::string type;
    Json parameters;  ///< null: none
    std::optional<std::string> resource;
    std::optional<std::string> subject;
    std::optional<std::string> redirect_uri;  ///< of a client, already found among its own
    std::optional<std::string> state;
};

/// An action as one caller sees it.
struct View {
    ActionRow action;
    std::string text;
    unsigned approvals = 0;  ///< that count now
    bool may_approve = false;
    bool proposed = false;             ///< by the caller
    Duration left = Duration::zero();  ///< until it expires
};

/// What is asked of a key: the challenge is the transcript's.
struct Challenge {
    Transcript transcript;
    Digest challenge{};
    Json options;  ///< PublicKeyCredentialRequestOptionsJSON
};

/// What an approval led to.
struct Approved {
    View view;
    Execution::Answer answer;
};

/// Actions and their approvals (`protocols.md` 5). Thread-safe.
class Service {
  public:
    struct Parts {
        storage::Database& database;
        seal::Sealer& sealer;
        const account::Directory& directory;
        const credential::Assertions& assertions;
        const credential::Options& webauthn;
        const Types& types;
        const Approvals& approvals;
        Execution& execution;
        const audit::EventLog& events;
        seal::IntegrityReport integrity;  ///< for evidence that is not what its event says
        const Clock& clock;
        Random& random;
        Log& log;
        Changes& changes;
    };

    explicit Service(Parts parts) : parts_(std::move(parts)) {}

    /// Errors: kInvalidRequest for an unlisted type or what its policy does not allow, kForbidden,
    /// kRateLimited with too many live actions of one person, those of Type::complete.
    Result<View> propose(const Caller& caller, const Proposal& proposal, Deadline deadline);

    /// For its proposer, whoever may approve it, and whoever did; for all others kNotFound. With
    /// `wait` it answers when state or approvals change, at the latest after that time.
    Result<View> read(const Caller& caller, const ActionId& id, Duration wait, Deadline deadline);

    /// What waits for this person's approval, and what he proposed himself and is not settled;
    /// oldest first, at most 50.
    Result<std::vector<View>> list(const Caller& caller, Deadline deadline);

    /// For a person who may approve the action and has not. Ends the challenges that this session
    /// was given for it before. Errors: kForbidden, kNotFound, kConflict; kStepUpRequired when the
    /// sign-in is older than the policy's max_age.
    Result<Challenge> challenge(const Caller& caller, const ActionId& id, Deadline deadline);

    /// Spends the challenge, then reads the response. The approval, its evidence, its event and the
    /// key's counter are one transaction; with the last one the action is approved, and executed at
    /// once where its type says so. Errors as of challenge().
    Result<fido::Judged<Approved>> approve(const Caller& caller,
                                           const ActionId& id,
                                           const Json& response,
                                           Deadline deadline);

    /// Ends the action; by whoever may approve it. Errors: kForbidden, kNotFound, kConflict.
    Result<View> deny(const Caller& caller, const ActionId& id, Deadline deadline);

    /// Ends the action; by whoever proposed it. Errors: kNotFound, kConflict.
    Result<View> cancel(const Caller& caller, const ActionId& id, Deadline deadline);

    /// `{"v":1,"action","digest","id","state","evidence":[{"document","event"}]}`, for whoever may
    /// read the action. Errors: kNotFound, kIntegrity.
    Result<Json> evidence(const Caller& caller, const ActionId& id, Deadline deadline);

  private:
    struct Proposer;
    struct Touch;

    Result<Proposer> proposerOf(const Caller& caller,
                                const Type& type,
                                const Proposal& proposal,
                                Deadline deadline) const;
    Result<ActionRow> drafted(const Caller& caller,
                              const Type& type,
                              const Proposal& proposal,
                              const Proposer& proposer,
                              Deadline deadline) const;

    Result<account::Authority> authorityOf(const Caller& caller, Deadline deadline) const;
    Result<View> view(const Caller& caller, const ActionId& id, Deadline deadline);
    Result<std::optional<View>> seen(const Caller& caller,
                                     const std::optional<account::Authority>& authority,
                                     const Standing& standing) const;
    Result<Standing> judged(const ActionId& id, Deadline deadline);
    Result<Standing> approvable(const Caller& caller,
                                const account::Authority& authority,
                                const ActionId& id,
                                Deadline deadline);
    Result<View> end(const Caller& caller,
                     const ActionId& id,
                     const Standing& standing,
                     State state,
                     Deadline deadline);

    Result<std::optional<ChallengeRow>> consume(const Caller& caller,
                                                const ActionId& id,
                                                Deadline deadline);
    Result<fido::Judged<Standing>> accept(const Caller& caller,
                                          const ChallengeRow& challenge,
                                          const fido::AssertionResponse& response,
                                          Deadline deadline);
    Result<Standing> record(Touch& touch, Deadline deadline);
    Result<Approved> concluded(const Caller& caller, const Standing& standing, Deadline deadline);

    Parts parts_;
};

}  // namespace sallyport::action
