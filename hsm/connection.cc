#include "hsm/connection.h"

#include "hsm/pkcs11/token.h"

namespace sallyport::hsm {
namespace {

std::string_view nameOf(Health::State state) {
    switch (state) {
        case Health::State::kServing:
            return "serving";
        case Health::State::kRecovering:
            return "recovering";
        case Health::State::kPinRejected:
            return "pin_rejected";
        case Health::State::kGone:
            return "gone";
    }
    return "gone";
}

}  // namespace

Gate::Pass Gate::enter(Deadline deadline) {
    std::unique_lock lock(mutex_);
    if (!free_.wait_until(lock, deadline.at(), [&] { return !taken_; })) return Pass(nullptr);
    taken_ = true;
    return Pass(this);
}

Gate::Pass::~Pass() {
    if (gate_ == nullptr) return;
    const std::lock_guard lock(gate_->mutex_);
    gate_->taken_ = false;
    gate_->free_.notify_one();
}

Result<std::shared_ptr<Connection>> Connection::open(Options options,
                                                     Secret pin,
                                                     std::shared_ptr<Report> report) {
    SALLYPORT_TRY(auto module,
                  pkcs11::Module::load({options.module_path, options.require_root_owned_module}));
    auto token = pkcs11::findToken(*module, options.token_label);
    if (!token.has_value()) {
        module->finalize();
        return std::move(token).error();
    }
    std::shared_ptr<Connection> made(new Connection(std::move(options),
                                                    std::move(module),
                                                    std::move(*token),
                                                    std::move(pin),
                                                    std::move(report)));
    if (Status started = made->start(); !started.has_value()) {
        made->close();
        return std::move(started).error();
    }
    return made;
}

Status Connection::start() {
    SALLYPORT_CHECK(pkcs11::requireMechanisms(
        *module_,
        token_.slot,
        {CKM_GENERIC_SECRET_KEY_GEN, CKM_SHA256_HMAC, CKM_AES_KEY_GEN, CKM_AES_GCM}));
    SALLYPORT_CHECK(login_->logIn());
    report_->state("serving", "logged in", epoch_);
    return {};
}

void Connection::close() noexcept {
    login_.reset();
    module_->finalize();
}

std::shared_ptr<const KeyRing> Connection::ring() const {
    const std::lock_guard lock(ring_mutex_);
    return ring_;
}

void Connection::publish(KeyRing next) {
    auto shared = std::make_shared<const KeyRing>(std::move(next));
    const std::lock_guard lock(ring_mutex_);
    ring_ = std::move(shared);
}

Health Connection::health() const {
    const auto keys = ring();
    const std::lock_guard lock(health_mutex_);
    Health health{state_, reason_, epoch_};
    if (state_ == Health::State::kServing && !keys->lost.empty())
        health.reason = keys->lost.begin()->second.why;
    return health;
}

void Connection::note(Health::State state, const std::string& reason) {
    {
        const std::lock_guard lock(health_mutex_);
        const bool changed = state != state_;
        serving_ = state == Health::State::kServing;
        state_ = state;
        reason_ = reason;
        if (!changed) return;
    }
    report_->state(nameOf(state), reason, epoch_);
}

Status Connection::run(Worker& worker, Kind kind, Deadline deadline, const Step& step) {
    for (int tries = 1;; ++tries) {
        SALLYPORT_TRY(const auto present, currentRing(deadline));
        Status outcome = once(worker, kind, deadline, *present, step);
        const Damage damage = assess(worker, outcome, present->epoch);
        if (damage.rung == Rung::kNothing || damage.rung == Rung::kGone) return outcome;
        SALLYPORT_CHECK(recover(present->epoch, damage.rung, deadline));
        const bool repeat =
            tries < 2 && !deadline.passed() && (kind != Kind::kChange || !damage.begun);
        if (repeat) continue;
        // A key that was missing before the recovery may be there again: only a ring that was
        // proved afterwards says that it is gone, to the next call.
        const bool settled = !outcome.has_value() && outcome.error().code != ErrorCode::kIntegrity;
        if (settled) return outcome;
        return fail(ErrorCode::kUnavailable, "the device was recovered meanwhile");
    }
}

Connection::Damage Connection::assess(Worker& worker, const Status& outcome, std::uint64_t epoch) {
    const bool stale = epoch != epoch_;
    if (worker.session.has_value() && worker.session->failure().has_value()) {
        const pkcs11::Failure failure = *worker.session->failure();
        worker.session.reset();
        report_->failure(failure);
        const pkcs11::FailureClass seen = pkcs11::classOf(failure.code);
        const Rung rung = firstRung(seen);
        if (rung == Rung::kGone) note(Health::State::kGone, pkcs11::errorOf(failure).detail);
        return {rung, !wasNotBegun(seen)};
    }
    if (stale) return {Rung::kNewSession, false};
    if (outcome.has_value() && !serving_) note(Health::State::kServing, "");
    return {Rung::kNothing, false};
}

Status Connection::once(
    Worker& worker, Kind kind, Deadline deadline, const KeyRing& present, const Step& step) {
    using Access = pkcs11::Session::Access;
    const bool alone = kind != Kind::kUse;
    const Gate::Pass pass = alone ? alone_.enter(deadline) : Gate::Pass(nullptr);
    if (alone && !pass) return fail(ErrorCode::kUnavailable, "the device is being recovered");
    // While this call is alone nothing recovers, so from here on the ring stays the present one.
    if (alone && present.epoch != epoch_)
        return fail(ErrorCode::kUnavailable, "the device was recovered meanwhile");
    if (!worker.session.has_value()) {
        auto opened = pkcs11::Session::open(
            module_, token_.slot, alone ? Access::kReadWrite : Access::kReadOnly);
        if (!opened.has_value()) {
            note(Health::State::kGone, opened.error().detail);
            return std::move(opened).error();
        }
        worker.session = std::move(*opened);
    }
    if (!alone) return step(*worker.session, present);
    // Without a login a search finds less and says nothing, so it is looked at before and after.
    SALLYPORT_CHECK(worker.session->requireUser());
    Status outcome = step(*worker.session, present);
    if (!worker.session->failure().has_value()) SALLYPORT_CHECK(worker.session->requireUser());
    return outcome;
}

Result<std::shared_ptr<const KeyRing>> Connection::currentRing(Deadline deadline) {
    auto present = ring();
    if (present->epoch == epoch_) return present;
    SALLYPORT_CHECK(recover(present->epoch, Rung::kNewSession, deadline));
    return ring();
}

Status Connection::recover(std::uint64_t seen, Rung rung, Deadline deadline) {
    const Gate::Pass pass = alone_.enter(deadline);
    if (!pass) return fail(ErrorCode::kUnavailable, "the device is being recovered");
    if (ring()->epoch != seen) return {};  // somebody was faster
    Status climbed = climb(rung);
    if (climbed.has_value()) return {};
    // Here the ladder ends in this process; its next rungs start the library, then the process,
    // again.
    note(login_->pinRejected() ? Health::State::kPinRejected : Health::State::kGone,
         climbed.error().detail);
    return fail(ErrorCode::kUnavailable, std::move(climbed).error().detail);
}

Status Connection::climb(Rung rung) {
    SALLYPORT_TRY(pkcs11::Session probe,
                  pkcs11::Session::open(module_, token_.slot, pkcs11::Session::Access::kReadOnly));
    Status user = probe.requireUser();
    const bool login_lost =
        probe.failure().has_value() && probe.failure()->code == CKR_USER_NOT_LOGGED_IN;
    if (!user.has_value() && !login_lost) return user;
    if (login_lost) {
        note(Health::State::kRecovering, "the login was lost");
        ++epoch_;
        SALLYPORT_CHECK(login_->logIn());
    } else if (rung == Rung::kNewHandles) {
        note(Health::State::kRecovering, "a key was not behind its handle");
        ++epoch_;
    }
    return ring()->epoch == epoch_ ? Status() : findRingAgain();
}

Status Connection::findRingAgain() {
    SALLYPORT_TRY(pkcs11::Session session,
                  pkcs11::Session::open(module_, token_.slot, pkcs11::Session::Access::kReadOnly));
    const auto old = ring();
    std::vector<KeyIdentity> expected;
    for (const auto& [name, key] : old->keys) expected.push_back(key.identity);
    for (const auto& [name, key] : old->lost) expected.push_back(key.identity);
    KeyRing next;
    next.epoch = epoch_;
    for (const KeyIdentity& identity : expected) {
        auto found = findKey(session, options_.ring, identity);
        if (session.failure().has_value()) return pkcs11::errorOf(*session.failure());
        if (found.has_value()) {
            next.keys.emplace(identity.key, std::move(*found));
        } else {
            next.lost.emplace(identity.key, LostKey{identity, found.error().detail});
        }
    }
    SALLYPORT_CHECK(session.requireUser());
    publish(std::move(next));
    note(Health::State::kServing, "");
    return {};
}

}  // namespace sallyport::hsm
