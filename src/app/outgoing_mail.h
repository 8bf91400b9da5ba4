#pragma once

#include "app/config.h"
#include "http/public_url.h"
#include "mail/transport.h"

#include <memory>

namespace sallyport::app {

/// The transport that the configuration names. Errors: kInvalidRequest for a password file that is
/// not as it must be, and for mail in clear to another host.
Result<std::unique_ptr<mail::Transport>> openTransport(const Config& config,
                                                       const http::PublicUrl& public_url);

}  // namespace sallyport::app
