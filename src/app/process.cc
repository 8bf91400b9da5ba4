#include "app/process.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>

#include <cerrno>
#include <ctime>

namespace sallyport::app {
namespace {

/// Whether every page may be locked: under a limit a later allocation would fail instead.
bool mayLockMemory() {
#ifdef __SANITIZE_ADDRESS__
    return false;  // its shadow memory is larger than the machine
#else
    rlimit limit{};
    return ::getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY;
#endif
}

/// Nobody of our own user may read this memory.
bool forbidDebugger() {
#ifdef __SANITIZE_ADDRESS__
    return true;  // its search for leaks is a debugger
#else
    return ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
#endif
}

}  // namespace

void hardenProcess(Log& log) {
    ::umask(077);
    static_cast<void>(::signal(SIGPIPE, SIG_IGN));
    const rlimit none{0, 0};
    if (::setrlimit(RLIMIT_CORE, &none) != 0 || !forbidDebugger())
        log.warning("process.dumpable", {{"errno", errno}});
    if (mayLockMemory() && ::mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0)
        log.warning("process.memory_not_locked", {{"errno", errno}});
}

StopSignals::StopSignals() {
    ::sigemptyset(&signals_);
    ::sigaddset(&signals_, SIGTERM);
    ::sigaddset(&signals_, SIGINT);
    ::pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
}

std::optional<int> StopSignals::take(Duration wait) const {
    constexpr std::int64_t kMicrosPerSecond = 1'000'000;
    const timespec time{wait.count() / kMicrosPerSecond, wait.count() % kMicrosPerSecond * 1000};
    const int signal = ::sigtimedwait(&signals_, nullptr, &time);
    if (signal < 0) return std::nullopt;
    return signal;
}

void ServiceManager::ready() {
    ::sd_notify(0, "READY=1");
}

void ServiceManager::stopping() {
    ::sd_notify(0, "STOPPING=1");
}

void ServiceManager::alive() {
    ::sd_notify(0, "WATCHDOG=1");
}

std::optional<Duration> ServiceManager::aliveInterval() {
    std::uint64_t micros = 0;
    if (::sd_watchdog_enabled(0, &micros) <= 0) return std::nullopt;
    return Duration(static_cast<std::int64_t>(micros / 2));
}

}  // namespace sallyport::app
