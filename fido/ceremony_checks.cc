#include "fido/ceremony_checks.h"

#include <algorithm>

namespace sallyport::fido {

Verdict checkType(const ClientData& client_data, std::string_view expected) {
    if (client_data.type == expected) return {};
    return refuse("wrong_type", "client data is of another ceremony");
}

Verdict checkChallenge(const ClientData& client_data, ByteView expected) {
    if (constantTimeEquals(client_data.challenge, expected)) return {};
    return refuse("wrong_challenge", "not the challenge of this ceremony");
}

Verdict checkOrigin(const ClientData& client_data, const std::vector<std::string>& origins) {
    if (std::find(origins.begin(), origins.end(), client_data.origin) != origins.end()) return {};
    return refuse("wrong_origin", "an origin that was not expected");
}

Verdict checkEmbedding(const ClientData& client_data) {
    if (client_data.cross_origin) return refuse("cross_origin", "made inside another site's page");
    if (client_data.has_top_origin) return refuse("cross_origin", "names a top origin");
    return {};
}

Verdict checkRpId(const AuthenticatorData& data, std::string_view rp_id) {
    if (data.rp_id_hash == sha256(asBytes(rp_id))) return {};
    return refuse("wrong_rp_id", "made for another relying party");
}

Verdict checkUserPresent(const AuthenticatorData& data) {
    if (data.user_present) return {};
    return refuse("user_not_present", "flag UP is not set");
}

Verdict checkUserVerified(const AuthenticatorData& data, UserVerification wanted) {
    if (data.user_verified || wanted != UserVerification::kRequired) return {};
    return refuse("user_not_verified", "flag UV is not set");
}

Verdict checkBackupState(const AuthenticatorData& data) {
    if (data.backup_eligible || !data.backed_up) return {};
    return refuse("backup_flags", "flag BS is set without BE");
}

}  // namespace sallyport::fido
