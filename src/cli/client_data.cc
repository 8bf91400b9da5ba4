#include "cli/client_data.h"

#include "base/base64url.h"
#include "base/channel.h"
#include "base/json.h"

namespace sallyport::cli {

std::string cliOrigin(const PublicUrl& server) {
    return std::string(kCliOriginPrefix) + server.origin();
}

Bytes clientData(Ceremony ceremony, ByteView challenge, const PublicUrl& server) {
    std::string text = R"({"type":)";
    appendJsonString(text, ceremony == Ceremony::kCreate ? "webauthn.create" : "webauthn.get");
    text += R"(,"challenge":)";
    appendJsonString(text, base64url::encode(challenge));
    text += R"(,"origin":)";
    appendJsonString(text, cliOrigin(server));
    text += R"(,"crossOrigin":false})";
    return copyBytes(asBytes(text));
}

bool mayClaim(const PublicUrl& server, std::string_view rp_id) {
    const std::string_view host = server.host();
    if (host == rp_id) return !rp_id.empty();
    return rp_id.find('.') != std::string_view::npos && rp_id.front() != '.' &&
           host.size() > rp_id.size() && host.ends_with(rp_id) &&
           host[host.size() - rp_id.size() - 1] == '.';
}

}  // namespace sallyport::cli
