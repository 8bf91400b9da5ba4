#pragma once

#include "tests/support/virtual_key/virtual_key.h"

/// What a browser does with a security key: client data and the JSON of WebAuthn L3 5.4 and 5.5.
/// Most tests of the service need no more than this.
namespace sallyport::test {

/// A browser (or workstation client) that shows a page. A test bends what the page could not.
struct BrowserCeremony {
    Bytes challenge;
    std::string origin;
    std::string rp_id;
    std::optional<std::string> type;           ///< instead of webauthn.create or webauthn.get
    std::optional<bool> cross_origin = false;  ///< none: the member is missing
    std::string more_members;  ///< JSON text after the others: `,"topOrigin":"https://x"`
    std::optional<std::string> client_data;  ///< the whole client data instead, byte for byte
    bool user_verification = true;

    // Registration
    Bytes user_id;
    std::string user_name = "somebody";
    std::vector<int> algorithms{crypto::kEdDsa, crypto::kEs256};
    std::vector<Bytes> exclude;
    bool resident = true;
    std::optional<int> cred_protect;
    bool min_pin_length = false;
    bool direct_attestation = true;  ///< false: the browser strips statement and AAGUID

    // Assertion
    std::vector<Bytes> allow;
};

/// The key refused: what a browser would turn into a DOMException.
class KeyRefused : public std::runtime_error {
  public:
    explicit KeyRefused(CtapStatus why)
        : std::runtime_error("the virtual key refused with CTAP status " +
                             std::to_string(static_cast<int>(why))),
          status(why) {}

    CtapStatus status;
};

struct BrowserRegistration {
    Bytes id;  ///< raw id
    Bytes client_data_json;
    Bytes attestation_object;
    std::vector<std::string> transports{"usb"};
    Bytes authenticator_data;
    Bytes public_key_info;
    int algorithm = 0;

    /// RegistrationResponseJSON.
    std::string json() const;
};

struct BrowserAssertion {
    Bytes id;
    Bytes client_data_json;
    Bytes authenticator_data;
    Bytes signature;
    std::optional<Bytes> user_handle;

    /// AuthenticationResponseJSON.
    std::string json() const;
};

/// {fmt, attStmt, authData} in CTAP2 canonical order.
Bytes attestationObject(const std::string& format, const Bytes& statement, const Bytes& auth_data);

/// Throws KeyRefused, also where UV is asked for and the key has neither PIN support nor built-in
/// verification. A PIN is not needed: the person has typed it already.
BrowserRegistration registration(VirtualKey& key, const BrowserCeremony& ceremony);
BrowserAssertion assertion(VirtualKey& key, const BrowserCeremony& ceremony);

}  // namespace sallyport::test
