#pragma once

#include "base/clock.h"
#include "http/response.h"

namespace sallyport::http {

/// The bytes of an answer (RFC 9112 4, 5, 6): status line, Date, its headers, Content-Length,
/// Connection. `head_only` leaves the body out and its length in, for HEAD. A header with a control
/// byte is left out: it could only split the answer.
std::string writeResponse(const Response& response, Time now, bool head_only, bool keep_alive);

}  // namespace sallyport::http
