#pragma once

#include "credential/assertions.h"
#include "credential/ceremonies.h"
#include "session/requester.h"
#include "session/session.h"

/// Sign-in by security key, and the unlocking of a session by it (`protocols.md` 4, WebAuthn L3
/// 7.2). No mail is involved.
namespace sallyport::credential {

/// Thread-safe.
class SignIn {
  public:
    struct Parts {
        storage::Database& database;
        mint::Mint& mint;
        seal::Sealer& sealer;
        const account::Directory& directory;
        const session::Service& sessions;
        const Credentials& credentials;
        const Assertions& assertions;
        const Ceremonies& ceremonies;
        seal::IntegrityReport integrity;
        const limit::Rules& rules;
        const Options& options;
        const Clock& clock;
        Random& random;
        Metrics& metrics;
        Log& log;
        account::MailAddress::Options addresses;
    };

    /// Seals the row that stands in for keys that are not there. Errors: those of the mint.
    static Result<std::unique_ptr<SignIn>> open(Parts parts, Deadline deadline);

    struct Offer {
        CeremonyId id;
        Json options;  ///< PublicKeyCredentialRequestOptionsJSON
        Secret login_cookie;
        bool fresh_cookie = false;
    };

    /// With `email` the answer lists exactly four credentials and costs the same, whether or not
    /// the address is known, has keys, or is frozen; without it any discoverable credential may
    /// answer. Errors: kInvalidRequest for an address, kRateLimited of the source, kForbidden for a
    /// channel that is not served.
    Result<Offer> begin(const std::optional<std::string>& email,
                        const session::Requester& requester,
                        Channel channel,
                        Deadline deadline) const;

    struct Opened {
        session::Session session;
        Secret session_cookie;
        std::optional<Secret> known_cookie;  ///< absent on shared sources
        Secret address;
    };

    /// Consumes the ceremony before it looks at the response. Whatever is wrong is a refusal, also
    /// a damaged row. `held` is the browser's present session: a locked one of the same account is
    /// unlocked, any other ends. Errors: kUnavailable.
    Result<fido::Judged<Opened>> finish(CeremonyId id,
                                        const Json& response,
                                        const session::Requester& requester,
                                        const std::optional<session::Session>& held,
                                        Deadline deadline) const;

    ~SignIn();
    SignIn(const SignIn&) = delete;
    SignIn& operator=(const SignIn&) = delete;

  private:
    struct Answered;
    struct Mailbox;

    SignIn(Parts parts, seal::UnverifiedRow dummy)
        : parts_(std::move(parts)), dummy_(std::move(dummy)) {}

    // listing.cc
    Result<std::vector<Bytes>> listFor(const account::MailAddress& address,
                                       Deadline deadline) const;
    Result<std::vector<mint::Request>> checksOf(Mailbox& mailbox) const;
    Result<std::vector<Bytes>> believed(Mailbox mailbox,
                                        const std::vector<mint::Answer>& answers) const;

    // sign_in.cc
    Result<fido::Judged<Opened>> decide(const Answered& answered, Deadline deadline) const;
    Result<fido::Judged<Opened>> attempt(const Answered& answered, Deadline deadline) const;
    Status spendOnNobody(const Answered& answered, Deadline deadline) const;
    Result<Opened> openSession(const Answered& answered,
                               const account::Authority& authority,
                               const Checked& checked,
                               Deadline deadline) const;
    fido::Refusal refused(fido::Refusal refusal) const;

    Parts parts_;
    seal::UnverifiedRow dummy_;  ///< of the credentials table, sealed by this ring, never written
};

}  // namespace sallyport::credential
