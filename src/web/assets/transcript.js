// Whether a key would sign what this page shows, and nothing else.

import { canonicalJson, encode, fromBase64url, sha256, toBase64url, utf8 } from "./canonical.js";

export async function actionDigest(action) {
    return sha256(utf8(canonicalJson(action)));
}

/// The challenge that a transcript stands for, in base64url. Throws for a transcript that is none.
export async function challengeOf(transcript) {
    return toBase64url(await sha256(encode("sallyport/approval/v1", [
        fromBase64url(transcript.nonce),
        fromBase64url(transcript.action_id),
        await actionDigest(transcript.action),
        transcript.locale,
        transcript.template_version,
        await sha256(utf8(transcript.text)),
        fromBase64url(transcript.account),
        fromBase64url(transcript.session_hash),
        transcript.channel,
        transcript.acr,
        transcript.issued,
        transcript.expires,
    ])));
}

/// `shown` is {id, type, text, digest, account}: what this page read and showed before it asked for the challenge.
export async function isWhatIsShown(challenge, transcript, shown) {
    try {
        const digest = toBase64url(await actionDigest(transcript.action));
        return transcript.text === shown.text
            && transcript.action_id === shown.id
            && transcript.account === shown.account
            && transcript.action.type === shown.type
            && transcript.channel === "browser"
            && digest === shown.digest
            && digest === transcript.action_digest
            && challenge === await challengeOf(transcript);
    } catch {
        return false;
    }
}
