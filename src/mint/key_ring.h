#pragma once

#include "mint/mint.h"

#include <map>

namespace sallyport::mint {

/// Which keys there are and what each may still do. Immutable, so that a batch works with one ring
/// from its first key to its last.
class KeyRing {
  public:
    /// Errors: kIntegrity for a name twice, two active keys of one purpose, or an algorithm that
    /// does not serve its purpose.
    static Result<KeyRing> build(const std::vector<KeyRecord>& records);

    /// The key that mints. Errors: kIntegrity if the purpose has none.
    Result<hsm::KeyUse> active(hsm::KeyPurpose purpose) const;

    /// The same for a purpose that has one of each algorithm.
    Result<hsm::KeyUse> active(hsm::KeyPurpose purpose, hsm::KeyAlgorithm algorithm) const;

    /// The key of a generation that may still check: active or verify-only. Else empty.
    std::optional<hsm::KeyUse> checking(hsm::KeyPurpose purpose, Generation generation) const;

    /// Every key that must be in the device.
    std::vector<hsm::KeyIdentity> present() const;

    /// The same with their states.
    std::vector<KeyRecord> presentRecords() const;

  private:
    std::map<hsm::KeyName, KeyRecord> records_;
};

}  // namespace sallyport::mint
