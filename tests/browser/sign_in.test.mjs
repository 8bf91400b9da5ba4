// A person signs in.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Visitor, askForLink, launch, showing, signIn } from "./browser.mjs";
import { Server, kOperator } from "./server.mjs";

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

async function visit(body, options) {
    const visitor = await Visitor.arrive(browser, options);
    try {
        await body(visitor);
    } finally {
        await visitor.leave();
    }
}

test("signs in with the link, by clicking [S-12]", () =>
    visit(async (visitor) => {
        const { page } = visitor;
        const words = await askForLink(page, server.origin, kOperator);
        assert.match(await page.textContent("#sent-to"), /operator@example\.test/);
        const mail = await server.mail(words);
        await page.goto(mail.link);
        await showing(page, "ready");
        assert.equal(await page.textContent("[data-state=ready] [data-fill=address]"), kOperator);
        assert.equal(await visitor.cookie("sallyport-session"), undefined);
        await page.click("#redeem");
        await page.waitForURL("**/account");
        await showing(page, "session");
        assert.equal(await page.textContent("[data-state=session] [data-fill=address]"), kOperator);
        assert.ok(await page.isVisible("[data-acr='0']"));
        const cookie = await visitor.cookie("sallyport-session");
        assert.ok(cookie.httpOnly);
        assert.equal(cookie.sameSite, "Lax");
    }));

test("keeps the token out of the address bar, the history and the Referer [L-14]", () =>
    visit(async ({ page }) => {
        const words = await askForLink(page, server.origin, server.person());
        const mail = await server.mail(words);
        const requests = [];
        page.on("request", (request) => requests.push(request));
        await page.goto(mail.link);
        await showing(page, "ready");
        assert.equal(page.url(), `${server.origin}/link`);
        const token = mail.link.split("#")[1].slice(0, -1);
        for (const request of requests) {
            assert.ok(!request.url().includes(token));
            assert.equal(request.headers().referer ?? "", "");
        }
        assert.equal(await page.evaluate(() => localStorage.length + sessionStorage.length), 0);
        await page.reload();
        await showing(page, "code");
    }));

test("signs in with the relay code on the waiting page", () =>
    visit(async ({ page }) => {
        const words = await askForLink(page, server.origin, server.person());
        const mail = await server.mail(words);
        await page.fill("#relay-code", ` ${mail.code.toLowerCase().replace("-", " ")} `);
        await page.click("#relay button");
        await page.waitForURL("**/account");
        await showing(page, "session");
    }));

test("says what is wrong with a code, and takes the right one afterwards", () =>
    visit(async ({ page }) => {
        const words = await askForLink(page, server.origin, server.person());
        const mail = await server.mail(words);
        await page.fill("#relay-code", "no");
        await page.click("#relay button");
        assert.ok(await page.isVisible("#relay-code-error [data-error=shape]"));
        const wrong = mail.code.startsWith("2") ? `3${mail.code.slice(1)}` : `2${mail.code.slice(1)}`;
        await page.fill("#relay-code", wrong);
        await page.click("#relay button");
        await page.waitForSelector("#relay-code-error [data-error=wrong]:not([hidden])");
        assert.equal(await page.getAttribute("#relay-code", "aria-invalid"), "true");
        await page.fill("#relay-code", mail.code);
        await page.keyboard.press("Enter");
        await page.waitForURL("**/account");
    }));

test("the waiting page goes on when the link was used beside it", () =>
    visit(async ({ page, context }) => {
        const words = await askForLink(page, server.origin, server.person());
        const mail = await server.mail(words);
        const beside = await context.newPage();
        await beside.goto(mail.link);
        await beside.click("#redeem");
        await beside.waitForURL("**/account");
        await page.waitForURL("**/account");
    }));

test("the relay code works where the link lost its fragment", () =>
    visit(async ({ page }) => {
        const words = await askForLink(page, server.origin, server.person());
        const mail = await server.mail(words);
        await page.goto(mail.link.split("#")[0]);
        await showing(page, "code");
        await page.fill("#relay-code", mail.code);
        await page.click("#relay button");
        await page.waitForURL("**/account");
    }));

test("a link that lost or gained something at its end still works", () =>
    visit(async ({ page }) => {
        const words = await askForLink(page, server.origin, server.person());
        const mail = await server.mail(words);
        for (const damaged of [mail.link.slice(0, -1), `${mail.link}.`, `${mail.link})`, `${mail.link}%3E`]) {
            await page.goto("about:blank");
            await page.goto(damaged);
            await showing(page, "ready");
        }
        await page.goto("about:blank");
        await page.goto(mail.link.slice(0, -2));
        await showing(page, "code");
    }));

