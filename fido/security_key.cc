#include "fido/security_key.h"

#include "fido/security_key_handles.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace sallyport::fido {

namespace {

using std::chrono::milliseconds;

/// While it lives, a request to stop makes the key stop: a CTAPHID_CANCEL, again and again, because
/// one that comes before the command is ignored (CTAP 2.1 section 11.2.9.1.5).
class Canceller {
  public:
    Canceller(fido_dev_t* dev, const std::stop_token& stop) {
        if (stop.stop_possible()) thread_ = std::thread([this, dev, stop] { run(dev, stop); });
    }

    Canceller(const Canceller&) = delete;
    Canceller& operator=(const Canceller&) = delete;

    ~Canceller() {
        {
            const std::lock_guard<std::mutex> lock(mutex_);
            finished_ = true;
        }
        changed_.notify_all();
        if (thread_.joinable()) thread_.join();
    }

  private:
    void run(fido_dev_t* dev, const std::stop_token& stop) {
        constexpr milliseconds kAgain{100};
        std::unique_lock<std::mutex> lock(mutex_);
        changed_.wait(lock, stop, [this] { return finished_; });
        while (!finished_) {
            fido_dev_cancel(dev);
            changed_.wait_for(lock, kAgain, [this] { return finished_; });
        }
    }

    std::mutex mutex_;
    std::condition_variable_any changed_;
    bool finished_ = false;
    std::thread thread_;
};

Bytes copied(const unsigned char* from, std::size_t size) {
    return from == nullptr ? Bytes() : Bytes(from, from + size);
}

std::optional<int> retriesOf(fido_dev_t* dev) {
    int left = 0;
    if (fido_dev_get_retry_count(dev, &left) != FIDO_OK) return std::nullopt;
    return left;
}

/// Whether the PIN goes on where this ended.
bool pinHelps(int fido_error) {
    return fido_error == FIDO_ERR_PIN_REQUIRED || fido_error == FIDO_ERR_UV_INVALID ||
           fido_error == FIDO_ERR_UV_BLOCKED;
}

/// The first that the key knows. One that names none knows ES256 (CTAP 2.0 had no list).
std::optional<Algorithm> algorithmFor(const KeyInfo& info, const std::vector<Algorithm>& wanted) {
    const auto known = [&](Algorithm algorithm) {
        if (info.algorithms.empty()) return algorithm == Algorithm::kEs256;
        return std::find(info.algorithms.begin(),
                         info.algorithms.end(),
                         static_cast<std::int64_t>(algorithm)) != info.algorithms.end();
    };
    const auto found = std::find_if(wanted.begin(), wanted.end(), known);
    return found == wanted.end() ? std::nullopt : std::optional(*found);
}

KeyAssertion assertionOf(const fido_assert_t* statement,
                         std::size_t index,
                         const AssertionRequest& request) {
    KeyAssertion out;
    out.id = copied(fido_assert_id_ptr(statement, index), fido_assert_id_len(statement, index));
    // CTAP 2.0 lets a key leave the id out when the allow list had one entry.
    if (out.id.empty() && request.allow.size() == 1) out.id = request.allow.front();
    out.client_data_json = request.client_data_json;
    out.authenticator_data = authenticatorDataOf(statement, index);
    out.signature =
        copied(fido_assert_sig_ptr(statement, index), fido_assert_sig_len(statement, index));
    Bytes user = copied(fido_assert_user_id_ptr(statement, index),
                        fido_assert_user_id_len(statement, index));
    if (!user.empty()) out.user_handle = std::move(user);
    return out;
}

}  // namespace

void SecurityKeys::show(Progress::Step step, std::vector<DeviceInfo> devices) const {
    if (dialog_.progress) dialog_.progress({step, std::move(devices)});
}

