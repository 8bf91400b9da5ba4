#pragma once

#include "mint/key_ring.h"
#include "mint/relay_guard.h"

namespace sallyport::mint {

/// The MACs of many requests as one call to the device: no request's input depends on another's
/// MAC, so all inputs are known before the first is made.
class Batch {
  public:
    /// `ring` and `guard` outlive the batch.
    Batch(const KeyRing& ring, RelayGuard& guard) : ring_(ring), guard_(guard) {}

    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;
    ~Batch();

    /// Plans the MACs of a request. Errors: of what cannot be minted. What is to be checked and
    /// cannot be is planned as a refusal.
    Status add(const Request& request);

    /// Asks the device, once, and not at all if there is nothing to ask.
    Status perform(hsm::Device& device, Deadline deadline);

    /// The answer to the request that was added `index`-th; of what has no MAC (encryptions,
    /// signatures, public keys) kInternal.
    Result<Answer> answer(const Request& request, std::size_t index) const;

  private:
    /// Where a request's MACs are; none for a refusal.
    struct Plan {
        std::size_t first = 0;
        std::size_t count = 0;
        Generation generation = 0;
    };

    using Inputs = std::vector<std::optional<Bytes>>;

    /// MACs under the active key, or under a named one for a lookup.
    Result<Plan> make(const hsm::KeyUse& key, Inputs inputs);

    /// MACs to compare with; a refusal where there is no such key or no such input.
    Plan check(hsm::KeyPurpose purpose, Generation generation, Inputs inputs);

    Plan push(const hsm::KeyUse& key, Inputs inputs);

    Result<Plan> plan(const MintToken& request);
    Result<Plan> plan(const CheckToken& request);
    Result<Plan> plan(const CheckRelay& request);
    Result<Plan> plan(const VerifyRow& request);
    Result<Plan> plan(const EmitLink& request);
    Result<Plan> plan(const SealRow& request);
    Result<Plan> plan(const CheckSeal& request);
    Result<Plan> plan(const Lookup& request);
    Result<Plan> plan(const EncryptPii& request);
    Result<Plan> plan(const DecryptPii& request);
    Result<Plan> plan(const SignJwt& request);
    Result<Plan> plan(const PublicKeys& request);

    Result<Answer> answer(const MintToken& request, const Plan& plan) const;
    Result<Answer> answer(const CheckToken& request, const Plan& plan) const;
    Result<Answer> answer(const CheckRelay& request, const Plan& plan) const;
    Result<Answer> answer(const VerifyRow& request, const Plan& plan) const;
    Result<Answer> answer(const EmitLink& request, const Plan& plan) const;
    Result<Answer> answer(const SealRow& request, const Plan& plan) const;
    Result<Answer> answer(const CheckSeal& request, const Plan& plan) const;
    Result<Answer> answer(const Lookup& request, const Plan& plan) const;
    Result<Answer> answer(const EncryptPii& request, const Plan& plan) const;
    Result<Answer> answer(const DecryptPii& request, const Plan& plan) const;
    Result<Answer> answer(const SignJwt& request, const Plan& plan) const;
    Result<Answer> answer(const PublicKeys& request, const Plan& plan) const;

    /// Is the plan's first MAC the one whose digest the row keeps?
    bool rowIsGood(const Plan& plan, const Check& check) const;

    const KeyRing& ring_;
    RelayGuard& guard_;
    std::vector<hsm::MacRequest> inputs_;
    std::vector<Plan> plans_;
    std::vector<Digest> macs_;
};

}  // namespace sallyport::mint
