#include "http/endpoints/client_call.h"

namespace sallyport::http {

Result<std::string_view> bearerOf(std::string_view authorization) {
    constexpr std::string_view kScheme = "bearer ";
    if (authorization.size() <= kScheme.size() ||
        !equalsIgnoringCase(authorization.substr(0, kScheme.size()), kScheme))
        return fail(ErrorCode::kUnauthenticated, "the Authorization header is no Bearer");
    return authorization.substr(kScheme.size());
}

std::function<Result<std::string>(const Request&)> ClientCalls::authorization() const {
    return [calls = *this](const Request& request) -> Result<std::string> {
        const std::string* header = request.headers.find("Authorization");
        if (header == nullptr) return fail(ErrorCode::kUnauthenticated, "no Authorization header");
        SALLYPORT_TRY(const std::string_view bearer, bearerOf(*header));
        SALLYPORT_TRY(const oauth::Client* client,
                      calls.assertions.authenticate(bearer, Deadline::after(calls.deadline)));
        return client->id;
    };
}

const oauth::Client* ClientCalls::clientOf(const Call& call) const {
    return call.client.has_value() ? clients.find(*call.client) : nullptr;
}

}  // namespace sallyport::http