int SecurityKeys::blocking(const OpenKey& key, const std::function<int()>& call) {
    // libfido2 counts whole milliseconds and may end a little before its time.
    constexpr milliseconds kEarly{20};
    if (dialog_.stop.stop_requested()) return FIDO_ERR_KEEPALIVE_CANCEL;
    const auto limit = std::chrono::duration_cast<milliseconds>(dialog_.time_out);
    const Deadline deadline = Deadline::after(limit - kEarly);
    fido_dev_set_timeout(key.device.get(), static_cast<int>(limit.count()));
    int result = FIDO_OK;
    {
        const Canceller canceller(key.device.get(), dialog_.stop);
        result = call();
    }
    deadline_passed_ = deadline.passed();
    // So that it does not blink for nobody.
    if (result == FIDO_ERR_RX && deadline_passed_) fido_dev_cancel(key.device.get());
    return result;
}

bool SecurityKeys::gone(const OpenKey& key) {
    const auto listed = source_.list();
    const auto* devices = std::get_if<std::vector<DeviceInfo>>(&listed);
    return devices != nullptr &&
           std::none_of(devices->begin(), devices->end(), [&](const DeviceInfo& each) {
               return each.path == key.info.path;
           });
}

KeyProblem SecurityKeys::explain(const OpenKey& key, int fido_error) {
    KeyProblem out = problemOf(fido_error);
    // While it agrees on a key for the PIN, libfido2 1.12 says INTERNAL for a device that is
    // silent.
    const bool silent = out.trouble == KeyTrouble::kPulled || fido_error == FIDO_ERR_INTERNAL;
    if (dialog_.stop.stop_requested()) {
        out.trouble = KeyTrouble::kCancelled;
    } else if (silent && deadline_passed_) {
        out.trouble = KeyTrouble::kTimedOut;
    } else if (silent && gone(key)) {
        out.trouble = KeyTrouble::kPulled;
    } else if (out.trouble == KeyTrouble::kPinPaused) {
        out.retries_left = retriesOf(key.device.get());
    }
    return out;
}

std::optional<KeyProblem> SecurityKeys::withPin(const OpenKey& key,
                                                PinRequest request,
                                                const Operation& run) {
    if (!dialog_.pin) return problem(KeyTrouble::kPinNeeded);
    request.device = key.info;
    while (true) {
        request.retries_left = retriesOf(key.device.get());
        if (request.retries_left == 0) return problem(KeyTrouble::kPinBlocked);
        const std::optional<Secret> typed = dialog_.pin(request);
        if (!typed || dialog_.stop.stop_requested()) return problem(KeyTrouble::kCancelled);
        const auto pin = PinText::from(*typed);
        if (!pin) return problem(KeyTrouble::kPinUnfit);
        const int result = run(pin->get());
        if (result == FIDO_OK) return std::nullopt;
        if (result != FIDO_ERR_PIN_INVALID) return explain(key, result);
        request.last_was_wrong = true;
    }
}

std::optional<KeyProblem> SecurityKeys::verified(const OpenKey& key,
                                                 UserVerification verification,
                                                 const VerifiedOperation& run) {
    fido_dev_t* dev = key.device.get();
    const bool pin = fido_dev_has_pin(dev);
    const bool sensor = fido_dev_has_uv(dev);
    const KeyProblem missing = problem(
        fido_dev_supports_pin(dev) ? KeyTrouble::kPinNotSet : KeyTrouble::kVerificationImpossible);
    if (verification == UserVerification::kRequired && !pin && !sensor) return missing;
    const bool wanted = verification != UserVerification::kDiscouraged && (pin || sensor);
    const auto attempt = [&](const char* text, bool by_sensor) {
        return blocking(key, [&] {
            show(Progress::Step::kTouch, {key.info});
            return run(text, by_sensor);
        });
    };
    if (!wanted || sensor) {
        const int result = attempt(nullptr, wanted);
        if (result == FIDO_OK) return std::nullopt;
        if (result == FIDO_ERR_PIN_REQUIRED && !pin) return missing;
        if (!pin || !pinHelps(result)) return explain(key, result);
    }
    return withPin(key, {}, [&](const char* text) { return attempt(text, false); });
}

