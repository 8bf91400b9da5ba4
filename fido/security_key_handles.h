#pragma once

#include "fido/security_key.h"

#include <cbor.h>
#include <fido.h>

#include <array>
#include <memory>

/// What only the files of security_key share: libfido2's handles and its forms.
namespace sallyport::fido {

struct Release {
    void operator()(fido_cred_t* cred) const { fido_cred_free(&cred); }

    void operator()(fido_assert_t* statement) const { fido_assert_free(&statement); }

    void operator()(fido_cbor_info_t* info) const { fido_cbor_info_free(&info); }

    void operator()(cbor_item_t* item) const { cbor_decref(&item); }
};

template <class T>
using Handle = std::unique_ptr<T, Release>;

/// A PIN as libfido2 takes it: with a NUL behind it, in memory that is wiped.
class PinText {
  public:
    /// Nothing for what no key takes as a PIN: under 4 or over 63 bytes, or a NUL inside
    /// (CTAP 2.1 section 6.5.1).
    static std::unique_ptr<const PinText> from(const Secret& pin);

    PinText() = default;
    PinText(const PinText&) = delete;
    PinText& operator=(const PinText&) = delete;

    ~PinText() { wipe(text_.data(), text_.size()); }

    const char* get() const { return text_.data(); }

  private:
    std::array<char, 64> text_{};
};

/// FIDO_OK, or what libfido2 said against a value.
int fill(fido_cred_t* cred, const fido_dev_t* dev, const CredentialRequest& request, int algorithm);
int fill(fido_assert_t* statement, const AssertionRequest& request);

/// {fmt, attStmt, authData} in CTAP2 canonical order; empty if it cannot be made.
Bytes attestationObjectOf(const fido_cred_t* cred);
/// Without the byte string head that libfido2 leaves on it; empty if there is none.
Bytes authenticatorDataOf(const fido_assert_t* statement, std::size_t index);

}  // namespace sallyport::fido
