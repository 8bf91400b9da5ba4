#include "hsm/pkcs11_device.h"

#include "hsm/connection.h"

#include <chrono>

#include <algorithm>

namespace sallyport::hsm {
namespace {

constexpr std::size_t kMacLimit = 65536;
constexpr std::size_t kBatchLimit = 256;
constexpr std::size_t kPlaintextLimit = 4096;
constexpr std::size_t kTagSize = 16;
constexpr std::size_t kMessageLimit = 65536;
constexpr std::size_t kRandomLimit = 1024;
constexpr std::size_t kLaneLimit = 64;
constexpr std::size_t kRingNameLimit = 32;
constexpr std::size_t kTokenLabelLimit = 32;

/// Sessions that are no lane: the anchor of the login, the management lane, the probe of a
/// recovery.
constexpr std::size_t kOtherSessions = 3;

/// How long the end waits for a call that hangs in the library.
constexpr Duration kHangLimit = std::chrono::seconds(5);

Error invalid(std::string_view what) {
    return fail(ErrorCode::kInvalidRequest, std::string(what));
}

Status checkOptions(const Pkcs11Options& options) {
    const auto ring_letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    };
    const bool ring_good = !options.ring.empty() && options.ring.size() <= kRingNameLimit &&
                           std::all_of(options.ring.begin(), options.ring.end(), ring_letter);
    if (!ring_good)
        return invalid("the ring's name has 1 to 32 lower-case letters, digits and hyphens");
    if (options.token_label.empty() || options.token_label.size() > kTokenLabelLimit) {
        return invalid("a token's label has 1 to 32 bytes");
    }
    if (options.lanes == 0 || options.lanes > kLaneLimit)
        return invalid("a device has 1 to 64 lanes");
    if (options.queue == 0) return invalid("the device's queue has room for at least one call");
    return {};
}

Result<std::size_t> lanesFor(const pkcs11::Token& token, std::size_t wanted) {
    if (token.max_sessions == 0) return wanted;
    if (token.max_sessions <= kOtherSessions)
        return invalid("the token allows too few sessions: Sallyport needs 4");
    return std::min(wanted, static_cast<std::size_t>(token.max_sessions) - kOtherSessions);
}

}  // namespace

/// All that the calls share.
class Pkcs11Device::Core {
  public:
    Core(Pkcs11Options options,
         std::shared_ptr<Connection> connection,
         std::shared_ptr<Report> report,
         std::size_t lanes,
         Random& random)
        : options_(std::move(options)),
          connection_(std::move(connection)),
          report_(std::move(report)),
          random_(random),
          hot_({lanes, options_.queue}),
          management_({1, options_.queue}) {}

    Core(const Core&) = delete;
    Core& operator=(const Core&) = delete;

    ~Core() {
        const bool hot_left = hot_.stop(kHangLimit);
        const bool management_left = management_.stop(kHangLimit);
        report_->close();
        // A library must not be finalized under a call that still hangs in it.
        if (hot_left && management_left) connection_->close();
    }

    /// `work` owns what it touches: it may go on after the caller has left.
    template <class T>
    Result<T> call(std::string_view operation,
                   Connection::Kind kind,
                   Deadline deadline,
                   Connection::Work<T> work) {
        const auto begun = Deadline::Clock::now();
        const bool hot = kind == Connection::Kind::kUse;
        const Duration limit = hot ? options_.operation_deadline : options_.management_deadline;
        const Deadline until(std::min(deadline.at(), begun + limit));
        Lanes& lanes = hot ? hot_ : management_;
        auto answer = lanes.template run<T>(
            until, [connection = connection_, kind, until, work = std::move(work)](Worker& worker) {
                return connection->attempt<T>(worker, kind, until, work);
            });
        const auto took = std::chrono::duration_cast<Duration>(Deadline::Clock::now() - begun);
        report_->operation(operation, answer.has_value() ? "ok" : name(answer.error().code), took);
        if (!answer.has_value()) {
            const Lanes::State state = hot_.state();
            report_->lanes(state.hung, state.waiting);
        }
        return answer;
    }

    Health health() const {
        Health health = connection_->health();
        const Lanes::State lanes = hot_.state();
        if (health.state != Health::State::kServing || lanes.hung == 0) return health;
        if (lanes.hung == lanes.workers) health.state = Health::State::kGone;
        health.reason = std::to_string(lanes.hung) + " of " + std::to_string(lanes.workers) +
                        " lanes hang in the library";
        return health;
    }

    Connection& connection() { return *connection_; }

