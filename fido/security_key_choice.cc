#include "fido/security_key_handles.h"

#include <algorithm>

/// Which of several keys is meant.
namespace sallyport::fido {

namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr milliseconds kTurn{20};     ///< how long each key is asked in turn
constexpr milliseconds kDeadTurn{5};  ///< a key that is there waits for its whole turn
constexpr milliseconds kSilentWait{2000};

/// Asks each key for a touch. Those that do not take the question are left out; why the last one
/// did not is answered.
KeyTrouble letBlink(std::vector<OpenKey>& keys) {
    KeyTrouble last = KeyTrouble::kTimedOut;
    for (auto key = keys.begin(); key != keys.end();) {
        const int begun = fido_dev_get_touch_begin(key->device.get());
        if (begun != FIDO_OK) last = troubleOf(begun);
        key = begun == FIDO_OK ? key + 1 : keys.erase(key);
    }
    return last;
}

enum class Asked { kWaiting, kTouched, kGaveUp, kGone };

Asked ask(const OpenKey& key) {
    const auto begin = SteadyClock::now();
    int touched = 0;
    const int status =
        fido_dev_get_touch_status(key.device.get(), &touched, static_cast<int>(kTurn.count()));
    if (status != FIDO_OK) return Asked::kGaveUp;
    if (touched != 0) return Asked::kTouched;
    // libfido2 takes an end of the line for no touch yet.
    return SteadyClock::now() - begin < kDeadTurn ? Asked::kGone : Asked::kWaiting;
}

}  // namespace

KeyAnswer<OpenKey> SecurityKeys::choose(const std::optional<std::string>& path,
                                        const AssertionRequest* wanted) {
    auto listed = source_.list();
    if (const auto* failed = std::get_if<KeyProblem>(&listed)) return *failed;
    std::vector<OpenKey> keys;
    KeyProblem last = problem(path ? KeyTrouble::kNotFound : KeyTrouble::kNoKey);
    for (DeviceInfo& info : std::get<std::vector<DeviceInfo>>(listed)) {
        if (path && info.path != *path) continue;
        auto opened = source_.open(info.path);
        if (auto* device = std::get_if<Device>(&opened)) {
            keys.push_back({std::move(info), std::move(*device)});
        } else {
            last = std::get<KeyProblem>(opened);
        }
    }
    if (keys.empty()) return last;
    if (keys.size() > 1 && wanted != nullptr && !wanted->allow.empty()) {
        // A credential under credProtect 3 does not admit without the PIN: no answer rules none
        // out.
        const auto holders = std::stable_partition(
            keys.begin(), keys.end(), [&](const OpenKey& key) { return admits(key, *wanted); });
        if (holders != keys.begin()) keys.erase(holders, keys.end());
    }
    if (keys.size() == 1) return std::move(keys.front());
    return chooseByTouch(std::move(keys));
}

bool SecurityKeys::admits(const OpenKey& key, const AssertionRequest& wanted) const {
    const Handle<fido_assert_t> silent(fido_assert_new());
    if (!silent || fill(silent.get(), wanted) != FIDO_OK) return false;
    fido_assert_set_up(silent.get(), FIDO_OPT_FALSE);
    fido_dev_set_timeout(key.device.get(), static_cast<int>(kSilentWait.count()));
    return fido_dev_get_assert(key.device.get(), silent.get(), nullptr) == FIDO_OK;
}

KeyAnswer<OpenKey> SecurityKeys::chooseByTouch(std::vector<OpenKey> keys) {
    std::vector<DeviceInfo> shown;
    for (const OpenKey& key : keys) shown.push_back(key.info);
    show(Progress::Step::kChoose, std::move(shown));
    const Deadline deadline = Deadline::after(dialog_.time_out);
    KeyTrouble last = letBlink(keys);
    const auto over = [&] { return deadline.passed() || dialog_.stop.stop_requested(); };
    std::optional<OpenKey> touched;
    for (std::size_t turn = 0; !keys.empty() && !touched && !over(); ++turn) {
        const auto key = keys.begin() + static_cast<std::ptrdiff_t>(turn % keys.size());
        const Asked asked = ask(*key);
        if (asked == Asked::kWaiting) continue;
        if (asked == Asked::kTouched) touched = std::move(*key);
        last = asked == Asked::kGone ? KeyTrouble::kPulled : KeyTrouble::kTimedOut;
        keys.erase(key);
    }
    for (const OpenKey& key : keys) fido_dev_cancel(key.device.get());
    if (touched) return *std::move(touched);
    if (dialog_.stop.stop_requested()) return problem(KeyTrouble::kCancelled);
    return problem(keys.empty() ? last : KeyTrouble::kTimedOut);
}

}  // namespace sallyport::fido
