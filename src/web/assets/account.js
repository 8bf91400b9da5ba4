// The session of this browser, what waits for this person's approval, and the other sessions.

import { loadKeys } from "./account_keys.js";
import { call } from "./api.js";
import { doors, enter } from "./key_sign_in.js";
import { choose, element, fill, onPress, problem, show, time } from "./page.js";

const sessions = element("sessions");
const inbox = element("inbox");

function row(session) {
    const item = sessions.querySelector("template").content.cloneNode(true);
    choose("data-if", session.current ? "current" : "other", item);
    fill("since", time(session.auth_time), item);
    fill("browser", session.browser || item.querySelector("[data-fill=browser]").textContent, item);
    const button = item.querySelector("button");
    onPress(button, async () => {
        const answer = await call("DELETE", `/sessions/${encodeURIComponent(session.id)}`);
        if (answer.status !== 204 && answer.status !== 404) {
            problem(answer);
            return;
        }
        await loadSessions();
        element("session-ended").hidden = false;
        element("sessions-heading").focus();
    });
    return item;
}

async function loadSessions() {
    const answer = await call("GET", "/sessions");
    if (answer.status !== 200) {
        problem(answer);
        return;
    }
    sessions.querySelector("ul").replaceChildren(...answer.body.sessions.map(row));
    sessions.hidden = false;
}

function line(action) {
    const item = inbox.querySelector("template").content.cloneNode(true);
    fill("text", action.text, item);
    fill("approvals", String(action.approvals), item);
    fill("required", String(action.required), item);
    fill("until", time(Date.now() + action.expires_in * 1000), item);
    choose("data-waits", action.state === "proposed" ? (action.may_approve ? "me" : "others") : "nobody", item);
    item.querySelector("a").href = `/approve/${encodeURIComponent(action.id)}`;
    return item;
}

async function loadInbox() {
    const answer = await call("GET", "/actions");
    if (answer.status !== 200) {
        problem(answer);
        return;
    }
    inbox.querySelector("ul").replaceChildren(...answer.body.actions.map(line));
    element("inbox-empty").hidden = answer.body.actions.length > 0;
    inbox.hidden = false;
}

async function load() {
    const session = await enter();
    if (session === null) return;
    fill("address", session.account.address);
    fill("since", time(session.auth_time));
    fill("idle", time(session.idle_expires_at));
    fill("expires", time(session.expires_at));
    choose("data-kind", session.kind);
    choose("data-acr", session.acr);
    if (session.kind === "pending") {
        show("pending");
        return;
    }
    show("session");
    await loadInbox();
    await loadKeys();
    await loadSessions();
}

doors();

await load();
