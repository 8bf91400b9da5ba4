// A new security key: the first one by session or ticket, each further one by a touch of a key that is there.

import { call } from "./api.js";
import { approve, pathOf, propose } from "./approval.js";
import { causeOfReason } from "./key_causes.js";
import { doors, enter, signInByKey } from "./key_sign_in.js";
import { element, fieldError, fill, onPress, onSubmit, problem, show } from "./page.js";
import { createKey, keyProblem } from "./webauthn.js";

let session = null;
let action = null;
let label = "";

/// The label as the service wants it, or "" after the field said what is wrong.
function labelOf(input) {
    const text = input.value.trim();
    const fits = text !== "" && new TextEncoder().encode(text).length <= 64 && !/\p{C}/u.test(text);
    fieldError(input, fits ? "" : "shape");
    return fits ? text : "";
}

async function activeKeys() {
    const answer = await call("GET", "/credentials");
    if (answer.status === 200) return answer.body.credentials.filter((key) => key.status === "active").length;
    problem(answer);
    return null;
}

function enrolled(key, active) {
    fill("label", key.label);
    fill("fingerprint", key.fingerprint);
    element("provisional").hidden = key.status !== "provisional";
    element("alone").hidden = active !== 1;
    element("another").hidden = active === 0;
    show("done");
}

/// Answers what was refused, or null.
async function create(request) {
    const offer = await call("POST", "/enrolments", request);
    if (offer.status !== 201) return offer;
    const response = await createKey(offer.body.publicKey);
    if (response === null) return null;
    const answer = await call("POST", `/enrolments/${encodeURIComponent(offer.body.id)}`, response);
    if (answer.code === "registration_refused") {
        keyProblem([causeOfReason(answer.reason)], answer.reason);
        return null;
    }
    if (answer.status !== 201) return answer;
    const active = await activeKeys();
    if (active !== null) enrolled(answer.body, active);
    return null;
}

onSubmit(element("first"), async () => {
    const ticket = element("ticket").value.trim();
    fieldError(element("ticket"), "");
    label = labelOf(element("label"));
    if (label === "") return;
    const refused = await create(ticket === "" ? { label } : { label, ticket });
    if (refused === null) return;
    if (refused.code === "forbidden") {
        fieldError(element("ticket"), "refused");
    } else if (refused.code === "bad_request") {
        fieldError(element("label"), "shape");
    } else if (refused.code === "step_up_required") {
        show("further");
    } else {
        problem(refused);
    }
});

onSubmit(element("ask"), async () => {
    label = labelOf(element("further-label"));
    if (label === "") return;
    action = await propose("credential.add", {});
    if (action === null) return;
    fill("text", action.text);
    show("approve");
});

onPress(element("approve"), async () => {
    const answer = await approve(action, session.account.id);
    if (answer === null) return;
    if (answer.status !== 200) {
        problem(answer);
        return;
    }
    show("spare");
});

onPress(element("deny"), async () => {
    const answer = await call("POST", `${pathOf(action.id)}/deny`, {});
    if (answer.status === 200 || answer.code === "conflict") {
        location.assign("/account");
    } else {
        problem(answer);
    }
});

onPress(element("create"), async () => {
    const refused = await create({ label, action: action.id });
    if (refused === null) return;
    if (refused.code === "bad_request") {
        show("further");
        fieldError(element("further-label"), "shape");
    } else {
        problem(refused);
    }
});

onPress(element("another"), async () => {
    // A session that waits for its key proposes nothing: the key that was just enrolled opens it.
    if (session.kind === "pending") session = (await signInByKey()) ?? session;
    if (session.kind === "pending") return;
    element("further-label").value = "";
    show("further");
});

doors();
session = await enter();
if (session !== null) {
    const active = await activeKeys();
    if (active !== null) show(active === 0 ? "form" : "further");
}
