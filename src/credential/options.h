#pragma once

#include "base/channel.h"
#include "base/clock.h"
#include "fido/attestation_trust.h"

#include <optional>
#include <string>
#include <vector>

namespace sallyport::credential {

/// How the first security key of an account comes to be (product.md, profiles).
enum class FirstKey {
    kSession,              ///< from any session of the account that has no key at all
    kTicket,               ///< an enrolment ticket beside the session
    kTicketAndActivation,  ///< the same, and the key is provisional until it is activated
};

/// `session`, `ticket`, `ticket-and-activation`.
std::string_view name(FirstKey first);

/// `[webauthn]` and the profile; built once at start, outlives everything that is given it.
struct Options {
    std::string rp_id;
    std::string rp_name = "Sallyport";
    std::vector<std::string> origins;       ///< of browsers, exact
    std::optional<std::string> cli_origin;  ///< of the workstation client; absent: not served
    fido::AttestationPolicy attestation;
    bool ask_attestation = true;   ///< conveyance `direct`, else `none`
    bool require_resident = true;  ///< `residentKey: required`, else `preferred`
    FirstKey first_key = FirstKey::kTicketAndActivation;
    Duration challenge_life = std::chrono::seconds(120);  ///< at most 300 s
    Duration ticket_life = std::chrono::minutes(10);      ///< at most that (SP 800-63B-4 4.1.2.2)

    /// What the client data of a channel may name as origin; none where it is not served.
    std::vector<std::string> originsOf(Channel channel) const;

    /// SHA-256 over the rules for enrolment: what tickets and ceremonies are bound to, so that a
    /// changed rule voids them. Origins are not among them: they follow the port in `dev`.
    Digest policyDigest() const;
};

}  // namespace sallyport::credential
