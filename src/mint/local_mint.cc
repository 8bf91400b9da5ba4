#include "mint/local_mint.h"

#include "mint/batch.h"
#include "mint/encoding.h"
#include "mint/jwt.h"
#include "mint/pii.h"

#include <chrono>

#include <algorithm>
#include <mutex>

namespace sallyport::mint {

namespace {

constexpr std::size_t kIvSize = 12;

/// What the counters call an answered request; empty for what only checks.
std::string counterOf(const Request& request, const Answer& answer) {
    if (const auto* mint = std::get_if<MintToken>(&request)) {
        return "mint:" + std::string(hsm::name(encoding::purposeOf(mint->fields)));
    }
    if (const auto* emitted = std::get_if<EmittedLink>(&answer)) {
        if (!emitted->row_is_good) return {};
        return "emit:" + std::string(hsm::name(hsm::KeyPurpose::kLinkMac));
    }
    if (std::holds_alternative<SignedJwt>(answer)) {
        return "sign:" + std::string(hsm::name(hsm::KeyPurpose::kTokenSign));
    }
    if (std::holds_alternative<Seal>(answer)) {
        return "seal:" + std::string(hsm::name(hsm::KeyPurpose::kSealMac));
    }
    return {};
}

}  // namespace

struct LocalMint::State {
    State(hsm::Device& the_device, const Clock& the_clock, Random& the_random, Metrics& the_metrics)
        : device(the_device),
          clock(the_clock),
          random(the_random),
          metrics(the_metrics),
          guard(the_clock) {}

    Result<std::shared_ptr<const KeyRing>> current() const {
        const std::lock_guard lock(mutex);
        if (ring == nullptr) return fail(ErrorCode::kUnavailable, "the mint has no key ring yet");
        return ring;
    }

    Status notOlder(const std::vector<KeyRow>& rows) const;
    Status verifySeals(const std::vector<KeyRow>& rows, const KeyRing& next, Deadline deadline);
    Result<Answer> answer(const Request& request,
                          const Batch& batch,
                          std::size_t index,
                          const KeyRing& with,
                          Deadline deadline);
    Result<Answer> encrypt(const EncryptPii& request, const KeyRing& with, Deadline deadline);
    Result<Answer> decrypt(const DecryptPii& request, const KeyRing& with, Deadline deadline);
    Result<Answer> sign(const SignJwt& request, const KeyRing& with, Deadline deadline);
    Result<Answer> publicKeys(const KeyRing& with, Deadline deadline);
    void count(const std::vector<Request>& requests, const std::vector<Answer>& answers);

    hsm::Device& device;
    const Clock& clock;
    Random& random;
    Metrics& metrics;
    RelayGuard guard;
    std::mutex loading;        ///< one load at a time; taken before `mutex`
    mutable std::mutex mutex;  ///< of what follows
    std::shared_ptr<const KeyRing> ring;
    std::map<FixedBytes<16>, std::uint64_t> seen;  ///< highest version of each key's row
    std::map<std::string, std::uint64_t> counters;
    std::string issuer;
};

Status LocalMint::State::notOlder(const std::vector<KeyRow>& rows) const {
    std::map<FixedBytes<16>, std::uint64_t> presented;
    for (const KeyRow& row : rows) presented[row.record.identity.cka_id] = row.version;
    const std::lock_guard lock(mutex);
    for (const auto& [id, version] : seen) {
        const auto found = presented.find(id);
        if (found == presented.end() || found->second < version) {
            return fail(ErrorCode::kIntegrity,
                        "key-state row " + toHex(id) + " is gone or older than it was");
        }
    }
    return {};
}

Status LocalMint::State::verifySeals(const std::vector<KeyRow>& rows,
                                     const KeyRing& next,
                                     Deadline deadline) {
    Batch batch(next, guard);
    std::vector<Request> checks;
    for (const KeyRow& row : rows) checks.emplace_back(CheckSeal{sealedContent(row), row.seal});
    for (const Request& check : checks) SALLYPORT_CHECK(batch.add(check));
    SALLYPORT_CHECK(batch.perform(device, deadline));
    std::string bad;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        SALLYPORT_TRY(const Answer answer, batch.answer(checks[i], i));
        if (std::get<Verdict>(answer) == Verdict::kValid) continue;
        bad += " " + text(rows[i].record.identity.key);
    }
    if (!bad.empty()) {
        return fail(ErrorCode::kIntegrity, "key-state rows whose seal does not hold:" + bad);
    }
    return {};
}

Result<Answer> LocalMint::State::encrypt(const EncryptPii& request,
                                         const KeyRing& with,
                                         Deadline deadline) {
    SALLYPORT_TRY(const hsm::KeyUse key, with.active(hsm::KeyPurpose::kPiiWrap));
    const Bytes aad = encoding::pii(request.use, request.owner);
    SALLYPORT_TRY(const Bytes wrapped, pii::wrap(request, aad, random));
    SALLYPORT_TRY(const hsm::Sealed sealed, device.encrypt(key, aad, wrapped, deadline));
    EncryptedPii encrypted{key.key.generation, copyBytes(sealed.iv)};
    encrypted.ciphertext.insert(
        encrypted.ciphertext.end(), sealed.ciphertext.begin(), sealed.ciphertext.end());
    return Answer(std::move(encrypted));
}

