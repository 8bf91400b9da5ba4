#include "cli/interrupt.h"

#include "base/result.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace sallyport::cli {
namespace {

/// What a handler can reach; both are lock-free.
std::atomic<std::atomic<bool>*> noted = nullptr;
std::atomic<int> wake = -1;

static_assert(std::atomic<std::atomic<bool>*>::is_always_lock_free &&
              std::atomic<int>::is_always_lock_free);

}  // namespace

Interrupt::Interrupt() {
    SALLYPORT_ASSERT(::pipe2(ends_.data(), O_CLOEXEC | O_NONBLOCK) == 0);
    noted_before_ = noted.exchange(&happened_);
    wake_before_ = wake.exchange(ends_[1]);

    struct sigaction action {};

    action.sa_handler = &Interrupt::note;
    sigemptyset(&action.sa_mask);
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
        ::sigaction(kSignals[i], nullptr, &before_[i]);
        // Who started us with a signal ignored (nohup) means it.
        if (before_[i].sa_handler != SIG_IGN) ::sigaction(kSignals[i], &action, nullptr);
    }
}

Interrupt::~Interrupt() {
    for (std::size_t i = 0; i < kSignals.size(); ++i)
        ::sigaction(kSignals[i], &before_[i], nullptr);
    wake = wake_before_;
    noted = noted_before_;
    ::close(ends_[0]);
    ::close(ends_[1]);
}

void Interrupt::note(int) {
    const int saved = errno;
    if (std::atomic<bool>* const flag = noted.load()) flag->store(true);
    const char byte = 0;
    if (const int descriptor = wake.load(); descriptor >= 0)
        static_cast<void>(!::write(descriptor, &byte, 1));
    errno = saved;
}

}  // namespace sallyport::cli
