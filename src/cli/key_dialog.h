#pragma once

#include "cli/interrupt.h"
#include "cli/terminal.h"
#include "fido/security_key.h"

#include <mutex>
#include <thread>

namespace sallyport::cli {

/// One operation with a security key, and the person at the terminal: asks for PINs, shows for how
/// long a touch is waited for, and tells the key when the person gives up (Ctrl-C).
class KeyDialog {
  public:
    KeyDialog(Terminal& terminal, Duration time_out);
    ~KeyDialog();
    KeyDialog(const KeyDialog&) = delete;
    KeyDialog& operator=(const KeyDialog&) = delete;

    /// For fido::SecurityKeys; must not outlive this.
    fido::Dialog dialog();

  private:
    std::optional<Secret> askPin(const fido::PinRequest& request);
    std::optional<Secret> askNewPin(const fido::PinRequest& request);
    void show(const fido::Progress& progress);
    void hide();
    void watch(const std::stop_token& end);

    Terminal& terminal_;
    Duration time_out_;
    Interrupt interrupt_;
    std::stop_source stop_;
    std::mutex mutex_;
    std::string waiting_for_;  ///< guarded by mutex_; empty: for nothing
    std::optional<Deadline> until_;
    std::jthread watcher_;
};

/// What went wrong, for the person; kGone if it was he who gave up.
Error errorOf(const fido::KeyProblem& problem);

/// The value, or errorOf() the problem.
template <class T>
Result<T> resultOf(fido::KeyAnswer<T> answer) {
    if (const auto* problem = std::get_if<fido::KeyProblem>(&answer)) return errorOf(*problem);
    return std::get<T>(std::move(answer));
}

}  // namespace sallyport::cli
