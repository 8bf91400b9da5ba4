#include "cli/approval.h"

#include "base/base64url.h"
#include "cli/client_data.h"
#include "cli/service.h"

namespace sallyport::cli {
namespace {

Error differs(std::string_view what) {
    return fail(ErrorCode::kForbidden,
                "Refused: " + std::string(what) +
                    ". Nothing was signed. Tell whoever runs the server, and do not try again "
                    "before it is understood.");
}

Status compare(const action::Transcript& transcript, const Shown& shown) {
    if (transcript.id != shown.id) return differs("the server asks to approve another action");
    SALLYPORT_TRY(const Digest digest, transcript.action.digest());
    if (base64url::encode(digest) != shown.action_digest)
        return differs("the action is not the one that was shown a moment ago");
    if (transcript.text != shown.text)
        return differs("the text is not the one that was shown a moment ago");
    if (transcript.account != shown.account)
        return differs("the approval would count for another account");
    if (transcript.session_hash != action::sessionHash(shown.session))
        return differs("the approval would count for another session");
    if (transcript.channel != Channel::kCli)
        return differs("the approval would not be marked as given at a workstation");
    if (transcript.expires <= shown.now) {
        return fail(ErrorCode::kGone,
                    "The server's question has expired already. Is the clock of this workstation "
                    "right? Try again.");
    }
    return {};
}

}  // namespace

Result<CheckedChallenge> checkChallenge(const Json& answer,
                                        const Shown& shown,
                                        const PublicUrl& server) {
    SALLYPORT_TRY(const Json* options_json, memberFrom(answer, "publicKey"));
    SALLYPORT_TRY(const Json* transcript_json, memberFrom(answer, "transcript"));
    SALLYPORT_TRY(RequestOptions options, RequestOptions::parse(*options_json, server));
    auto transcript = action::Transcript::fromJson(*transcript_json);
    if (!transcript)
        return differs("what would be signed cannot be read (" + transcript.error().detail + ")");
    SALLYPORT_TRY(const Digest challenge, transcript->challenge());
    if (!constantTimeEquals(challenge, options.challenge))
        return differs("the challenge does not commit to what the server says it does");
    SALLYPORT_CHECK(compare(*transcript, shown));
    return CheckedChallenge{*std::move(transcript), std::move(options)};
}

}  // namespace sallyport::cli
