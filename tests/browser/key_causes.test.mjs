// Why a key gave no answer: each row of the table, and those that the virtual key can bring about in the browser itself.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";

import { Visitor, launch, showing, signIn } from "./browser.mjs";
import { SecurityKey, causes, enrolFirst } from "./security_key.mjs";
import { Server } from "./server.mjs";

const kSource = await readFile(new URL("../../src/web/assets/key_causes.js", import.meta.url), "utf8");
const { causeOfReason, causesOf, isEmbedded } = await import(`data:text/javascript,${encodeURIComponent(kSource)}`);

const kGet = { operation: "get", elapsed: 500, timeout: 60000, embedded: false };
const kCreate = { ...kGet, operation: "create" };

for (const [name, context, expected] of [
    ["InvalidStateError", kCreate, ["already_enrolled"]],
    ["InvalidStateError", kGet, ["failed"]],
    ["NotAllowedError", kCreate, ["closed", "no_pin", "no_verification", "blocked"]],
    ["NotAllowedError", kGet, ["closed", "not_enrolled", "no_pin", "blocked"]],
    ["NotAllowedError", { ...kGet, elapsed: 59999 }, ["closed", "not_enrolled", "no_pin", "blocked"]],
    ["NotAllowedError", { ...kGet, elapsed: 60000 }, ["timed_out"]],
    ["NotAllowedError", { ...kCreate, elapsed: 60001 }, ["timed_out"]],
    ["NotAllowedError", { ...kGet, embedded: true }, ["embedded"]],
    ["NotAllowedError", { ...kCreate, embedded: true, elapsed: 60001 }, ["embedded"]],
    ["ConstraintError", kCreate, ["no_pin", "no_verification"]],
    ["TimeoutError", kGet, ["timed_out"]],
    ["AbortError", kGet, ["closed"]],
    ["SecurityError", kGet, ["wrong_address"]],
    ["SecurityError", kCreate, ["wrong_address"]],
    ["NotSupportedError", kCreate, ["no_algorithm"]],
    ["NotSupportedError", kGet, ["failed"]],
    ["unsupported", kGet, ["unsupported"]],
    ["unsupported", { ...kGet, embedded: true }, ["embedded"]],
    ["UnknownError", kGet, ["failed"]],
    ["", kCreate, ["failed"]],
]) {
    test(`${name || "no name"} of ${context.operation} after ${context.elapsed} ms${context.embedded ? ", embedded" : ""}`, () => {
        assert.deepEqual(causesOf(name, context), expected);
    });
}

test("each cause of the table has its sentence on the page", async () => {
    const page = await readFile(new URL("../../src/web/pages/keys.html", import.meta.url), "utf8");
    const sentences = new Set(Array.from(page.matchAll(/data-cause="([a-z_]+)"/g), (found) => found[1]));
    const named = new Set(Array.from(kSource.matchAll(/"([a-z_]+)"(?=[,\]])/g), (found) => found[1]));
    for (const cause of ["already_enrolled", "timed_out", "no_pin", "no_verification", "blocked", "not_enrolled", "embedded"]) {
        assert.ok(named.has(cause), cause);
        assert.ok(sentences.has(cause), cause);
    }
    for (const row of kSource.matchAll(/causes: \[([^\]]*)\]/g)) {
        for (const cause of row[1].matchAll(/[a-z_]+/g)) assert.ok(sentences.has(cause[0]), cause[0]);
    }
});

test("the reasons of the service have their sentences", () => {
    assert.equal(causeOfReason("already_registered"), "already_enrolled");
    assert.equal(causeOfReason("user_not_verified"), "no_verification");
    assert.equal(causeOfReason("algorithm_not_offered"), "no_algorithm");
    assert.equal(causeOfReason("unknown_ceremony"), "timed_out");
    assert.equal(causeOfReason("attestation_untrusted"), "not_taken");
    assert.equal(causeOfReason(""), "not_taken");
});

test("views inside of other programs are known", () => {
    const chrome = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36";
    assert.equal(isEmbedded(chrome, true), false);
    assert.equal(isEmbedded(chrome, false), true);
    assert.equal(isEmbedded(chrome.replace("Pixel 9)", "Pixel 9; wv)"), true), true);
    assert.equal(isEmbedded(`${chrome} [FBAN/FB4A;FBAV/500.0]`, true), true);
});

let server;
let browser;
before(async () => {
    server = await Server.start();
    browser = await launch();
});
after(async () => {
    await browser?.close();
    await server?.stop();
});

/// A signed-in person on the page that enrols the first key.
async function enrolling(body) {
    const arrived = await Visitor.arrive(browser);
    await arrived.during(async (visitor) => {
        await signIn(visitor, server, server.person());
        await visitor.page.goto(`${server.origin}/enrol`);
        await showing(visitor.page, "form");
        await visitor.page.fill("#label", "blue one");
        await body(visitor.page);
    });
}

