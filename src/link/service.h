#pragma once

#include "account/accounts.h"
#include "base/log.h"
#include "base/metrics.h"
#include "limit/crowd.h"
#include "link/link_row.h"
#include "link/quota.h"
#include "session/requester.h"
#include "session/session.h"

#include <functional>

/// Magic links and relay codes: issue, send again, inspect, redeem, disown (`protocols.md` 3).
namespace sallyport::link {

using session::bindingOf;
using session::countedSource;
using session::Requester;

struct Options {
    Duration life = std::chrono::minutes(10);  ///< never more (SP 800-63B-4 3.1.3.2, ASVS 6.5.5)
    Duration resend_same =
        std::chrono::minutes(3);  ///< with more left than this, "send again" mails the same link
    bool relay = true;
    bool create_accounts = false;  ///< unknown addresses get an account on first sign-in
    mint::SessionKind opens = mint::SessionKind::kPending;
    std::string mail_domain;  ///< right side of Message-ID
    account::MailAddress::Options addresses;
};

/// The login cookie is the browser's half of the link: fresh with each new request, kept by "send
/// again" of the same link.
struct Issued {
    std::string request_tag;
    Duration expires_in;
    Secret login_cookie;
    bool fresh_cookie = true;
};

struct Current {
    enum class State { kWaiting, kRedeemed, kExpired };
    State state;
    std::string request_tag;
    Duration expires_in;
};

struct Inspected {
    Secret address;
    Duration expires_in;
    AccountId account;
};

/// Why a link does not open anything; each has one next step on the page.
enum class Refusal { kWrongBrowser, kExpired, kUsed, kReplaced, kInvalid };

template <class T>
using Outcome = std::variant<T, Refusal>;

/// A session was opened. `known_cookie` is absent on shared sources.
struct Redeemed {
    session::Session session;
    Secret session_cookie;
    std::optional<Secret> known_cookie;
    Secret address;
};

/// Thread-safe. Errors of every call: kUnavailable; kRateLimited, of a source, before any device
/// call (after it only where requests of one source ran side by side); kInvalidRequest for a shape.
class Service {
  public:
    struct Parts {
        storage::Database& database;
        mint::Mint& mint;
        const account::Directory& directory;
        session::Service& sessions;
        const audit::EventLog& events;
        seal::IntegrityReport integrity;
        const limit::Rules& rules;
        const Clock& clock;
        Random& random;
        Metrics& metrics;
        Log& log;
        std::function<void()> mail_waits;  ///< called after a commit that put a row into the outbox
    };

    Service(Parts parts, Options options)
        : parts_(std::move(parts)), options_(std::move(options)) {}

    /// The same answer and the same work whether or not the address is known, frozen or over its
    /// quota.
    Result<Issued> issue(std::string_view email,
                         const std::optional<RequestId>& request,
                         const Requester& requester,
                         Deadline deadline);

    /// kRateLimited until 60, 120, then 240 s after the last time.
    Result<Outcome<Issued>> again(const Requester& requester, Deadline deadline);

    /// No device call: what the waiting page polls.
    Result<Outcome<Current>> current(const Requester& requester, Deadline deadline);

    /// Says what a press on the button would do, and has no effect.
    Result<Outcome<Inspected>> inspect(std::string_view text,
                                       const Requester& requester,
                                       Deadline deadline);

    /// `held` is the browser's present session, which ends.
    Result<Outcome<Redeemed>> redeem(std::string_view text,
                                     const Requester& requester,
                                     const std::optional<SessionId>& held,
                                     Deadline deadline);

    Result<Outcome<Redeemed>> relay(std::string_view typed,
                                    const Requester& requester,
                                    const std::optional<SessionId>& held,
                                    Deadline deadline);

    /// Ends a request when the words are those of its mail; the caller learns nothing.
    Status disown(std::string_view id,
                  std::string_view words,
                  const Requester& requester,
                  Deadline deadline);

    /// Deletes links that expired a day ago, at most `batch`. Answers how many.
    Result<std::int64_t> purge(std::int64_t batch, Deadline deadline);

  private:
    struct Target;
    struct Ask;
    struct Seen;
    struct Located;
    struct Proven;

    // crowd.cc
    Status refuseCrowd(const Requester& requester, const limit::Rule& rule, Deadline deadline);
    /// One try of a source at a link.
    limit::Attempt attemptBy(const Requester& requester) const;
    Status countAttempt(storage::Transaction& transaction, const limit::Attempt& attempt) const;
    /// The same in a transaction of its own.
    Status countAttempt(const Requester& requester, Deadline deadline);

    // issue.cc
    Result<Target> targetOf(const account::MailAddress& address,
                            const Requester& requester,
                            Deadline deadline);
    Result<Target> targetAgain(const LinkRow& old, const Requester& requester, Deadline deadline);
    Result<Issued> place(Target target, const Requester& requester, Deadline deadline);
    Result<Issued> mailAgain(const LinkRow& link, const Requester& requester, Deadline deadline);
    Status createAccount(const account::MailAddress& address, Deadline deadline);

    // waiting.cc
    Error reported(Error error, ByteView key) const;
    Result<std::optional<LinkRow>> linkOfBrowser(const Requester& requester,
                                                 Deadline deadline) const;

    // redeem.cc
    Result<Outcome<Located>> locateByToken(const mint::TokenText& token,
                                           const Requester& requester,
                                           Deadline deadline);
    Result<Outcome<Located>> locateByBrowser(const Requester& requester, Deadline deadline);
    Result<Outcome<Located>> weigh(Seen seen, const Requester& requester, Deadline deadline);
    Result<Outcome<Redeemed>> open(Located located,
                                   mint::Request check,
                                   const Requester& requester,
                                   const std::optional<SessionId>& held,
                                   Deadline deadline);
    Result<Outcome<Redeemed>> spend(Proven proven, const Requester& requester, Deadline deadline);
    Status countFailure(const LinkRow& link,
                        mint::Verdict verdict,
                        const Requester& requester,
                        Deadline deadline);

    Parts parts_;
    Options options_;
};

}  // namespace sallyport::link
