#pragma once

#include "base/public_url.h"

namespace sallyport::http {

using sallyport::PublicUrl;

}  // namespace sallyport::http
