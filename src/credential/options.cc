#include "credential/options.h"

#include "base/canonical.h"

namespace sallyport::credential {
namespace {

std::uint64_t number(bool value) {
    return value ? 1 : 0;
}

Digest digestOf(const fido::AttestationPolicy& policy) {
    Canonical canonical("sallyport/attestation-policy/v1");
    canonical.add(number(policy.allow_none))
        .add(number(policy.allow_self))
        .add(number(policy.allow_unlisted))
        .add(number(policy.trust_any_root))
        .add(number(policy.allow_backup_eligible))
        .add(std::uint64_t{policy.min_cred_protect})
        .add(std::uint64_t{policy.min_pin_length});
    for (const fido::Authenticator& model : policy.authenticators) {
        canonical.add(model.aaguid).addOptional(model.denied);
        if (model.min_firmware.has_value()) {
            canonical.add(std::uint64_t{*model.min_firmware});
        } else {
            canonical.addAbsent();
        }
        canonical.add(std::uint64_t{model.roots.size()});
        for (const Bytes& root : model.roots) canonical.add(sha256(root));
    }
    return sha256(canonical.finish());
}

}  // namespace

std::string_view name(FirstKey first) {
    switch (first) {
        case FirstKey::kSession:
            return "session";
        case FirstKey::kTicket:
            return "ticket";
        case FirstKey::kTicketAndActivation:
            return "ticket-and-activation";
    }
    return {};
}

std::vector<std::string> Options::originsOf(Channel channel) const {
    if (channel == Channel::kBrowser) return origins;
    if (!cli_origin.has_value()) return {};
    return {*cli_origin};
}

Digest Options::policyDigest() const {
    Canonical canonical("sallyport/enrolment-policy/v1");
    canonical.add(rp_id).add(name(first_key)).add(digestOf(attestation));
    return sha256(canonical.finish());
}

}  // namespace sallyport::credential
