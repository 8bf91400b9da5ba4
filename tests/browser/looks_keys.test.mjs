// Every page and state of security keys and approvals: accessible in light and dark, readable at 320 pixels.

import { after, before, test } from "node:test";

import { Visitor, launch, showing, signIn } from "./browser.mjs";
import { check, kLooks } from "./looks.mjs";
import { SecurityKey, causes, enrolFirst } from "./security_key.mjs";
import { Server } from "./server.mjs";

const kId = "A".repeat(22);
const kText = "Release 1 250.00 EUR to “Muster GmbH”, account DE89 3704 0044 0532 0130 00";

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

function visit(options, body) {
    return Visitor.arrive(browser, options).then((visitor) => visitor.during(body));
}

function actionDocument(change) {
    return {
        ...{ id: kId, type: "payment.release", text: kText, action_digest: "A".repeat(43), state: "proposed", required: 2 },
        ...{ approvals: 1, may_approve: true, proposed: false, expires_in: 240, approve_url: `${server.origin}/approve/${kId}` },
        ...change,
    };
}

for (const { name, options } of kLooks) {
    test(`enrolment and keys: ${name}`, () =>
        visit(options, async ({ page }) => {
            await signIn({ page }, server, server.person());
            const key = await SecurityKey.plugIn(page);
            await page.goto(`${server.origin}/enrol`);
            await check(page, name, "form");
            await page.click("#first button");
            await page.waitForSelector("#label[aria-invalid=true]");
            await check(page, name, "form", "_invalid");
            await key.verified(false);
            await page.fill("#label", "blue one");
            await page.click("#first button");
            await causes(page);
            await check(page, name, "form", "_causes");
            await key.verified(true);
            await enrolFirst(page, server.origin);
            await check(page, name, "done");
            await page.click("#another");
            await check(page, name, "further");
            await page.fill("#further-label", "in the safe");
            await page.click("#ask button");
            await check(page, name, "approve");
            await key.touched(false);
            await page.click("#approve");
            await page.waitForSelector("[data-touch=get]:not([hidden])");
            await check(page, name, "approve", "_touch");
            await key.touched(true);
            await page.goto(`${server.origin}/enrol`);
            await page.fill("#further-label", "in the safe");
            await page.click("#ask button");
            await showing(page, "approve");
            await page.click("#approve");
            await check(page, name, "spare");
            await page.goto(`${server.origin}/account`);
            await page.waitForSelector("#sessions:not([hidden])");
            await page.click("#keys summary");
            await check(page, name, "session", "_keys");
            await page.click("#keys [data-do=lost]");
            await check(page, name, "lost");
            await page.goto(`${server.origin}/step-up`);
            await check(page, name, "form");
        }));

    test(`approvals: ${name}`, () =>
        visit(options, async ({ page }) => {
            await signIn({ page }, server, server.person());
            let shown = {};
            await page.route(`**/api/v1/actions/${kId}`, (route) => route.fulfill({ json: actionDocument(shown) }));
            for (const [state, change] of [
                ["open", {}],
                ["waiting", { may_approve: false, proposed: true }],
                ["approved", { state: "granted", approvals: 2 }],
                ["executed", { state: "executed", approvals: 2 }],
                ["denied", { state: "denied" }],
                ["cancelled", { state: "cancelled" }],
                ["expired", { state: "expired" }],
                ["failed", { state: "failed" }],
            ]) {
                shown = change;
                await page.goto(`${server.origin}/approve/${kId}`);
                await check(page, name, state);
            }
            shown = {};
            await page.goto(`${server.origin}/approve/${kId}`);
            await showing(page, "open");
            await page.route("**/deny", (route) => route.fulfill({ json: actionDocument({ state: "executed", ticket: `spt.1.${kId}.${"B".repeat(43)}` }) }));
            await page.click("#deny");
            await page.waitForSelector("#ticket:not([hidden])");
            await check(page, name, "executed", "_ticket");
            await page.goto(`${server.origin}/approve/${kId}`);
            await showing(page, "open");
            await page.route("**/challenge", (route) => route.fulfill({ status: 403, json: { code: "step_up_required" } }));
            await page.click("#approve");
            await check(page, name, "raise");
            await page.goto(`${server.origin}/approve`);
            await check(page, name, "unknown");
            await page.goto(`${server.origin}/propose`);
            await showing(page, "form");
            await page.click("#ask button[type=submit]");
            await page.waitForSelector("[aria-invalid=true]");
            await check(page, name, "form");
            const waiting = [actionDocument({}), actionDocument({ may_approve: false, proposed: true })];
            await page.route("**/api/v1/actions", (route) => route.fulfill({ json: { actions: waiting } }));
            await page.goto(`${server.origin}/account`);
            await page.waitForSelector("#sessions:not([hidden])");
            await check(page, name, "session", "_inbox");
        }));
}
