#include "cli/key_dialog.h"

#include "cli/printable.h"

#include <poll.h>

#include <array>

namespace sallyport::cli {
namespace {

/// From here on a person should know how many tries are left before he types.
constexpr int kFewRetries = 3;
constexpr int kMostMismatches = 3;
constexpr int kTickMilliseconds = 250;

std::string nameOf(const fido::DeviceInfo& device) {
    const std::string name = printable(device.product.empty() ? device.path : device.product);
    return name.empty() ? "security key" : name;
}

std::string tries(int left) {
    return left == 1 ? "1 try is left" : std::to_string(left) + " tries are left";
}

}  // namespace

KeyDialog::KeyDialog(Terminal& terminal, Duration time_out)
    : terminal_(terminal),
      time_out_(time_out),
      watcher_([this](const std::stop_token& end) { watch(end); }) {}

KeyDialog::~KeyDialog() {
    watcher_.request_stop();
    watcher_.join();
    hide();
}

fido::Dialog KeyDialog::dialog() {
    fido::Dialog dialog;
    dialog.pin = [this](const fido::PinRequest& request) {
        hide();
        return request.purpose == fido::PinRequest::Purpose::kNew ? askNewPin(request)
                                                                  : askPin(request);
    };
    dialog.progress = [this](const fido::Progress& progress) { show(progress); };
    dialog.stop = stop_.get_token();
    dialog.time_out = time_out_;
    return dialog;
}

std::optional<Secret> KeyDialog::askPin(const fido::PinRequest& request) {
    if (request.last_was_wrong) terminal_.notice("That PIN is wrong.");
    if (request.retries_left && (request.last_was_wrong || *request.retries_left <= kFewRetries)) {
        terminal_.notice(tries(*request.retries_left) +
                         " before the key blocks its PIN; then only a reset of the key helps, "
                         "which erases it.");
    }
    const bool change = request.purpose == fido::PinRequest::Purpose::kCurrent;
    auto typed = terminal_.askSecret((change ? "Current PIN of " : "PIN of ") +
                                     nameOf(request.device) + ": ");
    if (!typed) {
        if (typed.error().code == ErrorCode::kInvalidRequest)
            terminal_.notice("The PIN of the key is needed, and there is no terminal to ask on.");
        return std::nullopt;
    }
    return std::move(*typed);
}

std::optional<Secret> KeyDialog::askNewPin(const fido::PinRequest& request) {
    const std::string question = "New PIN of " + nameOf(request.device) + " (at least " +
                                 std::to_string(request.min_length) + " characters): ";
    for (int i = 0; i < kMostMismatches; ++i) {
        auto first = terminal_.askSecret(question);
        if (!first) return std::nullopt;
        const auto second = terminal_.askSecret("The same again: ");
        if (!second) return std::nullopt;
        if (*first == *second) return std::move(*first);
        terminal_.notice("Those two differ.");
    }
    return std::nullopt;
}

void KeyDialog::show(const fido::Progress& progress) {
    const bool choose = progress.step == fido::Progress::Step::kChoose;
    const std::lock_guard lock(mutex_);
    waiting_for_ = choose
                       ? "Several keys blink: touch the one that you want"
                       : "Touch " + (progress.devices.empty() ? std::string("your security key")
                                                              : nameOf(progress.devices.front()));
    until_ = Deadline::after(time_out_);
    terminal_.progress(waiting_for_);
}

void KeyDialog::hide() {
    const std::lock_guard lock(mutex_);
    waiting_for_.clear();
    terminal_.endProgress();
}

void KeyDialog::watch(const std::stop_token& end) {
    while (!end.stop_requested()) {
        pollfd signal{interrupt_.descriptor(), POLLIN, 0};
        ::poll(&signal, 1, kTickMilliseconds);
        if (interrupt_.happened()) {
            stop_.request_stop();
            return;
        }
        const std::lock_guard lock(mutex_);
        if (waiting_for_.empty()) continue;
        const auto left = std::chrono::ceil<std::chrono::seconds>(until_->remaining()).count();
        terminal_.progress(waiting_for_ + "  (" + std::to_string(left) + " s, Ctrl-C gives up)");
    }
}

Error errorOf(const fido::KeyProblem& problem) {
    if (problem.trouble == fido::KeyTrouble::kCancelled) return givenUp();
    return fail(problem.error().code, problem.sentence());
}

}  // namespace sallyport::cli