KeyAnswer<NewCredential> SecurityKeys::makeCredential(const CredentialRequest& request,
                                                      const std::optional<std::string>& path) {
    auto chosen = choose(path, nullptr);
    if (const auto* failed = std::get_if<KeyProblem>(&chosen)) return *failed;
    const auto& key = std::get<OpenKey>(chosen);
    const auto info = describe(key);
    if (const auto* failed = std::get_if<KeyProblem>(&info)) return *failed;
    const auto algorithm = algorithmFor(std::get<KeyInfo>(info), request.algorithms);
    if (!algorithm) return problem(KeyTrouble::kUnsupported);
    const Handle<fido_cred_t> cred(fido_cred_new());
    if (!cred) return problem(KeyTrouble::kOurFault);
    const int filled = fill(cred.get(), key.device.get(), request, static_cast<int>(*algorithm));
    if (filled != FIDO_OK) return problemOf(filled);
    const auto failed = verified(key, request.user_verification, [&](const char* pin, bool sensor) {
        fido_cred_set_uv(cred.get(), sensor ? FIDO_OPT_TRUE : FIDO_OPT_OMIT);
        return fido_dev_make_cred(key.device.get(), cred.get(), pin);
    });
    if (failed) return *failed;
    NewCredential made;
    made.id = copied(fido_cred_id_ptr(cred.get()), fido_cred_id_len(cred.get()));
    made.client_data_json = request.client_data_json;
    made.attestation_object = attestationObjectOf(cred.get());
    made.transports = {"usb"};
    made.device = key.info;
    if (made.attestation_object.empty()) return problem(KeyTrouble::kGarbled);
    return made;
}

KeyAnswer<std::vector<KeyAssertion>> SecurityKeys::getAssertion(
    const AssertionRequest& request, const std::optional<std::string>& path) {
    auto chosen = choose(path, &request);
    if (const auto* failed = std::get_if<KeyProblem>(&chosen)) return *failed;
    const auto& key = std::get<OpenKey>(chosen);
    const Handle<fido_assert_t> statement(fido_assert_new());
    if (!statement) return problem(KeyTrouble::kOurFault);
    if (const int filled = fill(statement.get(), request); filled != FIDO_OK) {
        return problemOf(filled);
    }
    const auto failed = verified(key, request.user_verification, [&](const char* pin, bool sensor) {
        fido_assert_set_uv(statement.get(), sensor ? FIDO_OPT_TRUE : FIDO_OPT_OMIT);
        return fido_dev_get_assert(key.device.get(), statement.get(), pin);
    });
    if (failed) return *failed;
    std::vector<KeyAssertion> made;
    for (std::size_t i = 0; i < fido_assert_count(statement.get()); ++i) {
        made.push_back(assertionOf(statement.get(), i, request));
        if (made.back().authenticator_data.empty()) return problem(KeyTrouble::kGarbled);
    }
    if (made.empty()) return problem(KeyTrouble::kGarbled);
    return made;
}

KeyAnswer<KeyInfo> SecurityKeys::info(const std::string& path) {
    auto chosen = choose(path, nullptr);
    if (const auto* failed = std::get_if<KeyProblem>(&chosen)) return *failed;
    return describe(std::get<OpenKey>(chosen));
}

