// A person enrols security keys, signs in with them, and says what became of them.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Visitor, launch, showing, signIn } from "./browser.mjs";
import { SecurityKey, causes, enrolFirst } from "./security_key.mjs";
import { Server } from "./server.mjs";

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

/// A signed-in person with one enrolled key, which is plugged in.
async function withKey(body) {
    const arrived = await Visitor.arrive(browser);
    await arrived.during(async (visitor) => {
        await signIn(visitor, server, server.person());
        const key = await SecurityKey.plugIn(visitor.page);
        await enrolFirst(visitor.page, server.origin);
        await body(visitor, key);
    });
}

async function signOut(page) {
    await page.goto(`${server.origin}/account`);
    await showing(page, "session");
    await page.click("[data-state=session] [data-end-session]");
    await showing(page, "signed_out");
}

test("a first key is enrolled from the mailed session, and the page offers the spare at once [U-01]", () =>
    withKey(async ({ page }, key) => {
        assert.equal(await page.textContent("[data-state=done] [data-fill=label]"), "blue one");
        assert.match(await page.textContent("[data-state=done] [data-fill=fingerprint]"), /^[0-9a-f]{4}(-[0-9a-f]{4}){4}$/);
        assert.ok(await page.isVisible("#alone"));
        const [made] = await key.credentials();
        assert.equal(made.rpId, "localhost");
        assert.ok(made.isResidentCredential);
        await page.click("#another");
        await showing(page, "further");
    }));

test("a label that is none is refused before the key is asked", async () => {
    const visitor = await Visitor.arrive(browser);
    const { page } = visitor;
    await signIn(visitor, server, server.person());
    const key = await SecurityKey.plugIn(page);
    await page.goto(`${server.origin}/enrol`);
    for (const label of ["", "   ", "ö".repeat(33), "a\u202eb"]) {
        await page.fill("#label", label);
        await page.click("#first button");
        await page.waitForSelector("#label[aria-invalid=true]");
        await page.waitForSelector("#label-error [data-error=shape]:not([hidden])");
    }
    assert.deepEqual(await key.credentials(), []);
    await visitor.leave();
});

test("a ticket that is none is said at its field", async () => {
    const visitor = await Visitor.arrive(browser);
    const { page } = visitor;
    await signIn(visitor, server, server.person());
    await page.goto(`${server.origin}/enrol`);
    await page.fill("#label", "blue one");
    await page.fill("#ticket", `spt.1.${"A".repeat(22)}.${"A".repeat(43)}`);
    await page.click("#first button");
    await page.waitForSelector("#ticket-error [data-error=refused]:not([hidden])");
    await visitor.leave();
});

test("the key signs in without an address, from the first page", () =>
    withKey(async (visitor) => {
        const { page } = visitor;
        await signOut(page);
        await page.goto(`${server.origin}/login`);
        await showing(page, "form");
        const sent = page.waitForRequest((request) => request.url().endsWith("/api/v1/sign-in"));
        await page.click("[data-state=form] [data-use-key]");
        assert.equal((await sent).postData(), "{}");
        await page.waitForURL("**/account");
        await showing(page, "session");
        assert.ok(await page.isVisible("[data-kind=key]"));
        assert.ok(await page.isVisible("[data-acr=phr]"));
    }));

test("the waiting page takes the key, too", () =>
    withKey(async ({ page }) => {
        await signOut(page);
        await page.goto(`${server.origin}/login`);
        await showing(page, "form");
        await page.fill("#email", server.person());
        await page.click("#ask button");
        await showing(page, "waiting");
        await page.click("[data-state=waiting] [data-use-key]");
        await page.waitForURL("**/account");
        await showing(page, "session");
    }));

test("a session that locked itself is unlocked by a touch", () =>
    withKey(async (visitor) => {
        const { page } = visitor;
        await signOut(page);
        await page.click("[data-state=signed_out] [data-use-key]");
        await showing(page, "session");
        const before_lock = await visitor.cookie("sallyport-session");
        await server.pass(3600);
        await page.reload();
        await showing(page, "locked");
        await page.click("[data-state=locked] [data-use-key]");
        await showing(page, "session");
        assert.notEqual((await visitor.cookie("sallyport-session")).value, before_lock.value);
    }));

test("a locked session can be ended after a touch that failed", () =>
    withKey(async ({ page }, key) => {
        await signOut(page);
        await page.click("[data-state=signed_out] [data-use-key]");
        await showing(page, "session");
        await server.pass(3600);
        await page.reload();
        await showing(page, "locked");
        await key.verified(false);
        await page.click("[data-state=locked] [data-use-key]");
        await causes(page);
        await page.click("[data-state=locked] [data-end-session]");
        await showing(page, "signed_out");
    }));

test("a key with a wrong signature is not accepted", () =>
    withKey(async ({ page }, key) => {
        await signOut(page);
        await key.bend({ isBogusSignature: true });
        await page.click("[data-state=signed_out] [data-use-key]");
        assert.deepEqual(await causes(page), ["not_accepted"]);
    }));

test("the account page lists the key and says that it is the only one", () =>
    withKey(async ({ page }) => {
        await page.goto(`${server.origin}/account`);
        await page.waitForSelector("#keys:not([hidden])");
        assert.equal(await page.locator("#keys li").count(), 1);
        assert.equal(await page.textContent("#keys li [data-fill=label]"), "blue one");
        assert.ok(await page.isVisible("#keys-one"));
        await page.click("#keys summary");
        assert.match(await page.textContent("#keys [data-fill=fingerprint]"), /^[0-9a-f]{4}(-[0-9a-f]{4}){4}$/);
        assert.ok(!(await page.isVisible("#keys [data-do=remove]")));
        assert.ok(await page.isVisible("#keys [data-do=lost]"));
    }));

test("a key that is reported lost opens nothing until it is touched again", () =>
    withKey(async ({ page }) => {
        await page.goto(`${server.origin}/account`);
        await page.waitForSelector("#keys:not([hidden])");
        await page.click("#keys summary");
        await page.click("#keys [data-do=lost]");
        await showing(page, "lost");
        assert.match(await page.textContent("[data-state=lost]"), /blue one/);
        await page.click("#keep");
        await showing(page, "session");
        await page.click("#keys [data-do=lost]");
        await showing(page, "lost");
        await page.click("#report");
        await page.waitForSelector("#key-reported:not([hidden])");
        assert.ok(await page.isVisible("#keys [data-status=suspended]"));
        await signOut(page);
        await page.click("[data-state=signed_out] [data-use-key]");
        await showing(page, "session");
        await page.waitForSelector("#keys:not([hidden])");
        assert.ok(!(await page.isVisible("#keys [data-status=suspended]")));
    }));
