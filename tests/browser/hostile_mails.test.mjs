// What mail systems do to a mail: each case ends signed in, or at one clear next step that ends signed in.
// docs/hostile-mails.md is this table for people, under the same names.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { Visitor, askForLink, launch, showing } from "./browser.mjs";
import { Server } from "./server.mjs";

const kIPhone =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1";

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

/// Follows a link as from a mail program: as a page load of its own.
async function follow(page, url) {
    await page.goto("about:blank");
    await page.goto(url);
}

async function press(page) {
    await showing(page, "ready");
    await page.click("#redeem");
}

async function typeCode(page, mail) {
    await page.fill("#relay-code", mail.code);
    await page.click("#relay button");
}

async function mailOf(page) {
    return server.mail(await page.textContent("[data-fill=tag]"));
}

/// Redirects to `target` as a click-tracking gateway does.
async function redirecting(target, body) {
    const gateway = createServer((_, response) => response.writeHead(302, { Location: target }).end());
    await new Promise((resolve) => gateway.listen(0, "127.0.0.1", resolve));
    try {
        await body(`http://127.0.0.1:${gateway.address().port}/click`);
    } finally {
        gateway.closeAllConnections();
        gateway.close();
    }
}

async function openElsewhere(mail, options) {
    const other = await Visitor.arrive(browser, options);
    await other.page.goto(mail.link);
    await showing(other.page, "wrong_browser");
    await other.page.click("#was-me");
    await showing(other.page, "go_back");
    assert.deepEqual(await other.context.cookies(), []);
    await other.leave();
}

const kCases = {
    fragmentLost: async (page, mail) => {
        await follow(page, mail.link.split("#")[0]);
        await showing(page, "code");
        await typeCode(page, mail);
    },
    keptBehindARedirect: (page, mail) =>
        redirecting(mail.link, async (click) => {
            await follow(page, click);
            await press(page);
            await page.waitForURL("**/account");
        }),
    cutAtAColon: async (page, mail) => {
        const after_origin = mail.link.slice(server.origin.length).split(":")[0];
        await follow(page, server.origin + after_origin);
        await press(page);
    },
    trailingCharacterEaten: async (page, mail) => {
        await follow(page, mail.link.slice(0, -1));
        await press(page);
    },
    nineMinutesLate: async (page, mail) => {
        await server.pass(9 * 60);
        await follow(page, mail.link);
        await press(page);
    },
    twelveMinutesLate: async (page, mail) => {
        await server.pass(12 * 60);
        await follow(page, mail.link);
        await showing(page, "expired");
        await page.click("#expired-again");
        await page.waitForURL("**/login");
        await showing(page, "waiting");
        await follow(page, (await mailOf(page)).link);
        await press(page);
    },
    deliveredTwice: async (page, mail) => {
        await follow(page, mail.link);
        await press(page);
        await page.waitForURL("**/account");
        await showing(page, "session");
        await follow(page, mail.link);
        await showing(page, "used_here");
        await page.click("[data-state=used_here] a.button");
    },
    outOfOrder: async (page, mail) => {
        await page.click("#other");
        await showing(page, "form");
        await page.click("#ask button");
        await showing(page, "waiting");
        const newest = await mailOf(page);
        await follow(page, mail.link);
        await showing(page, "replaced");
        await page.click("[data-state=replaced] a.button");
        await showing(page, "waiting");
        await follow(page, newest.link);
        await press(page);
    },
    otherBrowser: async (page, mail) => {
        await openElsewhere(mail, {});
        await typeCode(page, mail);
    },
    onThePhone: async (page, mail) => {
        await openElsewhere(mail, { userAgent: kIPhone, viewport: { width: 390, height: 844 }, hasTouch: true });
        await typeCode(page, mail);
    },
    textOnly: async (page, mail) => {
        const lines = mail.text.split("\n").filter((line) => line.includes("/link#"));
        assert.equal(lines.length, 1);
        await follow(page, lines[0]);
        await press(page);
    },
    afterSendAgain: async (page, mail) => {
        await server.pass(61);
        await page.clock.fastForward(61000);
        await page.waitForSelector("#again:not([disabled])");
        await page.click("#again");
        await page.waitForSelector("#again-done:not([hidden])");
        const again = await mailOf(page);
        assert.equal(again.link, mail.link);
        assert.equal(again.code, mail.code);
        await follow(page, mail.link);
        await press(page);
    },
};

for (const [name, run] of Object.entries(kCases)) {
    test(`${name}: the person still signs in`, async () => {
        const person = await Visitor.arrive(browser);
        await person.page.clock.install();
        const mail = await server.mail(await askForLink(person.page, server.origin, server.person()));
        await run(person.page, mail);
        await person.page.waitForURL("**/account");
        await showing(person.page, "session");
        await person.leave();
    });
}

test("docs/hostile-mails.md tells of the same cases", async () => {
    const document = await readFile(new URL("../../docs/hostile-mails.md", import.meta.url), "utf8");
    const told = [...document.matchAll(/^\| \d+ \| [^|]+ \| `(\w+)` \|/gm)].map((row) => row[1]);
    assert.deepEqual(told, Object.keys(kCases));
    assert.equal(Object.keys(kCases).length, 12);
});
