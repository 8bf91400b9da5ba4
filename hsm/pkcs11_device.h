#pragma once

#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"
#include "base/secret.h"
#include "hsm/device.h"

#include <memory>

namespace sallyport::hsm {

struct Pkcs11Options {
    std::string module_path;  ///< absolute
    std::string token_label;  ///< exactly one token must bear it
    std::string ring;  ///< `sallyport:<ring>:…`: lower-case letters, digits and hyphens, at most 32
    Secret pin;        ///< empty for a token with a PIN pad of its own
    std::size_t lanes = 2;    ///< sessions that work at the same time, 1 to 64
    std::size_t queue = 256;  ///< calls that may wait for a lane; more are refused at once
    Duration operation_deadline = std::chrono::seconds(2);
    Duration management_deadline =
        std::chrono::seconds(30);           ///< generate, destroy, inventory, loadRing
    bool require_root_owned_module = true;  ///< and not writable by others; false only in tests
};

/// The port on a PKCS#11 token (README.md). One at a time in a process, because C_Initialize is per
/// process; the next may be opened when the last is destroyed. Destroy it before main() returns,
/// never from a static destructor.
class Pkcs11Device final : public Device {
  public:
    /// Loads the module, finds the token, logs in once. `log`, `metrics` and `random` outlive the
    /// device. Errors: kInvalidRequest (options, module file), kNotFound (no such token, or
    /// several), kForbidden (the PIN was refused or is about to be locked: never tried again by
    /// itself), kConflict (the module is in use in this process), kUnavailable.
    static Result<std::unique_ptr<Pkcs11Device>> open(Pkcs11Options options,
                                                      Log& log,
                                                      Metrics& metrics,
                                                      Random& random);

    ~Pkcs11Device() override;
    Pkcs11Device(const Pkcs11Device&) = delete;
    Pkcs11Device& operator=(const Pkcs11Device&) = delete;

    Status loadRing(const std::vector<KeyIdentity>& expected, Deadline deadline) override;
    Result<std::vector<Digest>> macs(const std::vector<MacRequest>& requests,
                                     Deadline deadline) override;
    Result<Bytes> sign(const KeyUse& use, ByteView message, Deadline deadline) override;
    Result<Sealed> encrypt(const KeyUse& use,
                           ByteView aad,
                           ByteView plaintext,
                           Deadline deadline) override;
    Result<Bytes> decrypt(const KeyUse& use,
                          ByteView aad,
                          const Sealed& sealed,
                          Deadline deadline) override;
    Result<std::vector<PublicKey>> publicKeys(Deadline deadline) override;
    Result<Bytes> random(std::size_t size, Deadline deadline) override;
    Result<Inventory> inventory(Deadline deadline) override;
    Result<KeyIdentity> generate(const KeyName& key,
                                 KeyAlgorithm algorithm,
                                 Deadline deadline) override;
    Status destroy(const KeyIdentity& identity, Deadline deadline) override;
    Health health() const override;

  private:
    class Core;
    explicit Pkcs11Device(std::shared_ptr<Core> core);

    std::shared_ptr<Core> core_;
};

}  // namespace sallyport::hsm
