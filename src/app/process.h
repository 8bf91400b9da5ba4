#pragma once

#include "base/clock.h"
#include "base/log.h"

#include <csignal>

#include <optional>

namespace sallyport::app {

/// Files of ours for nobody else, no core dump, no debugger, no SIGPIPE, and no memory in swap
/// where the system allows to lock it. Before any thread.
void hardenProcess(Log& log);

/// SIGTERM and SIGINT as events of one thread: blocked everywhere, taken here, no work in handlers.
/// Made before any other thread, because threads inherit the mask.
class StopSignals {
  public:
    StopSignals();

    /// The number of the signal, or nothing when `wait` has passed.
    std::optional<int> take(Duration wait) const;

  private:
    sigset_t signals_{};
};

/// What systemd wants to know (sd_notify(3)); silent without it.
class ServiceManager {
  public:
    static void ready();
    static void stopping();
    static void alive();

    /// Half of what the watchdog allows between two alive(); absent without a watchdog.
    static std::optional<Duration> aliveInterval();
};

}  // namespace sallyport::app
