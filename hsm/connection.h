#pragma once

#include "hsm/key_ring.h"
#include "hsm/lanes.h"
#include "hsm/pkcs11/login.h"
#include "hsm/recovery.h"
#include "hsm/report.h"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

namespace sallyport::hsm {

/// One holder at a time, waited for until a deadline. (std::timed_mutex waits in a way that
/// ThreadSanitizer of GCC 12 does not see.)
class Gate {
  public:
    /// Empty if the deadline passed first. The holder lets go by destroying it; the gate outlives
    /// him.
    class Pass {
      public:
        explicit Pass(Gate* gate) : gate_(gate) {}

        Pass(Pass&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}

        Pass& operator=(Pass&&) = delete;
        ~Pass();

        explicit operator bool() const { return gate_ != nullptr; }

      private:
        Gate* gate_;
    };

    Pass enter(Deadline deadline);

  private:
    std::mutex mutex_;
    std::condition_variable free_;
    bool taken_ = false;
};

/// The logged-in connection to one token: its epoch, the ring of that epoch, and how both are found
/// again after a failure. An epoch ends when handles may have died. The number grows *before*
/// anything is logged in again, and no answer is released whose ring is of an older epoch than the
/// present one, so that an old handle can never speak for another key. Thread-safe.
class Connection final {
  public:
    struct Options {
        std::string module_path;
        bool require_root_owned_module;
        std::string token_label;
        std::string ring;
    };

    enum class Kind {
        kUse,     ///< MACs, signatures, encryption: any number at the same time
        kRead,    ///< of objects and attributes; alone with the next
        kChange,  ///< of objects; made again only if it was not begun
    };

    template <class T>
    using Work = std::function<Result<T>(pkcs11::Session&, const KeyRing&)>;

    /// Errors: those of Pkcs11Device::open.
    static Result<std::shared_ptr<Connection>> open(Options options,
                                                    Secret pin,
                                                    std::shared_ptr<Report> report);

    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    const pkcs11::Token& token() const { return token_; }

    const std::string& ringName() const { return options_.ring; }

    std::shared_ptr<const KeyRing> ring() const;

    /// Inside a kRead or kChange only: they are alone.
    void publish(KeyRing next);

    Health health() const;

    /// Runs `work` on the worker's session, recovers after a failure, and runs it once more while
    /// the deadline lasts.
    template <class T>
    Result<T> attempt(Worker& worker, Kind kind, Deadline deadline, const Work<T>& work);

    /// C_Finalize. No call may be running or come after.
    void close() noexcept;

  private:
    Connection(Options options,
               std::shared_ptr<pkcs11::Module> module,
               pkcs11::Token token,
               Secret pin,
               std::shared_ptr<Report> report)
        : options_(std::move(options)),
          module_(module),
          token_(token),
          report_(std::move(report)),
          login_(std::in_place, module, std::move(token), std::move(pin)),
          ring_(std::make_shared<const KeyRing>(KeyRing{1, {}, {}})) {}

    using Step = std::function<Status(pkcs11::Session&, const KeyRing&)>;

    /// What an attempt did to its session and the epoch.
    struct Damage {
        Rung rung;
        bool begun;  ///< the token may have done what was asked
    };

    Status start();
    Status run(Worker& worker, Kind kind, Deadline deadline, const Step& step);
    Status once(
        Worker& worker, Kind kind, Deadline deadline, const KeyRing& present, const Step& step);

    Damage assess(Worker& worker, const Status& outcome, std::uint64_t epoch);

    /// The ring of the present epoch, recovered if an earlier recovery did not come to its end.
    Result<std::shared_ptr<const KeyRing>> currentRing(Deadline deadline);

    /// `seen` is the epoch of the ring that the failed call used.
    Status recover(std::uint64_t seen, Rung rung, Deadline deadline);
    Status climb(Rung rung);
    Status findRingAgain();
    void note(Health::State state, const std::string& reason);

    const Options options_;
    std::shared_ptr<pkcs11::Module> module_;
    const pkcs11::Token token_;
    const std::shared_ptr<Report> report_;

    Gate alone_;                           // guards login_; held by kRead, kChange and recovery
    std::optional<pkcs11::Login> login_;   // ends before the library does
    std::atomic<std::uint64_t> epoch_{1};  // of the login; ring_->epoch follows

    mutable std::mutex ring_mutex_;
    std::shared_ptr<const KeyRing> ring_;

    mutable std::mutex health_mutex_;
    Health::State state_ = Health::State::kServing;
    std::string reason_;
    std::atomic<bool> serving_{true};  // mirrors state_, so that a good call takes no lock
};

template <class T>
Result<T> Connection::attempt(Worker& worker, Kind kind, Deadline deadline, const Work<T>& work) {
    std::optional<T> answer;
    SALLYPORT_CHECK(
        run(worker, kind, deadline, [&](pkcs11::Session& session, const KeyRing& keys) -> Status {
            SALLYPORT_TRY(answer, work(session, keys));
            return {};
        }));
    return std::move(*answer);
}

}  // namespace sallyport::hsm