    std::shared_ptr<Connection> shared() const { return connection_; }

    Random& random() { return random_; }

  private:
    const Pkcs11Options options_;
    const std::shared_ptr<Connection> connection_;
    const std::shared_ptr<Report> report_;
    Random& random_;
    Lanes hot_;
    Lanes management_;
};

Result<std::unique_ptr<Pkcs11Device>> Pkcs11Device::open(Pkcs11Options options,
                                                         Log& log,
                                                         Metrics& metrics,
                                                         Random& random) {
    SALLYPORT_CHECK(checkOptions(options));
    auto report = std::make_shared<Report>(log, metrics);
    Secret pin = std::move(options.pin);
    SALLYPORT_TRY(auto connection,
                  Connection::open({options.module_path,
                                    options.require_root_owned_module,
                                    options.token_label,
                                    options.ring},
                                   std::move(pin),
                                   report));
    auto lanes = lanesFor(connection->token(), options.lanes);
    if (!lanes.has_value()) {
        connection->close();
        return std::move(lanes).error();
    }
    auto core = std::make_shared<Core>(
        std::move(options), std::move(connection), std::move(report), *lanes, random);
    return std::unique_ptr<Pkcs11Device>(new Pkcs11Device(std::move(core)));
}

Pkcs11Device::Pkcs11Device(std::shared_ptr<Core> core) : core_(std::move(core)) {}

Pkcs11Device::~Pkcs11Device() = default;

Status Pkcs11Device::loadRing(const std::vector<KeyIdentity>& expected, Deadline deadline) {
    const auto work = [connection = core_->shared(), expected](
                          pkcs11::Session& session, const KeyRing& present) -> Result<bool> {
        KeyRing next;
        next.epoch = present.epoch;
        std::string refused;
        for (const KeyIdentity& identity : expected) {
            auto found = findKey(session, connection->ringName(), identity);
            if (session.failure().has_value()) return pkcs11::errorOf(*session.failure());
            if (found.has_value()) {
                next.keys.insert_or_assign(identity.key, std::move(*found));
            } else {
                refused += (refused.empty() ? "" : "\n") + found.error().detail;
            }
        }
        if (!refused.empty()) return fail(ErrorCode::kIntegrity, refused);
        SALLYPORT_CHECK(session.requireUser());
        connection->publish(std::move(next));
        return true;
    };
    SALLYPORT_CHECK(core_->call<bool>("load_ring", Connection::Kind::kRead, deadline, work));
    return {};
}

Result<std::vector<Digest>> Pkcs11Device::macs(const std::vector<MacRequest>& requests,
                                               Deadline deadline) {
    if (requests.empty()) return std::vector<Digest>();
    if (requests.size() > kBatchLimit) return invalid("a batch has at most 256 MACs");
    for (const MacRequest& request : requests) {
        if (request.input.empty() || request.input.size() > kMacLimit)
            return invalid("a MAC's input has 1 to 65536 bytes");
    }
    const auto work = [requests, deadline](pkcs11::Session& session,
                                           const KeyRing& keys) -> Result<std::vector<Digest>> {
        std::vector<Digest> answers;
        answers.reserve(requests.size());
        for (const MacRequest& request : requests) {
            if (deadline.passed())
                return fail(ErrorCode::kUnavailable, "the deadline passed within a batch");
            SALLYPORT_TRY(const RingKey* key, keys.use(request.use));
            SALLYPORT_TRY(const Digest tag, mac(session, *key, request.input));
            answers.push_back(tag);
        }
        return answers;
    };
    return core_->call<std::vector<Digest>>("macs", Connection::Kind::kUse, deadline, work);
}

Result<Bytes> Pkcs11Device::sign(const KeyUse& use, ByteView message, Deadline deadline) {
    if (message.empty() || message.size() > kMessageLimit)
        return invalid("a message to sign has 1 to 65536 bytes");
    const auto work = [use, message = copyBytes(message)](pkcs11::Session& session,
                                                          const KeyRing& keys) -> Result<Bytes> {
        SALLYPORT_TRY(const RingKey* key, keys.use(use));
        return hsm::sign(session, *key, message);
    };
    return core_->call<Bytes>("sign", Connection::Kind::kUse, deadline, work);
}

