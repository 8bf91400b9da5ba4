#pragma once

#include "base/secret.h"
#include "hsm/pkcs11/session.h"
#include "hsm/pkcs11/token.h"

namespace sallyport::hsm::pkcs11 {

/// The one login of this process. It lives in an anchor session that does no work, because a token
/// forgets the login with its last session. Never logs out. After one refused PIN it never tries
/// again: a token locks after a few. Keeps the PIN, wiped with this object, because a lost login
/// must be found again without an operator. Not thread-safe.
class Login final {
  public:
    Login(std::shared_ptr<const Module> module, Token token, Secret pin)
        : module_(std::move(module)), token_(std::move(token)), pin_(std::move(pin)) {}

    /// Opens a new anchor and logs in. An empty PIN means the token's own PIN pad.
    /// Errors: kForbidden (PIN refused, now or before; or the token says that it locks with the
    /// next mistake), kUnavailable.
    Status logIn();

    /// True after a kForbidden, for ever.
    bool pinRejected() const { return rejected_; }

  private:
    Status checkPinFlags();
    Status answer(CK_RV code, Session& anchor);

    std::shared_ptr<const Module> module_;
    Token token_;
    Secret pin_;
    std::optional<Session> anchor_;
    bool rejected_ = false;
};

}  // namespace sallyport::hsm::pkcs11