test("another browser shows the way back, and the first one signs in [L-05, L-06]", () =>
    visit(async ({ page }) => {
        const words = await askForLink(page, server.origin, server.person());
        const mail = await server.mail(words);
        await visit(async (other) => {
            await other.page.goto(mail.link);
            await showing(other.page, "wrong_browser");
            await other.page.click("#was-me");
            await showing(other.page, "go_back");
            assert.equal(await other.cookie("sallyport-session"), undefined);
            await other.page.goto(`${server.origin}/link`);
            await showing(other.page, "elsewhere");
        });
        await page.fill("#relay-code", mail.code);
        await page.click("#relay button");
        await page.waitForURL("**/account");
    }));

test("a spent link says so", () =>
    visit(async (visitor) => {
        const { page } = visitor;
        const mail = await signIn(visitor, server, server.person());
        await page.goto(mail.link);
        await showing(page, "used_here");
        await page.goto(`${server.origin}/account`);
        await page.click("[data-state=session] [data-end-session]");
        await showing(page, "signed_out");
        await page.goto(mail.link);
        await showing(page, "used");
    }));

test("an older mail leads to the newest", () =>
    visit(async ({ page }) => {
        const address = server.person();
        const first = await server.mail(await askForLink(page, server.origin, address));
        await page.click("#other");
        await showing(page, "form");
        await page.fill("#email", address);
        await page.click("#ask button");
        await showing(page, "waiting");
        const second = await server.mail(await page.textContent("[data-fill=tag]"));
        await page.goto(first.link);
        await page.waitForSelector("[data-state]:not([hidden]):not([aria-busy])");
        assert.ok(!(await page.isVisible("#redeem")));
        await page.goto("about:blank");
        await page.goto(second.link);
        await showing(page, "ready");
    }));

test("says when the time is up, and sends again only after its time", () =>
    visit(async ({ page }) => {
        await page.clock.install();
        const words = await askForLink(page, server.origin, server.person());
        await server.mail(words);
        assert.match(await page.textContent("[data-state=waiting] [data-fill=clock]"), /^(10:00|9:5\d)$/);
        assert.ok(await page.isDisabled("#again"));
        await page.clock.fastForward(61000);
        await page.waitForSelector("#again:not([disabled])");
        await page.click("#again");
        await page.waitForSelector("[data-problem=rate_limited]:not([hidden])");
        assert.match(await page.textContent("[data-problem=rate_limited]"), /\d+ seconds/);
        await page.route("**/api/v1/links/current", (route) => route.abort());
        await page.clock.fastForward(600000);
        await showing(page, "expired");
    }));

test("an address that is none is refused beside its field", () =>
    visit(async ({ page }) => {
        await page.goto(`${server.origin}/login`);
        await showing(page, "form");
        for (const address of ["", "nobody", "a@example.test,b@example.test", "a b@example.test"]) {
            await page.fill("#email", address);
            await page.click("#ask button");
            await page.waitForSelector("#email[aria-invalid=true]");
            assert.ok(await page.isVisible("#email-error"));
        }
        assert.equal(await page.evaluate(() => document.activeElement.id), "email");
    }));

test("works with the keyboard alone", () =>
    visit(async ({ page }) => {
        const tabTo = async (selector) => {
            for (let presses = 0; presses < 30; ++presses) {
                await page.keyboard.press("Tab");
                if (await page.evaluate((wanted) => document.activeElement.matches(wanted), selector)) return;
            }
            assert.fail(`the keyboard does not reach ${selector}`);
        };
        await page.goto(`${server.origin}/login`);
        await showing(page, "form");
        await tabTo(".skip");
        await page.keyboard.press("Enter");
        await tabTo("#email");
        await page.keyboard.type(server.person());
        await page.keyboard.press("Enter");
        await showing(page, "waiting");
        assert.equal(await page.evaluate(() => document.activeElement.tagName), "H1");
        const mail = await server.mail(await page.textContent("[data-fill=tag]"));
        await page.goto(mail.link);
        await showing(page, "ready");
        await tabTo("#redeem");
        await page.keyboard.press("Space");
        await page.waitForURL("**/account");
        await showing(page, "session");
        await tabTo("[data-state=session] [data-end-session]");
        await page.keyboard.press("Enter");
        await showing(page, "signed_out");
        assert.equal(await page.evaluate(() => document.activeElement.tagName), "H1");
    }));

test("without scripts every page says what to do", () =>
    visit(
        async ({ page }) => {
            for (const path of ["/login", "/link", "/not-me", "/account"]) {
                await page.goto(server.origin + path);
                assert.match(await page.textContent("noscript, main"), /JavaScript/);
                assert.ok(await page.isVisible("noscript .card, main .card"));
            }
        },
        { javaScriptEnabled: false },
    ));
