// Every page and state: accessible in light and dark, readable at 320 pixels, under the strict policy.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Visitor, accessibilityFaults, askForLink, launch, showing } from "./browser.mjs";
import { check, kLooks } from "./looks.mjs";
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

for (const { name, options } of kLooks) {
    test(`every state is accessible and fits: ${name}`, async () => {
        const visitor = await Visitor.arrive(browser, options);
        const { page } = visitor;
        for (const [path, state] of [["/login", "form"], ["/link", "elsewhere"], ["/not-me", "report"], ["/account", "signed_out"],
            ["/enrol", "signed_out"], ["/approve", "signed_out"], ["/step-up", "signed_out"], ["/propose", "signed_out"]]) {
            await page.goto(server.origin + path);
            await check(page, name, state);
        }
        await page.goto(`${server.origin}/login`);
        await showing(page, "form");
        await page.click("#ask button");
        await check(page, name, "form");

        const words = await askForLink(page, server.origin, server.person());
        await check(page, name, "waiting");
        const mail = await server.mail(words);
        await page.fill("#relay-code", "2222-2222");
        await page.click("#relay button");
        await page.waitForSelector("#relay-code[aria-invalid=true]");
        await check(page, name, "waiting");
        await page.goto(`${server.origin}/link`);
        await check(page, name, "code");
        await page.goto(mail.not_me);
        await check(page, name, "form");

        const stranger = await Visitor.arrive(browser, options);
        await stranger.page.goto(mail.link);
        await check(stranger.page, name, "wrong_browser");
        await stranger.page.click("#was-me");
        await check(stranger.page, name, "go_back");
        await stranger.leave();

        await page.goto("about:blank");
        await page.goto(mail.link);
        await check(page, name, "ready");
        await page.click("#redeem");
        await page.waitForURL("**/account");
        await page.waitForSelector("#sessions:not([hidden])");
        await check(page, name, "session");
        await page.goto(mail.link);
        await check(page, name, "used_here");
        await visitor.leave();
    });
}

/// The session document of a profile or a moment that this server does not have.
function sessionDocument(change) {
    return {
        account: { id: "AAAAAAAAAAAAAAAAAAAAAA", address: "someone@example.test" },
        ...{ kind: "inbox", acr: "0", amr: [], locked: false, csrf_token: "A".repeat(43) },
        ...{ auth_time: "2026-11-23T10:00:00Z", idle_expires_at: "2026-11-23T10:10:00Z", expires_at: "2026-11-23T11:00:00Z" },
        ...change,
    };
}

for (const [state, change] of [["pending", { kind: "pending" }], ["locked", { kind: "key", acr: "phr", locked: true }]]) {
    test(`a ${state} session says what it may do and can be ended`, async () => {
        for (const { name, options } of kLooks) {
            const visitor = await Visitor.arrive(browser, options);
            const { page } = visitor;
            await page.route("**/api/v1/session", (route) =>
                route.request().method() === "GET" ? route.fulfill({ json: sessionDocument(change) }) : route.fulfill({ status: 204 }));
            await page.goto(`${server.origin}/account`);
            await check(page, name, state);
            await page.click(`[data-state=${state}] [data-end-session]`);
            await showing(page, "signed_out");
            await visitor.leave();
        }
    });
}

for (const [kind, answer] of Object.entries({
    unavailable: { status: 503, headers: { "Retry-After": "30" }, json: { code: "unavailable", trace: "0123456789abcdef" } },
    rate_limited: { status: 429, headers: { "Retry-After": "240" }, json: { code: "rate_limited", trace: "0123456789abcdef" } },
    other: { status: 500, json: { code: "internal", trace: "0123456789abcdef" } },
    stale: { status: 403, json: { code: "bad_csrf", trace: "0123456789abcdef" } },
    offline: null,
})) {
    test(`a call that fails says why and what to do: ${kind}`, async () => {
        const visitor = await Visitor.arrive(browser);
        const { page } = visitor;
        await page.goto(`${server.origin}/login`);
        await showing(page, "form");
        await page.route("**/api/v1/links", (route) => (answer === null ? route.abort() : route.fulfill(answer)));
        await page.fill("#email", server.person());
        await page.click("#ask button");
        const message = await page.waitForSelector(`[data-problem=${kind}]:not([hidden])`);
        assert.equal(await page.locator("[data-problem]:visible").count(), 1);
        assert.equal(await page.evaluate(() => document.activeElement.id), "problem");
        if (kind === "unavailable") assert.match(await message.textContent(), /30 seconds/);
        if (kind === "rate_limited") assert.match(await message.textContent(), /4 minutes/);
        if (kind === "other") assert.match(await message.textContent(), /0123456789abcdef/);
        assert.deepEqual(await accessibilityFaults(page), []);
        await page.unroute("**/api/v1/links");
        await page.click("#ask button");
        await showing(page, "waiting");
        assert.equal(await page.locator("[data-problem]:visible").count(), 0);
        await visitor.leave();
    });
}

test("every page is sent with the strict policy and nothing that may be kept", async () => {
    for (const path of ["/login", "/link", "/not-me", "/account", "/enrol", "/approve", `/approve/${"A".repeat(22)}`, "/propose", "/step-up"]) {
        const response = await fetch(server.origin + path);
        assert.equal(response.status, 200);
        const policy = response.headers.get("content-security-policy");
        assert.match(policy, /default-src 'none'/);
        assert.doesNotMatch(policy, /unsafe|\*|data:/);
        assert.equal(response.headers.get("referrer-policy"), "no-referrer");
        assert.equal(response.headers.get("x-content-type-options"), "nosniff");
        assert.equal(response.headers.get("set-cookie"), null);
        const again = await fetch(server.origin + path, { headers: { "If-None-Match": response.headers.get("etag") } });
        assert.equal(again.status, 304);
    }
});

test("an attempt to write markup or to load from elsewhere is stopped by the policy", async () => {
    const visitor = await Visitor.arrive(browser);
    await visitor.page.goto(`${server.origin}/login`);
    await showing(visitor.page, "form");
    const outcome = await visitor.page.evaluate(() => {
        try {
            document.body.innerHTML = "<b>x</b>";
        } catch (error) {
            return error.name;
        }
        return "";
    });
    assert.equal(outcome, "TypeError");
    const loaded = await visitor.page.evaluate(() => fetch("https://example.test/").then(() => true, () => false));
    assert.equal(loaded, false);
    assert.ok(visitor.errors.length >= 2);
    visitor.errors = [];
    await visitor.leave();
});

test("the development outbox shows the mail, and its link signs in", async () => {
    const visitor = await Visitor.arrive(browser);
    const { page } = visitor;
    const words = await askForLink(page, server.origin, server.person());
    await server.mail(words);
    await page.goto(`${server.origin}/dev/outbox`);
    await page.locator("article", { hasText: words }).locator("a[href*='/link#']").click();
    await showing(page, "ready");
    assert.deepEqual(await accessibilityFaults(page), []);
    await page.click("#redeem");
    await page.waitForURL("**/account");
    await visitor.leave();
});
