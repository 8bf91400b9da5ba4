#pragma once

#include "http/request_guard.h"

namespace sallyport::http {

/// What a connection hands its requests to. Thread-safe; never throws.
class RequestHandler {
  public:
    virtual ~RequestHandler() = default;

    /// The whole answer, cookies written into its headers.
    virtual Response handle(Request request) = 0;

    /// For what the guard refused and for connections beyond the caps; the connection closes after
    /// it.
    virtual Response refuse(const Refusal& refusal) = 0;
};

}  // namespace sallyport::http
