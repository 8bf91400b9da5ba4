#pragma once

#include "base/clock.h"
#include "http/descriptor.h"

#include <mutex>
#include <thread>
#include <vector>

namespace sallyport::http {

/// Closes connections whose answer the other end must still be able to read: closing a socket with
/// unread input resets it, and the reset overtakes the answer (RFC 9112 9.6). One thread reads and
/// forgets what still comes, for a second at most. Thread-safe.
class LingeringClose {
  public:
    LingeringClose();
    ~LingeringClose();
    LingeringClose(const LingeringClose&) = delete;
    LingeringClose& operator=(const LingeringClose&) = delete;

    /// Ends our side now and the socket soon. Beyond 128 at a time the socket is closed at once.
    void close(Descriptor socket);

  private:
    struct Closing {
        Descriptor socket;
        Deadline until;
    };

    void run();
    std::vector<Closing> takeNew();
    void wake() const;

    std::mutex mutex_;
    std::vector<Closing> added_;
    std::size_t held_ = 0;
    bool stopping_ = false;
    Descriptor wake_;  ///< eventfd
    std::thread thread_;
};

}  // namespace sallyport::http
