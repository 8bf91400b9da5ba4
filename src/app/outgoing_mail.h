#pragma once

#include "app/config.h"
#include "mail/transport.h"

#include <memory>

namespace sallyport::app {

/// The transport that the configuration names; `own_host` is how this host names itself. Errors:
/// kInvalidRequest for a password file that is not as it must be, and for mail in clear to another
/// host.
Result<std::unique_ptr<mail::Transport>> openTransport(const Config& config,
                                                       const std::string& own_host);

/// What stands behind the `@` of a Message-ID: the sender's own domain.
std::string mailDomain(const Config& config);

/// Connects to the mail server and reads its greeting, for `doctor`. Errors: kUnavailable.
Status reachMailServer(const Config& config);

}  // namespace sallyport::app
