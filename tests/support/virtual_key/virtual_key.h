#pragma once

#include "tests/support/virtual_key/attestation_authority.h"

#include <functional>
#include <map>

/// A security key made of software: WebAuthn L3 6 and CTAP 2.1, for tests. It shares no code with
/// the verifier. Three ways in: the functions of this file (what a browser would do with it:
/// browser.h), CTAP2 messages (commands.h), and libfido2's own I/O seam (device.h).
namespace sallyport::test {

using crypto::Bytes;

/// CTAP 2.1 section 6.1 and 8.2: what the key answers to a command.
enum class CtapStatus : std::uint8_t {
    kOk = 0x00,
    kInvalidCommand = 0x01,
    kInvalidParameter = 0x02,
    kInvalidLength = 0x03,
    kInvalidSeq = 0x04,
    kTimeout = 0x05,
    kChannelBusy = 0x06,
    kInvalidChannel = 0x0b,
    kInvalidCbor = 0x12,
    kMissingParameter = 0x14,
    kCredentialExcluded = 0x19,
    kUnsupportedAlgorithm = 0x26,
    kOperationDenied = 0x27,
    kKeyStoreFull = 0x28,
    kUnsupportedOption = 0x2b,
    kInvalidOption = 0x2c,
    kKeepaliveCancel = 0x2d,
    kNoCredentials = 0x2e,
    kUserActionTimeout = 0x2f,
    kNotAllowed = 0x30,
    kPinInvalid = 0x31,
    kPinBlocked = 0x32,
    kPinAuthInvalid = 0x33,
    kPinAuthBlocked = 0x34,
    kPinNotSet = 0x35,
    kPinRequired = 0x36,  ///< CTAP2_ERR_PUAT_REQUIRED
    kPinPolicyViolation = 0x37,
    kUvBlocked = 0x3c,
    kUvInvalid = 0x3f,
    kUnauthorizedPermission = 0x40,
    kOther = 0x7f,
};

/// Ways in which a key may be broken, lie or be attacked. None is on by itself. What they bend is
/// bent before it is signed, so that only the check in question can notice.
struct Faults {
    bool strip_user_present = false;
    bool strip_user_verified = false;
    bool backup_eligible = false;
    bool backup_state = false;
    std::uint8_t more_flags = 0;  ///< or-ed into the flags: the reserved bits 0x02 and 0x20
    bool wrong_rp_id_hash = false;
    bool unknown_extension = false;
    Bytes trailing;                          ///< after everything else of authData
    std::optional<std::uint32_t> counter;    ///< always this one: fixed, zero or rolled back
    bool junk_signature = false;             ///< the right length and form, another message
    std::optional<int> statement_algorithm;  ///< alg of attStmt
    bool statement_without_algorithm = false;
    bool wrong_certificate_aaguid = false;  ///< the certificate names another model
    bool finger_not_recognized = false;     ///< of built-in user verification
    std::optional<std::string> format;      ///< the fmt of the attestation object
    std::function<void(Bytes&)> bend_cose_key;
    std::function<void(Bytes&)> bend_auth_data;
    std::function<void(std::vector<Bytes>&)> bend_x5c;
};

/// What a key is from the factory.
struct KeyModel {
    enum class Attestation { kPacked, kSelf, kNone };