Result<Answer> LocalMint::State::decrypt(const DecryptPii& request,
                                         const KeyRing& with,
                                         Deadline deadline) {
    const auto key = with.checking(hsm::KeyPurpose::kPiiWrap, request.generation);
    if (!key.has_value() || request.ciphertext.size() <= kIvSize) return Answer(DecryptedPii{});
    hsm::Sealed sealed;
    const ByteView whole(request.ciphertext);
    std::copy_n(whole.begin(), kIvSize, sealed.iv.begin());
    sealed.ciphertext = copyBytes(whole.subspan(kIvSize));
    const Bytes aad = encoding::pii(request.use, request.owner);
    const auto wrapped = device.decrypt(*key, aad, sealed, deadline);
    if (!wrapped) {
        if (wrapped.error().code == ErrorCode::kInvalidRequest) return Answer(DecryptedPii{});
        return wrapped.error();
    }
    return Answer(DecryptedPii{pii::unwrap(request.part, aad, *wrapped)});
}

Result<Answer> LocalMint::State::sign(const SignJwt& request,
                                      const KeyRing& with,
                                      Deadline deadline) {
    const std::string issued_by = [this] {
        const std::lock_guard lock(mutex);
        return issuer;
    }();
    SALLYPORT_TRY(SignedJwt made, signJwt(request, issued_by, clock.now(), with, device, deadline));
    return Answer(std::move(made));
}

Result<Answer> LocalMint::State::publicKeys(const KeyRing& with, Deadline deadline) {
    SALLYPORT_TRY(PublicKeyList list, publicKeysOf(with, device, deadline));
    return Answer(std::move(list));
}

Result<Answer> LocalMint::State::answer(const Request& request,
                                        const Batch& batch,
                                        std::size_t index,
                                        const KeyRing& with,
                                        Deadline deadline) {
    if (const auto* pii = std::get_if<EncryptPii>(&request)) return encrypt(*pii, with, deadline);
    if (const auto* pii = std::get_if<DecryptPii>(&request)) return decrypt(*pii, with, deadline);
    if (const auto* jwt = std::get_if<SignJwt>(&request)) return sign(*jwt, with, deadline);
    if (std::holds_alternative<PublicKeys>(request)) return publicKeys(with, deadline);
    return batch.answer(request, index);
}

void LocalMint::State::count(const std::vector<Request>& requests,
                             const std::vector<Answer>& answers) {
    const std::lock_guard lock(mutex);
    for (std::size_t i = 0; i < requests.size(); ++i) {
        const std::string counter = counterOf(requests[i], answers[i]);
        if (!counter.empty()) ++counters[counter];
    }
}

LocalMint::LocalMint(hsm::Device& device, const Clock& clock, Random& random, Metrics& metrics)
    : state_(std::make_unique<State>(device, clock, random, metrics)) {}

LocalMint::~LocalMint() = default;

Status LocalMint::loadRing(const std::vector<KeyRow>& rows, Deadline deadline) {
    State& state = *state_;
    const std::lock_guard loading(state.loading);
    SALLYPORT_CHECK(state.notOlder(rows));
    std::vector<KeyRecord> records;
    for (const KeyRow& row : rows) records.push_back(row.record);
    SALLYPORT_TRY(KeyRing next, KeyRing::build(records));
    SALLYPORT_CHECK(next.active(hsm::KeyPurpose::kSealMac));
    SALLYPORT_CHECK(state.device.loadRing(next.present(), deadline));
    if (auto verified = state.verifySeals(rows, next, deadline); !verified) {
        // The device goes back to the keys of the ring that stays; if it cannot, uses fail closed.
        if (const auto old = state.current()) {
            static_cast<void>(state.device.loadRing((*old)->present(), deadline));
        }
        return verified;
    }
    const std::lock_guard lock(state.mutex);
    state.ring = std::make_shared<const KeyRing>(std::move(next));
    for (const KeyRow& row : rows) state.seen[row.record.identity.cka_id] = row.version;
    return {};
}

Status LocalMint::adopt(const std::vector<KeyRecord>& records) {
    State& state = *state_;
    const std::lock_guard loading(state.loading);
    SALLYPORT_TRY(KeyRing ring, KeyRing::build(records));
    const std::lock_guard lock(state.mutex);
    if (state.ring != nullptr) return fail(ErrorCode::kConflict, "the mint has a key ring");
    state.ring = std::make_shared<const KeyRing>(std::move(ring));
    return {};
}

void LocalMint::issueAs(std::string issuer) {
    const std::lock_guard lock(state_->mutex);
    state_->issuer = std::move(issuer);
}

Result<std::vector<Answer>> LocalMint::perform(std::vector<Request> requests, Deadline deadline) {
    const auto began = std::chrono::steady_clock::now();
    State& state = *state_;
    SALLYPORT_TRY(const auto ring, state.current());
    Batch batch(*ring, state.guard);
    for (const Request& request : requests) SALLYPORT_CHECK(batch.add(request));
    SALLYPORT_CHECK(batch.perform(state.device, deadline));
    std::vector<Answer> answers;
    answers.reserve(requests.size());
    for (std::size_t i = 0; i < requests.size(); ++i) {
        SALLYPORT_TRY(Answer answer, state.answer(requests[i], batch, i, *ring, deadline));
        answers.push_back(std::move(answer));
    }
    state.count(requests, answers);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    state.metrics.observe("sallyport_mint_batch_seconds", {}, took.count());
    return answers;
}

std::map<std::string, std::uint64_t> LocalMint::counters() const {
    const std::lock_guard lock(state_->mutex);
    return state_->counters;
}

hsm::Health LocalMint::health() const {
    return state_->device.health();
}

}  // namespace sallyport::mint
