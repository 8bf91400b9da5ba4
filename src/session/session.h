#pragma once

#include "account/accounts.h"
#include "audit/event.h"
#include "base/log.h"
#include "base/metrics.h"
#include "mint/mint.h"
#include "mint/token_text.h"
#include "session/assurance.h"
#include "session/proof.h"

/// Sessions: reference tokens whose rows are bound by the cookie's MAC (`protocols.md` 4).
namespace sallyport::session {

struct SessionRow;

/// How long each kind lives; `defaults.md`. Idle is never longer than absolute.
struct Lifetimes {
    Duration pending = std::chrono::minutes(10);
    Duration inbox_idle = std::chrono::minutes(10);
    Duration inbox_absolute = std::chrono::hours(1);
    Duration key_idle = std::chrono::minutes(15);
    Duration key_absolute = std::chrono::hours(12);
    std::int64_t parallel = 5;  ///< of one account; the oldest ends

    Duration idle(mint::SessionKind kind) const;
    Duration absolute(mint::SessionKind kind) const;
};

/// A session whose cookie, row, authority record and times were all found right just now.
class Session {
  public:
    SessionId id() const { return id_; }

    const mint::SessionFields& fields() const { return fields_; }

    Time idleExpires() const { return idle_expires_; }

    /// A key session that was idle for too long: it may be shown, ended, and unlocked by a sign-in
    /// of the same account. Whoever lets somebody do anything else with it asks this first.
    bool locked() const { return locked_; }

  private:
    friend class Service;

    Session(SessionId id, mint::SessionFields fields, Time idle_expires, bool locked)
        : id_(id), fields_(std::move(fields)), idle_expires_(idle_expires), locked_(locked) {}

    SessionId id_;
    mint::SessionFields fields_;
    Time idle_expires_;
    bool locked_;
};

/// A session that is decided but not yet opened: its MAC request can join the batch that checks
/// what opens it.
struct Draft {
    enum class How { kOpened, kUnlocked, kRaised };

    SessionId id;
    mint::SessionFields fields;
    std::string browser;
    /// The session that this browser held until now. One with a predecessor takes its place.
    std::optional<SessionId> ends;
    How how = How::kOpened;

    mint::Request request() const;
};

/// A drafted session with its cookie, ready to be written.
struct Opening {
    Draft draft;
    mint::Generation generation;
    mint::Check check;
    Secret cookie;
    audit::EventLog::Prepared event;
};

/// One event that a session rests on (`protocols.md` 4).
struct AuthenticationEvent {
    std::string acr;
    std::set<std::string> amr;
    Time auth_time;
    std::optional<CredentialId> credential;
    Channel channel;
};

/// One line of a person's list of sessions.
struct Listed {
    SessionId id;
    mint::SessionKind kind;
    Time auth_time;
    Time last_seen;
    Time expires;
    std::string browser;
};

/// Thread-safe.
class Service {
  public:
    struct Parts {
        storage::Database& database;
        mint::Mint& mint;
        seal::Sealer& sealer;
        const account::Directory& directory;
        const audit::EventLog& events;
        seal::IntegrityReport integrity;
        const Clock& clock;
        Random& random;
        Metrics& metrics;
        Log& log;
    };

    Service(Parts parts, Lifetimes lifetimes) : parts_(std::move(parts)), lifetimes_(lifetimes) {}

    /// A session that rests on a mailbox: kind `pending` or `inbox`, acr "0".
    Draft draftFromLink(AccountId account,
                        std::uint64_t epoch,
                        mint::SessionKind kind,
                        std::string browser,
                        std::optional<SessionId> ends) const;

    /// A session that rests on a security key, of kind `key`. With `held` locked and of the same
    /// account it is that one unlocked: same absolute expiry, `held` its predecessor. Any other
    /// `held` just ends.
    Draft draftFromKey(const KeyAssertion& assertion,
                       std::uint64_t epoch,
                       std::string browser,
                       const std::optional<Session>& held) const;

    /// `raised` after a step-up: same absolute expiry, `raised` its predecessor.
    Draft draftRaised(const KeyAssertion& assertion,
                      std::string browser,
                      const Session& raised) const;

    /// From the mint's answer to Draft::request().
    Result<Opening> prepare(Draft draft, mint::Answer answer) const;

    /// The overloads of open(), and raise(), are the list of paths to a session. They write the
    /// row, its event, and end what it replaces and what is over the limit. Errors: kConflict if
    /// the session that is unlocked or raised ended meanwhile; kInternal for an opening that is not
    /// what the proof proves.
    static Status open(storage::Transaction& transaction,
                       const RedeemedLink& proof,
                       const Opening& opening,
                       const Lifetimes& lifetimes);
    static Status open(storage::Transaction& transaction,
                       const VerifiedSignIn& proof,
                       const Opening& opening,
                       const Lifetimes& lifetimes);
    static Status raise(storage::Transaction& transaction,
                        const ApprovedAction& proof,
                        const Opening& opening);

    /// The session that open() or raise() has just written.
    Session opened(const Opening& opening) const;

    const Lifetimes& lifetimes() const { return lifetimes_; }

    /// The session behind a cookie's value, perhaps locked. Errors: kUnauthenticated for whatever
    /// is wrong with it, kUnavailable.
    Result<Session> check(const Secret& cookie, Deadline deadline);

    /// What the session rests on, the newest event first: its own, then those of its predecessors,
    /// each row verified, as far back as they are there and hold (at most kMostEvents). Errors:
    /// kUnavailable.
    Result<std::vector<AuthenticationEvent>> events(const Session& session, Deadline deadline);

    static constexpr std::size_t kMostEvents = 64;

    /// The account's mailbox, decrypted for its owner.
    Result<Secret> addressOf(const Session& session, Deadline deadline) const;

    /// Ends one session of the account; ending what is not there is success. Errors: kUnavailable.
    Status end(const Session& by, SessionId id, Deadline deadline);

    /// The live sessions of the account, newest first.
    Result<std::vector<Listed>> list(const Session& by, Deadline deadline);

    /// Deletes rows that expired a day ago, at most `batch`. Answers how many.
    Result<std::int64_t> purge(std::int64_t batch, Deadline deadline);

  private:
    struct Stored;
    Result<std::optional<Stored>> read(const mint::TokenText& token, Deadline deadline);
    Result<bool> holds(const mint::TokenText& token, const Stored& stored, Deadline deadline);
    /// A row that is refused unasked is still judged: its refusal by generation, times or kind may
    /// rest on an edit, which is reported; and the use of a right cookie after its session's end is
    /// an event, once for each session. The answer is the same in any case. Whoever comes this far
    /// holds the id of a row, as a session's owner does, who may spend more on each of his
    /// requests.
    void judgeRefused(const mint::TokenText& token,
                      const SessionRow& session,
                      std::string_view why,
                      Deadline deadline);
    Status tellUseAfterEnd(const SessionRow& session, std::string_view why, Deadline deadline);
    Status touch(const SessionId& id, Time now, Deadline deadline);
    Error refuse(std::string_view why);

    Parts parts_;
    Lifetimes lifetimes_;
};

}  // namespace sallyport::session
