#pragma once

#include "hsm/device.h"
#include "tests/support/fakes.h"

#include <map>
#include <memory>
#include <mutex>
#include <set>

namespace sallyport::test {

/// The port to the device in memory, for tests that are about what stands before it. It passes
/// device_conformance.h as the one on a token does. Thread-safe.
class FakeDevice final : public hsm::Device {
  public:
    FakeDevice();
    ~FakeDevice() override;
    FakeDevice(const FakeDevice&) = delete;
    FakeDevice& operator=(const FakeDevice&) = delete;

    /// A secret key with these 32 bytes, in the ring: for test vectors.
    hsm::KeyIdentity put(const hsm::KeyName& key, hsm::KeyAlgorithm algorithm, ByteView bytes);

    /// Every call fails with this from now on; empty ends it.
    void failWith(std::optional<Error> error);

    Status loadRing(const std::vector<hsm::KeyIdentity>& expected, Deadline deadline) override;
    Result<std::vector<Digest>> macs(const std::vector<hsm::MacRequest>& requests,
                                     Deadline deadline) override;
    Result<Bytes> sign(const hsm::KeyUse& use, ByteView message, Deadline deadline) override;
    Result<hsm::Sealed> encrypt(const hsm::KeyUse& use,
                                ByteView aad,
                                ByteView plaintext,
                                Deadline deadline) override;
    Result<Bytes> decrypt(const hsm::KeyUse& use,
                          ByteView aad,
                          const hsm::Sealed& sealed,
                          Deadline deadline) override;
    Result<std::vector<hsm::PublicKey>> publicKeys(Deadline deadline) override;
    Result<Bytes> random(std::size_t size, Deadline deadline) override;
    Result<hsm::Inventory> inventory(Deadline deadline) override;
    Result<hsm::KeyIdentity> generate(const hsm::KeyName& key,
                                      hsm::KeyAlgorithm algorithm,
                                      Deadline deadline) override;
    Status destroy(const hsm::KeyIdentity& identity, Deadline deadline) override;
    hsm::Health health() const override;

  private:
    struct Key;

    /// With the lock held: what every call refuses.
    Status ready(Deadline deadline) const;
    Result<const Key*> find(const hsm::KeyUse& use,
                            std::initializer_list<hsm::KeyAlgorithm> algorithms) const;
    hsm::KeyIdentity add(const hsm::KeyName& name, Key key);

    mutable std::mutex mutex_;
    SequenceRandom random_;
    std::optional<Error> failure_;
    std::map<hsm::KeyName, Key> keys_;
    std::set<hsm::KeyName> ring_;
};

}  // namespace sallyport::test