/// Changes the options that the service answers.
function change(page, path, edit) {
    return page.route(`**/api/v1${path}`, async (route) => {
        const response = await route.fetch();
        const json = await response.json();
        edit(json.publicKey);
        await route.fulfill({ response, json });
    });
}

test("in the browser: a key without PIN and fingerprint", () =>
    enrolling(async (page) => {
        await SecurityKey.plugIn(page, { hasUserVerification: false, isUserVerified: false });
        await page.click("#first button");
        assert.ok((await causes(page)).includes("no_verification"));
        assert.ok((await causes(page)).includes("no_pin"));
        assert.ok(await page.isVisible("#key-causes"));
    }));

test("in the browser: the PIN is wrong", () =>
    enrolling(async (page) => {
        const key = await SecurityKey.plugIn(page);
        await enrolFirst(page, server.origin);
        await key.verified(false);
        await page.goto(`${server.origin}/login`);
        await showing(page, "form");
        await page.click("[data-state=form] [data-use-key]");
        assert.ok((await causes(page)).includes("blocked"));
    }));

test("in the browser: nobody touches the key", () =>
    enrolling(async (page) => {
        const key = await SecurityKey.plugIn(page);
        await key.touched(false);
        await change(page, "/enrolments", (options) => { options.timeout = 1500; });
        await page.click("#first button");
        await page.waitForSelector("[data-touch=create]:not([hidden])");
        assert.deepEqual(await causes(page), ["timed_out"]);
        assert.ok(!(await page.isVisible("[data-touch]")));
    }));

test("in the browser: a key that is not enrolled here", async () => {
    const visitor = await Visitor.arrive(browser);
    const { page } = visitor;
    await SecurityKey.plugIn(page);
    await page.goto(`${server.origin}/login`);
    await showing(page, "form");
    await page.click("[data-state=form] [data-use-key]");
    assert.ok((await causes(page)).includes("not_enrolled"));
    assert.equal(await page.textContent("[data-cause=not_enrolled]"), "This key is not enrolled here. Try another one, or sign in by mail.");
    await visitor.leave();
});

test("in the browser: a key that is enrolled already", () =>
    enrolling(async (page) => {
        const key = await SecurityKey.plugIn(page);
        await enrolFirst(page, server.origin);
        const [made] = await key.credentials();
        const id = made.credentialId.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
        // The service lists it only with an approved action; here the list comes from the test.
        await page.route("**/api/v1/credentials", (route) => route.fulfill({ json: { credentials: [] } }));
        await page.route("**/api/v1/enrolments", (route) => route.fulfill({ status: 201, json: { id: "A".repeat(22), publicKey: optionsWith(id) } }));
        await page.goto(`${server.origin}/enrol`);
        await showing(page, "form");
        await page.fill("#label", "blue one");
        await page.click("#first button");
        assert.deepEqual(await causes(page), ["already_enrolled"]);
    }));

function optionsWith(id) {
    return {
        rp: { id: "localhost", name: "Sallyport" },
        user: { id: "A".repeat(22), name: "a", displayName: "a" },
        challenge: "A".repeat(43),
        pubKeyCredParams: [{ type: "public-key", alg: -7 }],
        timeout: 60000,
        excludeCredentials: [{ type: "public-key", id }],
        authenticatorSelection: { residentKey: "preferred", userVerification: "required" },
        attestation: "none",
        extensions: {},
    };
}

test("in the browser: the address is not the one of the keys", () =>
    enrolling(async (page) => {
        await SecurityKey.plugIn(page);
        await change(page, "/enrolments", (options) => { options.rp.id = "id.example.test"; });
        await page.click("#first button");
        assert.deepEqual(await causes(page), ["wrong_address"]);
    }));

test("in the browser: no signature that both know", () =>
    enrolling(async (page) => {
        await SecurityKey.plugIn(page);
        await change(page, "/enrolments", (options) => { options.pubKeyCredParams = [{ type: "other", alg: -7 }]; });
        await page.click("#first button");
        assert.deepEqual(await causes(page), ["no_algorithm"]);
    }));

test("in the browser: no security keys at all, alone and inside another program", () =>
    enrolling(async (page) => {
        await page.evaluate(() => { delete globalThis.PublicKeyCredential; });
        await page.click("#first button");
        assert.deepEqual(await causes(page), ["unsupported"]);
        await page.evaluate(() => Object.defineProperty(navigator, "userAgent", { value: "Android; wv)" }));
        await page.click("#first button");
        await page.waitForSelector("[data-cause=embedded]:not([hidden])");
        assert.deepEqual(await causes(page), ["embedded"]);
    }));

test("a problem of the key goes away with the next try", () =>
    enrolling(async (page) => {
        const key = await SecurityKey.plugIn(page);
        await key.verified(false);
        await page.click("#first button");
        await causes(page);
        await key.verified(true);
        await page.click("#first button");
        await showing(page, "done");
        assert.equal(await page.locator("[data-cause]:visible").count(), 0);
        assert.ok(!(await page.isVisible("#key-causes")));
    }));
