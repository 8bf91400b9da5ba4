#pragma once

#include "http/response.h"

namespace sallyport::http {

/// What every answer carries. A header that is already there stays: a page brings its own
/// Content-Security-Policy and Cache-Control.
void addSecurityHeaders(Response& response, bool https);

}  // namespace sallyport::http
