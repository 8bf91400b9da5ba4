// Signing in, and unlocking, by a touch. No address is sent: the key knows whose it is.

import { call } from "./api.js";
import { onPress, problem, show } from "./page.js";
import { keyProblem, useKey } from "./webauthn.js";

/// The session document, or null after the page said why there is none.
export async function signInByKey() {
    const offer = await call("POST", "/sign-in", {});
    if (offer.status !== 200) {
        problem(offer);
        return null;
    }
    const response = await useKey(offer.body.publicKey);
    if (response === null) return null;
    const answer = await call("POST", `/sign-in/${encodeURIComponent(offer.body.id)}`, response);
    if (answer.status === 200) return answer.body;
    if (answer.code === "assertion_refused") {
        keyProblem(["not_accepted"]);
    } else {
        problem(answer);
    }
    return null;
}

/// What every button "with a security key" of the page does; `done` gets the session document.
export function onKeySignIn(done) {
    for (const button of document.querySelectorAll("[data-use-key]")) {
        onPress(button, async () => {
            const session = await signInByKey();
            if (session !== null) await done(session);
        });
    }
}

/// What the buttons of a page do that needs a session: open it, or end it.
export function doors() {
    onKeySignIn(() => location.reload());
    for (const button of document.querySelectorAll("[data-end-session]")) {
        onPress(button, async () => {
            const answer = await call("DELETE", "/session");
            if (answer.status === 204 || answer.status === 401) {
                show("signed_out");
            } else {
                problem(answer);
            }
        });
    }
}

/// The session of this browser if it may be used; else null, and the page shows what opens it.
export async function enter() {
    const answer = await call("GET", "/session");
    if (answer.status === 200 && !answer.body.locked) return answer.body;
    if (answer.status === 200) {
        show("locked");
    } else if (answer.status === 401) {
        show("signed_out");
    } else {
        problem(answer);
    }
    return null;
}
