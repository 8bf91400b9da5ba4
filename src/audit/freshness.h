#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <string_view>

namespace sallyport::audit {

/// Is this version of a sealed row the newest that the log knows? A seal alone cannot say so: an
/// editor of the database may bring back an older row with its older, right seal. The answer comes
/// from the log head that the mint anchors (`protocols.md` 8); without that head every version is
/// taken for current, and the threat model names what this leaves open. Errors: kIntegrity for a
/// row that is not the newest.
Status isCurrent(std::string_view table, const Bytes& key, std::uint64_t version);

}  // namespace sallyport::audit
