#pragma once

#include "base/bytes.h"
#include "base/clock.h"
#include "base/secret.h"
#include "fido/cose_key.h"
#include "fido/refusal.h"
#include "fido/security_key_device.h"

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>

/// The workstation side of WebAuthn: a person, a program and security keys over libfido2. It makes
/// what a browser would send; the service verifies it (registration.h, assertion.h) and trusts
/// nothing of it.
namespace sallyport::fido {

/// What a key says of itself (CTAP 2.1 section 6.4).
struct KeyInfo {
    DeviceInfo device;
    FixedBytes<16> aaguid{};
    std::string firmware;  ///< `5.7.1`
    bool supports_pin = false;
    bool pin_set = false;
    std::optional<int> pin_retries;  ///< where a PIN is set
    std::size_t min_pin_length = 4;  ///< in code points
    bool pin_change_forced = false;
    bool reads_fingers = false;  ///< and has one enrolled
    bool always_verifies = false;
    std::vector<std::int64_t> algorithms;  ///< COSE numbers; empty if it does not say
};

struct PinRequest {
    enum class Purpose { kUse, kCurrent, kNew };

    Purpose purpose = Purpose::kUse;
    DeviceInfo device;
    std::optional<int> retries_left;  ///< not of kNew
    bool last_was_wrong = false;
    std::size_t min_length = 4;  ///< of kNew
};

struct Progress {
    enum class Step {
        kChoose,  ///< several keys blink: touch one of `devices`
        kTouch,   ///< touch this one (or lay the finger on its sensor)
    };

    Step step = Step::kTouch;
    std::vector<DeviceInfo> devices;
};

/// How the library speaks with the person. The functions are called in the thread of the operation.
struct Dialog {
    /// Called only when a PIN is needed, again after a wrong one; nothing ends the operation with
    /// kCancelled.
    std::function<std::optional<Secret>(const PinRequest&)> pin;
    std::function<void(const Progress&)> progress;
    /// From any thread: the key stops blinking and the operation ends with kCancelled.
    std::stop_token stop;
    Duration time_out = std::chrono::seconds(60);  ///< for each wait on a key, not for typing
};

struct CredentialRequest {
    Bytes client_data_json;
    std::string rp_id;
    std::string rp_name;
    Bytes user_id;
    std::string user_name;
    std::string user_display_name;
    std::vector<Algorithm> algorithms;  ///< the first that the key knows
    std::vector<Bytes> exclude;
    bool resident = true;
    UserVerification user_verification = UserVerification::kRequired;
    int cred_protect = 0;         ///< CTAP 2.1 12.1; 0 asks for none
    bool min_pin_length = false;  ///< ask for the extension's output (CTAP 2.1 12.4)
};

struct NewCredential {
    Bytes id;
    Bytes client_data_json;
    Bytes attestation_object;  ///< WebAuthn L3 6.5.4
    std::vector<std::string> transports;
    DeviceInfo device;
};

struct AssertionRequest {
    Bytes client_data_json;
    std::string rp_id;
    std::vector<Bytes> allow;  ///< empty: discoverable credentials
    UserVerification user_verification = UserVerification::kRequired;
};

struct KeyAssertion {
    Bytes id;
    Bytes client_data_json;
    Bytes authenticator_data;
    Bytes signature;
    std::optional<Bytes> user_handle;
};

class PinText;

/// One operation at a time.
class SecurityKeys {
  public:
    SecurityKeys(DeviceSource& source, Dialog dialog)
        : source_(source), dialog_(std::move(dialog)) {}

    KeyAnswer<std::vector<DeviceInfo>> list() { return source_.list(); }

    KeyAnswer<KeyInfo> info(const std::string& path);

    /// `path` chooses the key; without it the only one is meant, or of several the one that is
    /// touched.
    KeyAnswer<NewCredential> makeCredential(const CredentialRequest& request,
                                            const std::optional<std::string>& path = {});

    /// Of several keys the only one that admits to a credential of the allow list (asked silently),
    /// else the one that is touched. More than one assertion only without an allow list: one for
    /// each account, the newest first.
    KeyAnswer<std::vector<KeyAssertion>> getAssertion(const AssertionRequest& request,
                                                      const std::optional<std::string>& path = {});

    /// Sets the first PIN or changes it: asks for the current one if there is one, then for a new
    /// one. Answers what the key says of itself afterwards.
    KeyAnswer<KeyInfo> changePin(const std::optional<std::string>& path = {});

  private:
    /// A call of libfido2, with a PIN or without.
    using Operation = std::function<int(const char* pin)>;
    /// Likewise; `sensor`: the key verifies the person by itself.
    using VerifiedOperation = std::function<int(const char* pin, bool sensor)>;

    KeyAnswer<OpenKey> choose(const std::optional<std::string>& path,
                              const AssertionRequest* wanted);
    KeyAnswer<OpenKey> chooseByTouch(std::vector<OpenKey> keys);
    bool admits(const OpenKey& key, const AssertionRequest& wanted) const;

    std::optional<KeyProblem> verified(const OpenKey& key,
                                       UserVerification verification,
                                       const VerifiedOperation& run);
    std::optional<KeyProblem> changeCurrent(const OpenKey& key, const PinRequest& fresh);
    std::optional<KeyProblem> setFirst(const OpenKey& key, const PinRequest& fresh);
    KeyAnswer<std::unique_ptr<const PinText>> askNew(const PinRequest& fresh) const;
    std::optional<KeyProblem> withPin(const OpenKey& key, PinRequest request, const Operation& run);
    int blocking(const OpenKey& key, const std::function<int()>& call);
    KeyProblem explain(const OpenKey& key, int fido_error);
    bool gone(const OpenKey& key);
    KeyAnswer<KeyInfo> describe(const OpenKey& key) const;
    void show(Progress::Step step, std::vector<DeviceInfo> devices) const;

    DeviceSource& source_;
    Dialog dialog_;
    bool deadline_passed_ = false;
};

}  // namespace sallyport::fido
