#pragma once

#include "action/transcript.h"
#include "cli/ceremony_options.h"

namespace sallyport::cli {

/// What a touch would commit to, once it was found to be what the person was shown.
struct CheckedChallenge {
    action::Transcript transcript;
    RequestOptions options;
};

/// What the person knows before he touches: the action document that was shown to him, and who he
/// is.
struct Shown {
    ActionId id;
    std::string text;
    std::string action_digest;  ///< base64url
    AccountId account;
    SessionId session;
    Time now;
};

/// Recomputes the challenge from the transcript that the server sent and compares everything in it
/// with what was shown: the touch must commit to exactly that (`protocols.md` 5). `answer` is that
/// of `POST /api/v1/actions/{id}/challenge`. Errors: kForbidden, naming what differs; kIntegrity
/// for an answer of another form.
Result<CheckedChallenge> checkChallenge(const Json& answer,
                                        const Shown& shown,
                                        const PublicUrl& server);

}  // namespace sallyport::cli
