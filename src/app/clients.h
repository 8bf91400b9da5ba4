#pragma once

#include "app/config.h"
#include "oauth/client.h"

namespace sallyport::app {

/// `[[clients]]` with the keys read from their files. Errors: kInvalidRequest with the place of
/// what is wrong: a key that cannot be used, a client without keys, an id that is there twice, a
/// key or resource of two clients.
Result<oauth::Clients> clientsOf(const Config& config);

}  // namespace sallyport::app
