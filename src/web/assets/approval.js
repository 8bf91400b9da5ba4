// From an action that is shown to its approval by a touch.

import { call } from "./api.js";
import { problem } from "./page.js";
import { isWhatIsShown } from "./transcript.js";
import { keyProblem, useKey } from "./webauthn.js";

export function pathOf(id) {
    return `/actions/${encodeURIComponent(id)}`;
}

/// `action` is the document that the page shows, `account` the person's. The answer of the last call, or null after the page
/// said that the key gave nothing. The key is asked only for what the page shows.
export async function approve(action, account) {
    const offer = await call("POST", `${pathOf(action.id)}/challenge`, {});
    if (offer.status !== 200) return offer;
    const { publicKey, transcript } = offer.body;
    const shown = { id: action.id, type: action.type, text: action.text, digest: action.action_digest, account };
    if (!(await isWhatIsShown(publicKey.challenge, transcript, shown))) {
        keyProblem(["changed"]);
        return null;
    }
    const response = await useKey(publicKey);
    if (response === null) return null;
    const answer = await call("POST", `${pathOf(action.id)}/approvals`, response);
    if (answer.code !== "assertion_refused") return answer;
    keyProblem(["not_accepted"]);
    return null;
}

/// Proposes; the action document, or null after the page said why there is none.
export async function propose(type, parameters) {
    const answer = await call("POST", "/actions", { type, parameters });
    if (answer.status === 201) return answer.body;
    problem(answer);
    return null;
}