KeyAnswer<KeyInfo> SecurityKeys::describe(const OpenKey& key) const {
    fido_dev_t* dev = key.device.get();
    const Handle<fido_cbor_info_t> told(fido_cbor_info_new());
    if (!told) return problem(KeyTrouble::kOurFault);
    fido_dev_set_timeout(
        dev, static_cast<int>(std::chrono::duration_cast<milliseconds>(dialog_.time_out).count()));
    if (const int result = fido_dev_get_cbor_info(dev, told.get()); result != FIDO_OK) {
        return problemOf(result);
    }
    KeyInfo info;
    info.device = key.info;
    const unsigned char* aaguid = fido_cbor_info_aaguid_ptr(told.get());
    if (fido_cbor_info_aaguid_len(told.get()) == info.aaguid.size()) {
        std::copy(aaguid, aaguid + info.aaguid.size(), info.aaguid.begin());
    }
    info.firmware = std::to_string(fido_dev_major(dev)) + "." +
                    std::to_string(fido_dev_minor(dev)) + "." + std::to_string(fido_dev_build(dev));
    info.supports_pin = fido_dev_supports_pin(dev);
    info.pin_set = fido_dev_has_pin(dev);
    if (info.pin_set) info.pin_retries = retriesOf(dev);
    if (const auto length = fido_cbor_info_minpinlen(told.get()); length != 0) {
        info.min_pin_length = length;
    }
    info.pin_change_forced = fido_cbor_info_new_pin_required(told.get());
    info.reads_fingers = fido_dev_has_uv(dev);
    const bool* values = fido_cbor_info_options_value_ptr(told.get());
    char** names = fido_cbor_info_options_name_ptr(told.get());
    for (std::size_t i = 0; i < fido_cbor_info_options_len(told.get()); ++i) {
        if (std::string_view(names[i]) == "alwaysUv") info.always_verifies = values[i];
    }
    for (std::size_t i = 0; i < fido_cbor_info_algorithm_count(told.get()); ++i) {
        info.algorithms.push_back(fido_cbor_info_algorithm_cose(told.get(), i));
    }
    return info;
}

KeyAnswer<KeyInfo> SecurityKeys::changePin(const std::optional<std::string>& path) {
    auto chosen = choose(path, nullptr);
    if (const auto* failed = std::get_if<KeyProblem>(&chosen)) return *failed;
    const auto& key = std::get<OpenKey>(chosen);
    if (!fido_dev_supports_pin(key.device.get())) {
        return problem(KeyTrouble::kVerificationImpossible);
    }
    const auto before = describe(key);
    if (const auto* failed = std::get_if<KeyProblem>(&before)) return *failed;
    PinRequest fresh;
    fresh.purpose = PinRequest::Purpose::kNew;
    fresh.device = key.info;
    fresh.min_length = std::get<KeyInfo>(before).min_pin_length;
    const bool set = fido_dev_has_pin(key.device.get());
    const auto failed = set ? changeCurrent(key, fresh) : setFirst(key, fresh);
    if (failed) return *failed;
    return describe(key);
}

KeyAnswer<std::unique_ptr<const PinText>> SecurityKeys::askNew(const PinRequest& fresh) const {
    const std::optional<Secret> typed = dialog_.pin ? dialog_.pin(fresh) : std::nullopt;
    if (!typed) return problem(KeyTrouble::kCancelled);
    auto text = PinText::from(*typed);
    if (!text) return problem(KeyTrouble::kPinUnfit);
    return text;
}

std::optional<KeyProblem> SecurityKeys::setFirst(const OpenKey& key, const PinRequest& fresh) {
    const auto asked = askNew(fresh);
    if (const auto* failed = std::get_if<KeyProblem>(&asked)) return *failed;
    const char* text = std::get<std::unique_ptr<const PinText>>(asked)->get();
    const int result =
        blocking(key, [&] { return fido_dev_set_pin(key.device.get(), text, nullptr); });
    return result == FIDO_OK ? std::nullopt : std::optional(explain(key, result));
}

std::optional<KeyProblem> SecurityKeys::changeCurrent(const OpenKey& key, const PinRequest& fresh) {
    PinRequest current;
    current.purpose = PinRequest::Purpose::kCurrent;
    // The new one is asked for once, also when the current one needs several attempts.
    std::optional<KeyAnswer<std::unique_ptr<const PinText>>> asked;
    const auto failed = withPin(key, current, [&](const char* old) {
        if (!asked) asked = askNew(fresh);
        const auto* text = std::get_if<std::unique_ptr<const PinText>>(&*asked);
        if (text == nullptr) return FIDO_ERR_KEEPALIVE_CANCEL;
        return blocking(key,
                        [&] { return fido_dev_set_pin(key.device.get(), (*text)->get(), old); });
    });
    const auto* refused = asked ? std::get_if<KeyProblem>(&*asked) : nullptr;
    return refused != nullptr ? std::optional(*refused) : failed;
}

}  // namespace sallyport::fido
