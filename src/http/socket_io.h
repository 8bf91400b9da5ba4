#pragma once

#include "base/clock.h"

#include <string>
#include <string_view>

/// Reading and writing a socket until a point in time, however the bytes trickle. Sockets may be
/// blocking.
namespace sallyport::http {

enum class Io {
    kDone,
    kClosed,   ///< the other end closed, or the connection failed
    kTimeout,  ///< the deadline passed
    kNothing,  ///< receiveNow(): no bytes yet
};

/// Appends what is there, at most `most` bytes. Never waits.
Io receiveNow(int socket, std::string& buffer, std::size_t most);

/// Waits for bytes (or for the end of input) and does not take them.
Io awaitInput(int socket, Deadline deadline);

/// Sends all of it.
Io sendAll(int socket, std::string_view bytes, Deadline deadline);

}  // namespace sallyport::http
