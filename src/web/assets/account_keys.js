// The person's security keys, and what he says of them. Whatever cannot be taken back is an action that a touch approves.

import { call } from "./api.js";
import { propose } from "./approval.js";
import { choose, element, fill, onPress, problem, show, time } from "./page.js";

const card = element("keys");
/// What may be done with a key of a status.
const kOffered = { active: ["lost", "remove"], suspended: ["lost_for_good", "remove"], frozen: ["lost_for_good", "remove"], provisional: [] };

let reported = null;

async function proposeFor(type, key) {
    const action = await propose(type, { credential: key.id });
    if (action !== null) location.assign(`/approve/${encodeURIComponent(action.id)}`);
}

const kDone = {
    lost: async (key) => {
        reported = key;
        fill("lost_label", key.label);
        show("lost");
    },
    lost_for_good: (key) => proposeFor("credential.report-lost", key),
    remove: (key) => proposeFor("credential.remove", key),
};

/// `last`: the only one that is active, which is never removed.
function row(key, last) {
    const item = card.querySelector("template").content.cloneNode(true);
    fill("label", key.label, item);
    fill("fingerprint", key.fingerprint, item);
    fill("aaguid", key.aaguid, item);
    fill("created", time(key.created_at), item);
    fill("used", time(key.last_used_at ?? key.created_at), item);
    choose("data-status", key.status, item);
    choose("data-attestation", key.attestation, item);
    choose("data-if", key.backup_eligible ? "synced" : "", item);
    for (const button of item.querySelectorAll("[data-do]")) {
        const offered = kOffered[key.status].includes(button.dataset.do);
        button.hidden = !offered || (last && button.dataset.do === "remove");
        onPress(button, () => kDone[button.dataset.do](key));
    }
    return item;
}

export async function loadKeys() {
    const answer = await call("GET", "/credentials");
    if (answer.status !== 200) {
        problem(answer);
        return;
    }
    const keys = answer.body.credentials;
    const alone = keys.filter((key) => key.status === "active").length === 1;
    card.querySelector("ul").replaceChildren(...keys.map((key) => row(key, alone && key.status === "active")));
    element("keys-none").hidden = keys.length > 0;
    element("keys-one").hidden = !alone;
    card.hidden = false;
}

onPress(element("report"), async () => {
    const answer = await call("POST", `/credentials/${encodeURIComponent(reported.id)}/report-lost`, {});
    if (answer.status !== 204) {
        problem(answer);
        return;
    }
    // The sessions that the key opened have ended, perhaps this one too.
    const session = await call("GET", "/session");
    if (session.status !== 200) {
        show("signed_out");
        return;
    }
    await loadKeys();
    show("session");
    element("key-reported").hidden = false;
    element("keys-heading").focus();
});
onPress(element("keep"), async () => show("session"));
