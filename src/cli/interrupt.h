#pragma once

#include <csignal>

#include <array>
#include <atomic>

namespace sallyport::cli {

/// As long as it lives, the signals that end a program (Ctrl-C, a closed terminal, SIGTERM) do not
/// end this one at once: they are noted, so that a terminal can be put right and a security key be
/// told. Without one they do what they always do. The newest one notes them; they end in reverse
/// order, in the thread that made them.
class Interrupt {
  public:
    Interrupt();
    ~Interrupt();
    Interrupt(const Interrupt&) = delete;
    Interrupt& operator=(const Interrupt&) = delete;

    bool happened() const { return happened_.load(); }

    /// Readable once a signal came; for any thread.
    int descriptor() const { return ends_[0]; }

  private:
    static void note(int signal);

    static constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

    std::atomic<bool> happened_ = false;
    std::array<int, 2> ends_{-1, -1};
    std::array<struct sigaction, kSignals.size()> before_{};
    std::atomic<bool>* noted_before_ = nullptr;
    int wake_before_ = -1;
};

}  // namespace sallyport::cli
