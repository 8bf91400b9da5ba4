// What every page does: show one state, fill values in, tell a problem. All texts stand in the page already.

const language = document.documentElement.lang;
const site_name = document.getElementById("site-name").textContent;

export function element(id) {
    return document.getElementById(id);
}

/// Puts text, never markup, into every place of that name.
export function fill(name, value, within = document) {
    for (const place of within.querySelectorAll(`[data-fill="${name}"]`)) place.textContent = value;
}

/// Shows exactly the children whose attribute has this value.
export function choose(attribute, value, within = document) {
    for (const place of within.querySelectorAll(`[${attribute}]`)) {
        place.hidden = place.getAttribute(attribute) !== value;
    }
}

export function state() {
    return document.querySelector("[data-state]:not([hidden])")?.dataset.state ?? "";
}

/// Shows one state. After the first one the heading takes the focus, so that a screen reader says what happened.
export function show(name) {
    const before = state();
    if (before === name) return;
    choose("data-state", name);
    const heading = document.querySelector(`[data-state="${name}"] h1`);
    document.title = `${heading.textContent} · ${site_name}`;
    if (before !== "") heading.focus();
}

/// "5 minutes", "1 second", in the reader's language.
export function duration(seconds) {
    const whole = Math.max(1, Math.ceil(seconds));
    const minutes = whole >= 120;
    return new Intl.NumberFormat(language, {
        style: "unit",
        unit: minutes ? "minute" : "second",
        unitDisplay: "long",
    }).format(minutes ? Math.ceil(whole / 60) : whole);
}

export function time(text) {
    const moment = new Date(text);
    const today = moment.toDateString() === new Date().toDateString();
    return new Intl.DateTimeFormat(language, today ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" }).format(moment);
}

export function clearProblem() {
    choose("data-problem", "");
    choose("data-cause", "");
    const causes = element("key-causes");
    if (causes !== null) causes.hidden = true;
}

/// Says why a call did not work, in words that name the next step.
export function problem(answer) {
    let kind = "other";
    if (answer.status === 0) kind = "offline";
    if (answer.status === 429) kind = "rate_limited";
    if (answer.status === 503) kind = "unavailable";
    if (answer.code === "bad_csrf" || answer.code === "unauthenticated") kind = "stale";
    fill("wait", duration(answer.wait || 60));
    fill("trace", answer.trace || String(answer.status));
    choose("data-problem", kind);
    element("problem").focus();
}

/// Shows one of the messages of a field, ties it to the field, and goes there; "" clears it.
export function fieldError(input, name) {
    const message = element(`${input.id}-error`);
    choose("data-error", name, message);
    if (name === "") {
        input.removeAttribute("aria-invalid");
        return;
    }
    input.setAttribute("aria-invalid", "true");
    input.focus();
}

/// Runs `work` once per press: while it runs, further presses do nothing.
export async function busy(button, work) {
    if (button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    clearProblem();
    try {
        await work();
    } finally {
        button.removeAttribute("aria-busy");
    }
}

/// Runs `work` when the form is sent, by button or by Enter.
export function onSubmit(form, work) {
    form.addEventListener("submit", (event) => {
        event.preventDefault();
        busy(form.querySelector("button[type=submit]"), work);
    });
}

export function onPress(button, work) {
    button.addEventListener("click", () => busy(button, work));
}

/// Where a finished sign-in goes on: what the server named, or the account page.
export function goOn(session) {
    const target = new URL(session.continue_url ?? "/account", location.origin);
    const web = target.protocol === "https:" || target.protocol === "http:";
    location.replace(web ? target.href : "/account");
}
