// Ask for a link, then wait for it; or touch a security key at any time.

import { call } from "./api.js";
import { Countdown } from "./countdown.js";
import { onKeySignIn } from "./key_sign_in.js";
import { clearProblem, duration, element, fieldError, fill, goOn, onPress, onSubmit, problem, show, state } from "./page.js";
import { relayForm } from "./relay.js";

const kPollEvery = 5000;
const kAgainAfter = [60, 120, 240];
const kMailbox = /^[^\s@]+@[^\s@]+$/;

const countdown = new Countdown(expire);
let times_sent = 0;
let again_timer = 0;
let poll_timer = 0;

function expire() {
    stopWaiting();
    show("expired");
}

function stopWaiting() {
    countdown.stop();
    clearInterval(again_timer);
    clearInterval(poll_timer);
}

/// "Send again" opens after 60, 120 and 240 seconds: mail is slow, and each mail counts.
function holdAgain() {
    const opens = performance.now() + kAgainAfter[Math.min(times_sent, kAgainAfter.length - 1)] * 1000;
    const tick = () => {
        const left = (opens - performance.now()) / 1000;
        const open = left <= 0;
        element("again").disabled = !open;
        element("again-wait").hidden = open;
        element("again-ready").hidden = !open;
        if (open) {
            element("again-done").hidden = true;
            clearInterval(again_timer);
        } else {
            fill("again", duration(left));
        }
    };
    clearInterval(again_timer);
    again_timer = setInterval(tick, 1000);
    tick();
}

function wait(answer) {
    stopWaiting();
    fill("tag", answer.request_tag);
    countdown.start(answer.expires_in);
    holdAgain();
    poll_timer = setInterval(poll, kPollEvery);
    show("waiting");
}

async function finish() {
    stopWaiting();
    show("redeemed");
    const session = await call("GET", "/session");
    goOn(session.status === 200 ? session.body : {});
}

async function poll() {
    if (state() !== "waiting") return;
    const answer = await call("GET", "/links/current");
    if (state() !== "waiting" || answer.status !== 200) return;
    if (answer.body.state === "redeemed") await finish();
    if (answer.body.state === "expired") expire();
    if (answer.body.state === "waiting") countdown.start(answer.body.expires_in);
}

async function sendAgain() {
    const answer = await call("POST", "/links/again", {});
    if (answer.status === 202) {
        times_sent += 1;
        wait(answer.body);
        element("again-done").hidden = false;
        element("relay-code").focus();
    } else if (answer.code === "wrong_browser") {
        stopWaiting();
        show("form");
    } else {
        problem(answer);
    }
}

onSubmit(element("ask"), async () => {
    const input = element("email");
    const email = input.value.trim();
    if (!kMailbox.test(email)) {
        fieldError(input, "shape");
        return;
    }
    fieldError(input, "");
    const answer = await call("POST", "/links", { email });
    if (answer.status === 202) {
        times_sent = 0;
        fill("address", email);
        element("sent-to").hidden = false;
        element("sent-again-to").hidden = true;
        wait(answer.body);
    } else if (answer.status === 400) {
        fieldError(input, "shape");
    } else {
        problem(answer);
    }
});

onKeySignIn((session) => {
    stopWaiting();
    goOn(session);
});
onPress(element("again"), sendAgain);
onPress(element("expired-again"), sendAgain);
onPress(element("other"), async () => {
    stopWaiting();
    show("form");
});
relayForm({
    gone: async (answer) => (answer.code === "link_used" ? finish() : expire()),
    elsewhere: () => show("form"),
});
document.addEventListener("visibilitychange", () => {
    if (!document.hidden) poll();
});

const current = await call("GET", "/links/current");
clearProblem();
if (current.body.state === "waiting") {
    wait(current.body);
} else if (current.body.state === "expired") {
    show("expired");
} else {
    show("form");
}
