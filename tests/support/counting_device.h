#pragma once

#include "hsm/device.h"

#include <map>
#include <mutex>
#include <string>

namespace sallyport::test {

/// Hands every call on and counts it, so that paths can be held against each other. Thread-safe.
class CountingDevice final : public hsm::Device {
  public:
    explicit CountingDevice(hsm::Device& device) : device_(device) {}

    /// `mac:link-mac`, `encrypt:pii-wrap`, …; and `batch`, the calls of macs().
    using Counts = std::map<std::string, std::uint64_t>;

    Counts counts() const {
        const std::lock_guard lock(mutex_);
        return counts_;
    }

    void reset() {
        const std::lock_guard lock(mutex_);
        counts_.clear();
    }

    Status loadRing(const std::vector<hsm::KeyIdentity>& expected, Deadline deadline) override {
        return device_.loadRing(expected, deadline);
    }

    Result<std::vector<Digest>> macs(const std::vector<hsm::MacRequest>& requests,
                                     Deadline deadline) override {
        count("batch");
        for (const auto& request : requests) count("mac:", request.use.key.purpose);
        return device_.macs(requests, deadline);
    }

    Result<Bytes> sign(const hsm::KeyUse& use, ByteView message, Deadline deadline) override {
        count("sign:", use.key.purpose);
        return device_.sign(use, message, deadline);
    }

    Result<hsm::Sealed> encrypt(const hsm::KeyUse& use,
                                ByteView aad,
                                ByteView plaintext,
                                Deadline deadline) override {
        count("encrypt:", use.key.purpose);
        return device_.encrypt(use, aad, plaintext, deadline);
    }

    Result<Bytes> decrypt(const hsm::KeyUse& use,
                          ByteView aad,
                          const hsm::Sealed& sealed,
                          Deadline deadline) override {
        count("decrypt:", use.key.purpose);
        return device_.decrypt(use, aad, sealed, deadline);
    }

    Result<std::vector<hsm::PublicKey>> publicKeys(Deadline deadline) override {
        count("publicKeys");
        return device_.publicKeys(deadline);
    }

    Result<Bytes> random(std::size_t size, Deadline deadline) override {
        count("random");
        return device_.random(size, deadline);
    }

    Result<hsm::Inventory> inventory(Deadline deadline) override {
        count("inventory");
        return device_.inventory(deadline);
    }

    Result<hsm::KeyIdentity> generate(const hsm::KeyName& key,
                                      hsm::KeyAlgorithm algorithm,
                                      Deadline deadline) override {
        count("generate");
        return device_.generate(key, algorithm, deadline);
    }

    Status destroy(const hsm::KeyIdentity& identity, Deadline deadline) override {
        count("destroy");
        return device_.destroy(identity, deadline);
    }

    hsm::Health health() const override { return device_.health(); }

  private:
    void count(std::string what) {
        const std::lock_guard lock(mutex_);
        ++counts_[std::move(what)];
    }

    void count(std::string_view what, hsm::KeyPurpose purpose) {
        count(std::string(what) + std::string(hsm::name(purpose)));
    }

    hsm::Device& device_;
    mutable std::mutex mutex_;
    Counts counts_;
};

}  // namespace sallyport::test
