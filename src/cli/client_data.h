#pragma once

#include "base/bytes.h"
#include "base/public_url.h"

#include <string>

namespace sallyport::cli {

enum class Ceremony { kCreate, kGet };

/// What this program writes as origin: `sallyport-cli:https://login.example.org`, which no browser
/// can produce.
std::string cliOrigin(const PublicUrl& server);

/// The client data of this program, serialized as WebAuthn L3 5.8.1.1 says.
Bytes clientData(Ceremony ceremony, ByteView challenge, const PublicUrl& server);

/// Whether a server may use credentials of `rp_id`: its own host, or a domain above it
/// (WebAuthn L3 5.1.3 step 8), never a top-level one.
bool mayClaim(const PublicUrl& server, std::string_view rp_id);

}  // namespace sallyport::cli
