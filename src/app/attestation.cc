#include "app/attestation.h"

#include "app/config_schema.h"
#include "app/text_file.h"
#include "fido/pem.h"

#include <algorithm>

namespace sallyport::app {
namespace {

/// Errors: the text for config.refuse().
Result<std::vector<Bytes>> readRoots(const std::string& path) {
    SALLYPORT_TRY(const std::string text, readTextFile(path));
    auto roots = fido::certificatesFromPem(text);
    if (!roots) return fail(ErrorCode::kInvalidRequest, path + ": " + roots.error().detail);
    return roots;
}

bool allows(const Config::Texts& formats, std::string_view format) {
    return std::find(formats.begin(), formats.end(), format) != formats.end();
}

}  // namespace

Result<fido::AttestationPolicy> attestationPolicy(const Config& config, Profile profile) {
    const bool open = profile != Profile::kRegulated;
    const Config::Webauthn& webauthn = config.webauthn;
    const Config::Texts formats = webauthn.attestation.value_or(
        open ? Config::Texts{"none", "self", "packed"} : Config::Texts{"packed"});
    fido::AttestationPolicy policy;
    policy.allow_none = allows(formats, "none");
    policy.allow_self = allows(formats, "self");
    policy.allow_unlisted = webauthn.unlisted.value_or(open);
    policy.allow_backup_eligible = webauthn.synced.value_or(open);
    for (std::size_t i = 0; i < webauthn.authenticators.size(); ++i) {
        const Config::Authenticator& listed = webauthn.authenticators[i];
        const std::string place = "webauthn.authenticators[" + std::to_string(i) + "]";
        fido::Authenticator authenticator;
        SALLYPORT_TRY(authenticator.aaguid, fido::aaguidFromText(listed.aaguid));
        if (policy.find(authenticator.aaguid) != nullptr)
            return config.refuse(place + ".aaguid", "this model is there twice");
        authenticator.name = listed.name;
        auto roots = readRoots(listed.roots);
        if (!roots) return config.refuse(place + ".roots", roots.error().detail);
        authenticator.roots = *std::move(roots);
        if (!listed.denied.empty()) authenticator.denied = listed.denied;
        authenticator.min_firmware = firmwareFromText(listed.min_firmware);
        policy.authenticators.push_back(std::move(authenticator));
    }
    return policy;
}

}  // namespace sallyport::app
