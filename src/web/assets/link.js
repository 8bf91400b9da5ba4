// The page behind the link of a mail. Nothing takes effect before the button is pressed.

import { call } from "./api.js";
import { Countdown } from "./countdown.js";
import { clearProblem, element, fill, goOn, onPress, problem, show } from "./page.js";
import { relayForm } from "./relay.js";

// What follows the token is the closing letter, and whatever a mail program took for a part of the address.
const kToken = /^#(spl\.[1-9][0-9]*\.([A-Za-z0-9_-]{22})\.[A-Za-z0-9_-]{43})(?:x(?![A-Za-z0-9_-])|$)/;

const countdown = new Countdown(() => show("expired"));
let token = "";

function wrongBrowser(id) {
    element("not-me").href = `/not-me#${id}x`;
    show("wrong_browser");
}

async function used() {
    const session = await call("GET", "/session");
    show(session.status === 200 ? "used_here" : "used");
}

async function refused(answer, id) {
    countdown.stop();
    if (answer.code === "wrong_browser") {
        wrongBrowser(id);
    } else if (answer.code === "link_used") {
        await used();
    } else if (answer.code === "link_expired") {
        show("expired");
    } else if (answer.code === "link_replaced") {
        show("replaced");
    } else if (answer.status === 410 || answer.status === 400) {
        show("invalid");
    } else {
        problem(answer);
    }
}

function ready(answer) {
    fill("address", answer.address);
    fill("client", answer.client ?? "");
    element("client").hidden = answer.client === null;
    fill("replaces", answer.replaces ?? "");
    element("replaces").hidden = answer.replaces === undefined;
    countdown.start(answer.expires_in);
    show("ready");
}

/// The link came without its token: what can be done depends on what this browser asked for.
async function withoutToken(current) {
    if (current.status !== 200) {
        show("elsewhere");
    } else if (current.body.state === "waiting") {
        show("code");
    } else if (current.body.state === "redeemed") {
        await used();
    } else {
        show("expired");
    }
}

async function open() {
    const found = kToken.exec(location.hash);
    if (location.hash !== "") history.replaceState(null, "", location.pathname);
    clearProblem();
    countdown.stop();
    show("checking");
    // The answer holds the CSRF token of the login cookie, if this browser has one.
    const current = await call("GET", "/links/current");
    if (current.status !== 200 && current.code !== "wrong_browser") {
        problem(current);
        return;
    }
    if (found === null) {
        await withoutToken(current);
        return;
    }
    token = found[1];
    if (current.status !== 200) {
        wrongBrowser(found[2]);
        return;
    }
    const answer = await call("POST", "/links/inspect", { token });
    if (answer.status === 200) {
        ready(answer.body);
    } else {
        await refused(answer, found[2]);
    }
}

onPress(element("redeem"), async () => {
    const answer = await call("POST", "/links/redeem", { token });
    if (answer.status === 200) {
        goOn(answer.body);
    } else {
        await refused(answer, token.split(".")[2]);
    }
});
onPress(element("was-me"), async () => show("go_back"));
onPress(element("expired-again"), async () => {
    const answer = await call("POST", "/links/again", {});
    if (answer.status === 202 || answer.code === "wrong_browser") {
        location.assign("/login");
    } else {
        problem(answer);
    }
});
relayForm({ gone: refused, elsewhere: () => show("elsewhere") });
window.addEventListener("hashchange", () => {
    if (location.hash.startsWith("#spl.")) open();
});
await open();