Result<Sealed> Pkcs11Device::encrypt(const KeyUse& use,
                                     ByteView aad,
                                     ByteView plaintext,
                                     Deadline deadline) {
    if (plaintext.size() > kPlaintextLimit || aad.size() > kPlaintextLimit) {
        return invalid("a plaintext and its associated data have at most 4096 bytes each");
    }
    const auto iv = core_->random().bytes<12>();
    const auto work =
        [use, iv, aad = copyBytes(aad), plaintext = std::make_shared<const Secret>(plaintext)](
            pkcs11::Session& session, const KeyRing& keys) -> Result<Sealed> {
        SALLYPORT_TRY(const RingKey* key, keys.use(use));
        SALLYPORT_TRY(Bytes ciphertext, hsm::encrypt(session, *key, iv, aad, plaintext->expose()));
        return Sealed{iv, std::move(ciphertext)};
    };
    return core_->call<Sealed>("encrypt", Connection::Kind::kUse, deadline, work);
}

Result<Bytes> Pkcs11Device::decrypt(const KeyUse& use,
                                    ByteView aad,
                                    const Sealed& sealed,
                                    Deadline deadline) {
    if (sealed.ciphertext.size() < kTagSize ||
        sealed.ciphertext.size() > kPlaintextLimit + kTagSize || aad.size() > kPlaintextLimit) {
        return invalid("a ciphertext has 16 to 4112 bytes, its associated data at most 4096");
    }
    const auto work = [use, sealed, aad = copyBytes(aad)](pkcs11::Session& session,
                                                          const KeyRing& keys) -> Result<Bytes> {
        SALLYPORT_TRY(const RingKey* key, keys.use(use));
        return hsm::decrypt(session, *key, sealed.iv, aad, sealed.ciphertext);
    };
    return core_->call<Bytes>("decrypt", Connection::Kind::kUse, deadline, work);
}

Result<std::vector<PublicKey>> Pkcs11Device::publicKeys(Deadline) {
    std::vector<PublicKey> keys;
    const auto ring = core_->connection().ring();
    for (const auto& [name, key] : ring->keys) {
        if (!key.spki.empty()) keys.push_back({name, key.identity.algorithm, key.spki});
    }
    return keys;
}

Result<Bytes> Pkcs11Device::random(std::size_t size, Deadline deadline) {
    if (size == 0 || size > kRandomLimit) return invalid("a device gives 1 to 1024 random bytes");
    const auto work = [size](pkcs11::Session& session, const KeyRing&) -> Result<Bytes> {
        // It works without a login too, but then nothing else does, and this call must not hide it.
        SALLYPORT_CHECK(session.requireUser());
        return session.random(size);
    };
    return core_->call<Bytes>("random", Connection::Kind::kUse, deadline, work);
}

Result<Inventory> Pkcs11Device::inventory(Deadline deadline) {
    const auto work = [connection = core_->shared()](pkcs11::Session& session,
                                                     const KeyRing&) -> Result<Inventory> {
        SALLYPORT_TRY(Inventory found, takeInventory(session, connection->ringName()));
        found.token_label = connection->token().label;
        found.token_serial = connection->token().serial;
        found.token_model = connection->token().model;
        return found;
    };
    return core_->call<Inventory>("inventory", Connection::Kind::kRead, deadline, work);
}

Result<KeyIdentity> Pkcs11Device::generate(const KeyName& key,
                                           KeyAlgorithm algorithm,
                                           Deadline deadline) {
    if (key.generation == 0) return invalid("generations count from 1");
    const auto cka_id = core_->random().bytes<16>();
    const auto work = [connection = core_->shared(), key, algorithm, cka_id](
                          pkcs11::Session& session, const KeyRing& present) -> Result<KeyIdentity> {
        SALLYPORT_TRY(RingKey made,
                      generateKey(session, connection->ringName(), key, algorithm, cka_id));
        KeyRing next = present;
        const KeyIdentity identity = made.identity;
        next.lost.erase(key);
        next.keys.insert_or_assign(key, std::move(made));
        connection->publish(std::move(next));
        return identity;
    };
    return core_->call<KeyIdentity>("generate", Connection::Kind::kChange, deadline, work);
}

Status Pkcs11Device::destroy(const KeyIdentity& identity, Deadline deadline) {
    const auto work = [connection = core_->shared(), identity](
                          pkcs11::Session& session, const KeyRing& present) -> Result<bool> {
        SALLYPORT_CHECK(destroyKey(session, connection->ringName(), identity));
        KeyRing next = present;
        next.keys.erase(identity.key);
        next.lost.erase(identity.key);
        connection->publish(std::move(next));
        return true;
    };
    SALLYPORT_CHECK(core_->call<bool>("destroy", Connection::Kind::kChange, deadline, work));
    return {};
}

Health Pkcs11Device::health() const {
    return core_->health();
}

}  // namespace sallyport::hsm