    Aaguid aaguid{0x5a,
                  0x11,
                  0x79,
                  0x90,
                  0x27,
                  0x00,
                  0x4c,
                  0x57,
                  0x9b,
                  0x0d,
                  0x5a,
                  0x11,
                  0x79,
                  0x90,
                  0x27,
                  0x01};
    std::uint32_t firmware = 0x050701;
    Attestation attestation = Attestation::kPacked;
    /// Who made it; of kPacked. Without one the key makes an authority of its own.
    std::shared_ptr<const AttestationAuthority> authority;
    std::optional<LeafShape> leaf;  ///< instead of a right one with the AAGUID of this model
    std::vector<int> algorithms{crypto::kEs256, crypto::kEdDsa, crypto::kEs384, crypto::kRs256};
    std::size_t credential_id_size = 48;
    std::size_t resident_capacity = 25;
    std::size_t min_pin_length = 4;
    bool always_uv = false;
    bool supports_pin = true;
    bool supports_permissions = true;  ///< option pinUvAuthToken: CTAP 2.1
    bool force_pin_change = false;
    bool built_in_uv = false;  ///< a fingerprint, always the right one
    bool make_cred_uv_not_required = false;
    std::vector<int> pin_protocols{2, 1};
};

struct MakeCredential {
    Bytes client_data_hash;
    std::string rp_id;
    Bytes user_id;
    std::string user_name;
    std::vector<int> algorithms{crypto::kEs256};
    std::vector<Bytes> exclude;
    bool resident = true;
    bool verified = true;  ///< the person was verified for this command
    std::optional<int> cred_protect;
    bool min_pin_length = false;  ///< extension minPinLength asked for
};

struct MadeCredential {
    std::string format;
    Bytes auth_data;
    Bytes statement;  ///< attStmt, CBOR
    Bytes id;
    Bytes public_key_info;
    int algorithm = 0;
};

struct GetAssertion {
    Bytes client_data_hash;
    std::string rp_id;
    std::vector<Bytes> allow;  ///< empty: discoverable credentials
    bool present = true;
    bool verified = true;
};

struct MadeAssertion {
    Bytes credential_id;
    Bytes auth_data;
    Bytes signature;
    std::optional<Bytes> user_id;  ///< of resident credentials
};

/// Not thread-safe; device.h puts a lock around it.
class VirtualKey {
  public:
    struct Credential {
        Bytes id;
        std::string rp_id;
        Bytes user_id;
        std::string user_name;
        int algorithm = 0;
        bool resident = false;
        int protection = 1;
        crypto::PrivateKey key;
    };

    /// The PIN and what hangs on it (CTAP 2.1 section 6.5).
    struct PinState {
        Bytes hash;  ///< left 16 bytes of SHA-256(PIN); empty: none set
        std::size_t length = 0;
        int retries = 8;
        int wrong_in_a_row = 0;  ///< since power came
        crypto::PrivateKey agreement;
        Bytes token;
        std::uint8_t permissions = 0;
        std::string permission_rp_id;
    };

    explicit VirtualKey(KeyModel model = {});

    /// Another key with the same secrets: what an attacker hopes for.
    VirtualKey clone() const { return *this; }

    CtapStatus make(const MakeCredential& request, MadeCredential& made);
    std::optional<int> firstKnown(const std::vector<int>& algorithms) const;

    /// Whether an assertion would find a credential.
    bool holds(const GetAssertion& request) const { return !matching(request).empty(); }

    /// `made` gets one assertion per matching credential, the newest first; with an allow list only
    /// one.
    CtapStatus assertWith(const GetAssertion& request, std::vector<MadeAssertion>& made);

    /// Out of the slot and in again: three wrong PINs in a row are forgotten, retries are not.
    void powerCycle();
    void reset();
    /// As if set on another machine.
    void setPin(std::string_view pin);

    const KeyModel& model() const { return model_; }

    const AttestationAuthority& authority() const { return *model_.authority; }

    Faults& faults() { return faults_; }

    KeyModel& changeModel() { return model_; }

    std::vector<Credential>& credentials() { return credentials_; }

    PinState& pin() { return pin_; }

    std::uint32_t counter() const { return counter_; }

    void setCounter(std::uint32_t counter) { counter_ = counter; }

  private:
    Bytes authData(const std::string& rp_id,
                   std::uint8_t flags,
                   const Bytes& attested,
                   const Bytes& extensions);
    Bytes attestedData(const Credential& credential) const;
    Bytes statement(const Credential& credential, const Bytes& signed_bytes) const;
    Bytes signatureOver(const crypto::PrivateKey& key, int algorithm, Bytes message) const;
    const Credential* find(const std::string& rp_id, const Bytes& id) const;
    std::vector<const Credential*> matching(const GetAssertion& request) const;

    KeyModel model_;
    AttestationLeaf leaf_;
    Faults faults_;
    std::vector<Credential> credentials_;
    PinState pin_;
    std::uint32_t counter_ = 0;
};

}  // namespace sallyport::test
