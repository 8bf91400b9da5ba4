#pragma once

#include "base/json.h"
#include "http/cookies.h"
#include "http/headers.h"

namespace sallyport::http {

/// One answer. Move-only. Security headers, Content-Length, Date and Connection are added on its
/// way out; a header that is already here is kept, so that a page brings its own
/// Content-Security-Policy and Cache-Control.
struct Response {
    int status = 200;
    Headers headers;
    std::string body;
    std::vector<SetCookie> cookies;

    /// `application/json`.
    static Response json(int status, const Json& document);

    static Response noContent() { return empty(204); }

    static Response empty(int status);

    /// 303 to one of our own paths.
    static Response seeOther(std::string path);
};

}  // namespace sallyport::http
