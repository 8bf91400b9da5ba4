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

}  // namespace

KeyAnswer<SecurityKeys::Chosen> SecurityKeys::choose(const std::optional<std::string>& path,
                                                     const AssertionRequest* wanted) {
    auto listed = source_.list();
    if (const auto* failed = std::get_if<KeyProblem>(&listed)) return *failed;
    std::vector<Chosen> keys;
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
            keys.begin(), keys.end(), [&](const Chosen& key) { return admits(key, *wanted); });
        if (holders != keys.begin()) keys.erase(holders, keys.end());
    }
    if (keys.size() == 1) return std::move(keys.front());
    return chooseByTouch(std::move(keys));
}

bool SecurityKeys::admits(const Chosen& key, const AssertionRequest& wanted) const {
    const Handle<fido_assert_t> silent(fido_assert_new());
    if (!silent || fill(silent.get(), wanted) != FIDO_OK) return false;
    fido_assert_set_up(silent.get(), FIDO_OPT_FALSE);
    fido_dev_set_timeout(key.device.get(), static_cast<int>(kSilentWait.count()));
    return fido_dev_get_assert(key.device.get(), silent.get(), nullptr) == FIDO_OK;
}

KeyAnswer<SecurityKeys::Chosen> SecurityKeys::chooseByTouch(std::vector<Chosen> keys) {
    std::vector<DeviceInfo> shown;
    for (const Chosen& key : keys) shown.push_back(key.info);
    show(Progress::Step::kChoose, std::move(shown));
    const Deadline deadline = Deadline::after(dialog_.time_out);
    KeyProblem last = problem(KeyTrouble::kTimedOut);
    for (auto key = keys.begin(); key != keys.end();) {
        const int begun = fido_dev_get_touch_begin(key->device.get());
        if (begun != FIDO_OK) last = problemOf(begun);
        key = begun == FIDO_OK ? key + 1 : keys.erase(key);
    }
    std::size_t turn = 0;
    std::optional<Chosen> touched_key;
    while (!keys.empty() && !touched_key && !deadline.passed() && !dialog_.stop.stop_requested()) {
        turn = (turn + 1) % keys.size();
        const auto key = keys.begin() + static_cast<std::ptrdiff_t>(turn);
        const auto asked = SteadyClock::now();
        int touched = 0;
        const int status =
            fido_dev_get_touch_status(key->device.get(), &touched, static_cast<int>(kTurn.count()));
        const bool gone = touched == 0 && SteadyClock::now() - asked < kDeadTurn;
        if (status != FIDO_OK || gone) {
            last = status != FIDO_OK ? problemOf(status) : problem(KeyTrouble::kPulled);
        } else if (touched != 0) {
            touched_key = std::move(*key);
        }
        if (status != FIDO_OK || gone || touched != 0) keys.erase(key);
    }
    for (const Chosen& key : keys) fido_dev_cancel(key.device.get());
    if (touched_key) return *std::move(touched_key);
    if (dialog_.stop.stop_requested()) return problem(KeyTrouble::kCancelled);
    return keys.empty() ? last : problem(KeyTrouble::kTimedOut);
}

}  // namespace sallyport::fido
