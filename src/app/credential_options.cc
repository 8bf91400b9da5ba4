#include "app/credential_options.h"

#include "app/attestation.h"
#include "base/channel.h"

namespace sallyport::app {
namespace {

credential::FirstKey firstKeyOf(Profile profile) {
    switch (profile) {
        case Profile::kDev:
            return credential::FirstKey::kSession;
        case Profile::kStandard:
            return credential::FirstKey::kTicket;
        case Profile::kRegulated:
            break;
    }
    return credential::FirstKey::kTicketAndActivation;
}

}  // namespace

Result<credential::Options> credentialOptions(const Config& config,
                                              const Policy& policy,
                                              const std::optional<http::PublicUrl>& public_url) {
    credential::Options options;
    options.rp_id = config.webauthn.rp_id;
    if (options.rp_id.empty()) options.rp_id = public_url ? public_url->host() : "localhost";
    if (public_url) {
        options.origins.push_back(public_url->origin());
        for (const std::string& other : config.webauthn.origins) options.origins.push_back(other);
        if (config.webauthn.cli_origin)
            options.cli_origin = std::string(kCliOriginPrefix) + public_url->origin();
    }
    SALLYPORT_TRY(options.attestation, attestationPolicy(config, policy.profile));
    const bool dev = policy.profile == Profile::kDev;
    options.ask_attestation = !dev;
    options.require_resident = !dev;
    options.first_key = firstKeyOf(policy.profile);
    return options;
}

}  // namespace sallyport::app
