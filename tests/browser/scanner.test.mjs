// A mail scanner follows every URL, runs every script and presses every button: nothing happens.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Visitor, askForLink, launch, showing, shown } from "./browser.mjs";
import { Server } from "./server.mjs";

const kPressable = "button, a.button, summary, input[type=submit], main a[href]";

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

async function visiblePressables(page) {
    const found = [];
    for (const handle of await page.$$(kPressable)) {
        if (await handle.isVisible() && await handle.isEnabled()) found.push(handle);
    }
    return found;
}

/// Presses the controls of one path through the states of a page: at each step the control of that index.
async function pressAlong(page, url, choices) {
    await page.goto("about:blank");
    await page.goto(url);
    await page.waitForLoadState("networkidle");
    for (const choice of choices) {
        const controls = await visiblePressables(page);
        await controls[choice].click();
        await page.waitForLoadState("networkidle");
    }
    return (await visiblePressables(page)).length;
}

/// Every sequence of at most three presses.
async function pressEverything(page, url) {
    const open = [[]];
    let presses = 0;
    while (open.length > 0) {
        const choices = open.pop();
        const controls = await pressAlong(page, url, choices);
        presses += choices.length;
        if (choices.length === 3) continue;
        for (let index = 0; index < controls; ++index) open.push([...choices, index]);
    }
    return presses;
}

test("a scanner that presses everything changes nothing, and the person still signs in [L-05, L-07]", async () => {
    const person = await Visitor.arrive(browser);
    const words = await askForLink(person.page, server.origin, server.person());
    const mail = await server.mail(words);
    assert.ok(mail.urls.length >= 2);
    const mails = await server.mailCount();

    const scanner = await Visitor.arrive(browser);
    let presses = 0;
    for (const url of mail.urls) {
        for (const method of ["HEAD", "GET"]) {
            const response = await scanner.context.request.fetch(url, { method });
            assert.equal(response.status(), 200);
            assert.equal(response.headers()["set-cookie"], undefined);
        }
        presses += await pressEverything(scanner.page, url);
    }
    assert.ok(presses >= 5, `${presses} presses`);
    // At most it began, from /login, a sign-in by key of its own, which has a fresh login cookie and nothing else.
    const cookies = (await scanner.context.cookies()).map((cookie) => cookie.name);
    assert.deepEqual(cookies.filter((name) => name !== "sallyport-login"), []);
    assert.equal(await server.mailCount(), mails);
    await scanner.leave();

    assert.equal(await shown(person.page), "waiting");
    await person.page.goto(mail.link);
    await showing(person.page, "ready");
    await person.page.click("#redeem");
    await person.page.waitForURL("**/account");
    await showing(person.page, "session");
    await person.leave();
});

test("a scanner that guesses words at the not-me page stops nothing", async () => {
    const person = await Visitor.arrive(browser);
    const mail = await server.mail(await askForLink(person.page, server.origin, server.person()));
    const scanner = await Visitor.arrive(browser);
    for (const guess of ["amber amber", "zebra zebra", "yellow yellow"]) {
        await scanner.page.goto("about:blank");
        await scanner.page.goto(mail.not_me);
        await showing(scanner.page, "form");
        await scanner.page.fill("#words", guess);
        await scanner.page.click("#disown button");
        await showing(scanner.page, "done");
    }
    await scanner.leave();
    await person.page.goto(mail.link);
    await showing(person.page, "ready");
    await person.page.click("#redeem");
    await person.page.waitForURL("**/account");
    await person.leave();
});

test("a person who knows the words stops the request, from any browser", async () => {
    const attacker = await Visitor.arrive(browser);
    const words = await askForLink(attacker.page, server.origin, server.person());
    const mail = await server.mail(words);
    const owner = await Visitor.arrive(browser);
    await owner.page.goto(mail.not_me);
    await showing(owner.page, "form");
    assert.equal(owner.page.url(), `${server.origin}/not-me`);
    await owner.page.click("#disown button");
    assert.ok(await owner.page.isVisible("#words-error [data-error=shape]"));
    await owner.page.fill("#words", ` ${words.toUpperCase()} `);
    await owner.page.click("#disown button");
    await showing(owner.page, "done");
    await owner.page.goto(`${server.origin}/not-me`);
    await showing(owner.page, "report");
    await owner.leave();
    await attacker.page.fill("#relay-code", mail.code);
    await attacker.page.click("#relay button");
    await attacker.page.waitForSelector("#relay-code[aria-invalid=true], [data-state=expired]:not([hidden])");
    assert.equal(await attacker.cookie("sallyport-session"), undefined);
    await attacker.leave();
});
