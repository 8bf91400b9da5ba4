#include "session/requester.h"

#include "base/base64url.h"

namespace sallyport::session {

Result<Digest> bindingOf(const Secret& login_cookie) {
    SALLYPORT_TRY(const Bytes raw, base64url::decode(login_cookie.exposeText(), kLoginCookieSize));
    if (raw.size() != kLoginCookieSize)
        return fail(ErrorCode::kInvalidRequest, "a login cookie has 32 bytes");
    return sha256(raw);
}

std::string countedSource(const Requester& requester) {
    if (!requester.shared_source) return requester.source;
    if (!requester.login_cookie.has_value()) return {};
    const auto binding = bindingOf(*requester.login_cookie);
    return binding ? "browser:" + base64url::encode(*binding) : std::string();
}

}  // namespace sallyport::session
