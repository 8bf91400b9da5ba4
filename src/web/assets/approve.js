// One action: what it is, how it stands, and a touch or a "no" for it.

import { call } from "./api.js";
import { approve, pathOf } from "./approval.js";
import { doors, enter } from "./key_sign_in.js";
import { choose, element, fill, onPress, problem, show, state, time } from "./page.js";
import { keyProblem } from "./webauthn.js";

const kRefreshEvery = 5000;
const kId = /^\/approve\/([A-Za-z0-9_-]{22})$/;
/// How a state of the service reads to a person; what is not here has its own name.
const kShownAs = { executing: "approved", granted: "approved", redeemed: "executed" };

const id = kId.exec(location.pathname)?.[1] ?? "";
let session = null;
let action = null;
let asking = false;

function showAction(document) {
    action = document;
    fill("text", action.text);
    fill("approvals", String(action.approvals));
    fill("required", String(action.required));
    fill("until", time(Date.now() + action.expires_in * 1000));
    choose("data-if", action.proposed ? "own" : "other");
    element("cancel").hidden = !action.proposed;
    if (action.state !== "proposed") {
        show(kShownAs[action.state] ?? action.state);
    } else {
        show(action.may_approve ? "open" : "waiting");
    }
}

async function load() {
    const answer = id === "" ? { status: 404 } : await call("GET", pathOf(id));
    if (answer.status === 200) {
        showAction(answer.body);
    } else if (answer.status === 404 || answer.code === "forbidden") {
        show("unknown");
    } else if (answer.status === 401) {
        location.reload();
    } else {
        problem(answer);
    }
}

/// While a key is asked, the page shows what it signs and does not move.
async function refresh() {
    if (asking || document.hidden || !["open", "waiting", "approved"].includes(state())) return;
    const answer = await call("GET", pathOf(id));
    if (!asking && answer.status === 200) showAction(answer.body);
}

async function settle(answer) {
    if (answer.status === 200) {
        fill("ticket", answer.body.ticket ?? "");
        element("ticket").hidden = answer.body.ticket === undefined;
        showAction(answer.body);
    } else if (answer.code === "conflict") {
        // Somebody was faster, or its time is up: the page says how it stands now.
        await load();
    } else if (answer.code === "step_up_required") {
        show("raise");
    } else if (answer.code === "forbidden") {
        keyProblem(["no_right"]);
    } else {
        problem(answer);
    }
}

onPress(element("approve"), async () => {
    asking = true;
    try {
        const answer = await approve(action, session.account.id);
        if (answer !== null) await settle(answer);
    } finally {
        asking = false;
    }
});
onPress(element("deny"), async () => settle(await call("POST", `${pathOf(id)}/deny`, {})));
onPress(element("cancel"), async () => settle(await call("POST", `${pathOf(id)}/cancel`, {})));
doors();
document.querySelector("[data-step-up]").hash = id;

session = await enter();
if (session !== null) {
    await load();
    setInterval(refresh, kRefreshEvery);
    document.addEventListener("visibilitychange", refresh);
}
