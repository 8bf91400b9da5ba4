// The session of this browser, and the person's other sessions.

import { call } from "./api.js";
import { choose, element, fill, onPress, problem, show, time } from "./page.js";

const list = element("sessions").querySelector("ul");
const pattern = element("sessions").querySelector("template");

function row(session) {
    const item = pattern.content.cloneNode(true);
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
    list.replaceChildren(...answer.body.sessions.map(row));
    element("sessions").hidden = false;
}

async function load() {
    const answer = await call("GET", "/session");
    if (answer.status === 401) {
        show("signed_out");
        return;
    }
    if (answer.status !== 200) {
        problem(answer);
        return;
    }
    const session = answer.body;
    fill("address", session.account.address);
    fill("since", time(session.auth_time));
    fill("idle", time(session.idle_expires_at));
    fill("expires", time(session.expires_at));
    choose("data-kind", session.kind);
    choose("data-acr", session.acr);
    if (session.locked || session.kind === "pending") {
        show(session.locked ? "locked" : "pending");
        return;
    }
    show("session");
    await loadSessions();
}

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

await load();
