#pragma once

#include "base/metrics.h"
#include "base/random.h"
#include "mint/mint.h"

#include <memory>

namespace sallyport::mint {

/// The mint in this process. It answers nothing before a key ring stands. `device`, `clock`,
/// `random` and `metrics` outlive it.
class LocalMint final : public Mint {
  public:
    LocalMint(hsm::Device& device, const Clock& clock, Random& random, Metrics& metrics);
    ~LocalMint() override;
    LocalMint(const LocalMint&) = delete;
    LocalMint& operator=(const LocalMint&) = delete;

    /// Takes the whole table `key_states`, proves every key in the device and then every row's seal
    /// under a seal-mac generation of these same rows; all or nothing, and the ring before stays
    /// where it fails. Never goes back: a row that is gone, or older than one that this mint has
    /// seen, is refused. Errors: kIntegrity, naming the rows and keys; kUnavailable.
    Status loadRing(const std::vector<KeyRow>& rows, Deadline deadline);

    /// For the first provisioning only: keys that were generated just now, whose rows nobody could
    /// seal before. Errors: kConflict once a ring stands; kIntegrity for records that make no ring.
    Status adopt(const std::vector<KeyRecord>& records);

    /// The `iss` of what it signs: the public origin. Until then nothing is signed.
    void issueAs(std::string issuer);

    Result<std::vector<Answer>> perform(std::vector<Request> requests, Deadline deadline) override;
    std::map<std::string, std::uint64_t> counters() const override;
    hsm::Health health() const override;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace sallyport::mint
