#pragma once

#include "base/json.h"

namespace sallyport::cli {

/// Verifies the evidence of an action with nothing but itself: every touch committed to that action
/// and text, was made by the key that was enrolled, in time, with the person verified, and each
/// approval is another account's. `document` is the bundle that the server hands out
/// (`{"v","id","action","digest","state","evidence":[{"document","event"}]}`), or one of its
/// documents (action/transcript_evidence.h). Whether a key's maker is to be trusted and whether the
/// events stand in the log is for the auditor.
/// Answers `{"verdict":"holds"|"refused","reason"?,"action_id","digest","text","approvals":[..]}`.
/// Never fails: what cannot be read does not hold.
Json checkEvidence(const Json& document);

/// Whether an answer of checkEvidence() holds.
bool holds(const Json& answer);

}  // namespace sallyport::cli
