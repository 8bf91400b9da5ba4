// What a signed-in person sees and ends.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Visitor, askForLink, launch, showing, signIn } from "./browser.mjs";
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

test("without a session the account page leads to the sign-in", async () => {
    const visitor = await Visitor.arrive(browser);
    await visitor.page.goto(`${server.origin}/account`);
    await showing(visitor.page, "signed_out");
    await visitor.page.click("[data-state=signed_out] a.button");
    await visitor.page.waitForURL("**/login");
    await showing(visitor.page, "form");
    await visitor.leave();
});

test("signing out ends the session, not only the cookie [S-05]", async () => {
    const visitor = await Visitor.arrive(browser);
    await signIn(visitor, server, server.person());
    const cookie = await visitor.cookie("sallyport-session");
    await visitor.page.click("[data-state=session] [data-end-session]");
    await showing(visitor.page, "signed_out");
    assert.equal(await visitor.cookie("sallyport-session"), undefined);
    await visitor.context.addCookies([cookie]);
    await visitor.page.reload();
    await showing(visitor.page, "signed_out");
    await visitor.leave();
});

test("the list ends the session of another browser [S-06]", async () => {
    const address = server.person();
    const here = await Visitor.arrive(browser);
    const there = await Visitor.arrive(browser);
    await signIn(there, server, address);
    await signIn(here, server, address);
    const lines = here.page.locator("#sessions li");
    await lines.nth(1).waitFor();
    const before_press = await lines.count();
    const current = here.page.locator("#sessions li", { has: here.page.locator("[data-if=current]:visible") });
    assert.equal(await current.count(), 1);
    assert.equal(await current.locator("button:visible").count(), 0);
    assert.match(await lines.first().textContent(), /Chrome on Linux/);
    await here.page.locator("#sessions button:visible").first().click();
    await here.page.waitForSelector("#session-ended:not([hidden])");
    assert.equal(await lines.count(), before_press - 1);
    await there.page.reload();
    await showing(there.page, "signed_out");
    await here.page.reload();
    await showing(here.page, "session");
    await here.leave();
    await there.leave();
});

test("another session of the same browser ends when a new one begins [S-02]", async () => {
    const address = server.person();
    const visitor = await Visitor.arrive(browser);
    await signIn(visitor, server, address);
    const first = await visitor.cookie("sallyport-session");
    await signIn(visitor, server, address);
    const second = await visitor.cookie("sallyport-session");
    assert.notEqual(first.value, second.value);
    await visitor.context.addCookies([first]);
    await visitor.page.reload();
    await showing(visitor.page, "signed_out");
    await visitor.leave();
});

test("another person's session in this browser is named before it is replaced", async () => {
    const visitor = await Visitor.arrive(browser);
    const address = server.person();
    await signIn(visitor, server, address);
    const mail = await server.mail(await askForLink(visitor.page, server.origin, server.person()));
    await visitor.page.goto(mail.link);
    await showing(visitor.page, "ready");
    assert.match(await visitor.page.textContent("#replaces"), new RegExp(address));
    assert.ok(await visitor.page.isVisible("#replaces"));
    await visitor.leave();
});
