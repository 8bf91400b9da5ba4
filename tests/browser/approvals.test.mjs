// What a person approves, denies and withdraws; and that a key is asked only for what the page shows.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";

import { Visitor, launch, showing, signIn } from "./browser.mjs";
import { SecurityKey, causes, enrolFirst } from "./security_key.mjs";
import { Server } from "./server.mjs";

const kPayment = { amount: "1250.00", currency: "EUR", payee: "Muster GmbH", iban: "DE89370400440532013000" };

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

/// A call of the API as the page's scripts make it.
async function post(page, path, request) {
    return page.evaluate(async ([at, body]) => {
        const session = await (await fetch("/api/v1/session")).json();
        const headers = { "Content-Type": "application/json", "X-CSRF-Token": session.csrf_token };
        const answer = await fetch(`/api/v1${at}`, { method: "POST", headers, body: JSON.stringify(body) });
        return answer.json();
    }, [path, request]);
}

/// Proposes, and opens the page that asks for approval.
async function openProposal(page, type = "payment.release", parameters = kPayment) {
    const action = await post(page, "/actions", { type, parameters });
    assert.match(action.approve_url ?? JSON.stringify(action), /\/approve\/[A-Za-z0-9_-]{22}$/);
    await page.goto(action.approve_url);
    await showing(page, "open");
    return action;
}

/// enc() of the design, a third time: what is hashed, from the names of protocols.md 5 alone.
function enc(domain, fields) {
    const length = (bytes) => { const four = Buffer.alloc(4); four.writeUInt32BE(bytes); return four; };
    const parts = [length(domain.length), Buffer.from(domain), length(fields.length)];
    for (const field of fields) parts.push(Buffer.from([1]), length(field.length), field);
    return Buffer.concat(parts);
}

function sorted(value) {
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, inner]) => [name, sorted(inner)]));
}

const sha256 = (bytes) => createHash("sha256").update(bytes).digest();
const base64url = (text) => Buffer.from(text, "base64url");
const number = (value) => { const eight = Buffer.alloc(8); eight.writeBigUInt64BE(BigInt(value)); return eight; };
const digestOf = (action) => sha256(JSON.stringify(sorted(action)));

function challengeOf(transcript) {
    return sha256(enc("sallyport/approval/v1", [
        base64url(transcript.nonce), base64url(transcript.action_id), digestOf(transcript.action), Buffer.from(transcript.locale),
        number(transcript.template_version), sha256(transcript.text), base64url(transcript.account), base64url(transcript.session_hash),
        Buffer.from(transcript.channel), Buffer.from(transcript.acr), number(transcript.issued), number(transcript.expires),
    ])).toString("base64url");
}

/// Changes the answer that holds the challenge.
function bendChallenge(page, edit) {
    return page.route("**/challenge", async (route) => {
        const response = await route.fetch();
        const json = await response.json();
        edit(json);
        await route.fulfill({ response, json });
    });
}

test("an approval: the text, a touch over the challenge that any auditor computes, and the end", () =>
    withKey(async ({ page }, key) => {
        const action = await openProposal(page);
        assert.equal(await page.textContent("[data-state=open] blockquote"), action.text);
        for (const value of ["250.00", "EUR", "Muster GmbH"]) assert.ok(action.text.includes(value), value);
        const answer = page.waitForResponse("**/challenge");
        await page.click("#approve");
        const { publicKey, transcript } = await (await answer).json();
        assert.equal(publicKey.challenge, challengeOf(transcript));
        await page.waitForSelector("[data-state=approved]:not([hidden]), [data-state=executed]:not([hidden])");
        assert.ok((await key.credentials())[0].signCount > 1);
        await page.reload();
        await page.waitForSelector("[data-state=approved]:not([hidden]), [data-state=executed]:not([hidden])");
    }));

for (const [what, edit] of Object.entries({
    "text": (json) => { json.transcript.text = json.transcript.text.replace("250.00", "950.00"); },
    "text, with its challenge": (json) => {
        json.transcript.text = json.transcript.text.replace("250.00", "950.00");
        json.publicKey.challenge = challengeOf(json.transcript);
    },
    "amount": (json) => { json.transcript.action.parameters.amount = "9250.00"; },
    "amount, with digest and challenge": (json) => {
        json.transcript.action.parameters.amount = "9250.00";
        json.transcript.action_digest = digestOf(json.transcript.action).toString("base64url");
        json.publicKey.challenge = challengeOf(json.transcript);
    },
    "digest": (json) => { json.transcript.action_digest = "A".repeat(43); },
    "action id, with its challenge": (json) => {
        json.transcript.action_id = "A".repeat(22);
        json.publicKey.challenge = challengeOf(json.transcript);
    },
    "approver, with its challenge": (json) => {
        json.transcript.account = "A".repeat(22);
        json.publicKey.challenge = challengeOf(json.transcript);
    },
    "channel, with its challenge": (json) => {
        json.transcript.channel = "cli";
        json.publicKey.challenge = challengeOf(json.transcript);
    },
    "nonce": (json) => { json.transcript.nonce = "A".repeat(43); },
    "expiry": (json) => { json.transcript.expires += 1; },
    "acr": (json) => { json.transcript.acr = "phrh"; },
    "session": (json) => { json.transcript.session_hash = "A".repeat(43); },
    "challenge": (json) => { json.publicKey.challenge = "A".repeat(43); },
    "form of the nonce": (json) => { json.transcript.nonce += "="; },
    "number of the template": (json) => { json.transcript.template_version = 1.5; },
})) {
    test(`before the touch a transcript with another ${what} is refused`, () =>
        withKey(async ({ page }, key) => {
            await openProposal(page);
            await bendChallenge(page, edit);
            const before_touch = (await key.credentials())[0].signCount;
            let sent = 0;
            page.on("request", (request) => { if (request.url().endsWith("/approvals")) sent += 1; });
            await page.click("#approve");
            assert.deepEqual(await causes(page), ["changed"]);
            assert.equal((await key.credentials())[0].signCount, before_touch);
            assert.equal(sent, 0);
        }));
}

test("denying takes one key of the keyboard and no touch", () =>
    withKey(async ({ page }, key) => {
        await openProposal(page);
        await key.touched(false);
        await page.focus("#approve");
        await page.keyboard.press("Tab");
        assert.equal(await page.evaluate(() => document.activeElement.id), "deny");
        const approve = await page.locator("#approve").boundingBox();
        const deny = await page.locator("#deny").boundingBox();
        assert.equal(approve.height, deny.height);
        assert.ok(Math.abs(approve.width - deny.width) < 2);
        await page.keyboard.press("Enter");
        await showing(page, "denied");
        await page.reload();
        await showing(page, "denied");
    }));

test("an action whose time is up says so, also when that happens while the page is open", () =>
    withKey(async ({ page }) => {
        await openProposal(page);
        await server.pass(301);
        await showing(page, "expired");
        await page.reload();
        await showing(page, "expired");
    }));

test("what the proposer withdraws elsewhere shows as withdrawn at the next press", () =>
    withKey(async ({ page }) => {
        const action = await openProposal(page);
        await post(page, `/actions/${action.id}/cancel`, {});
        await page.click("#approve");
        await showing(page, "cancelled");
    }));

test("a proposal is typed, shown as its text, and approved", () =>
    withKey(async ({ page }) => {
        await page.goto(`${server.origin}/account`);
        await page.waitForSelector("#inbox:not([hidden])");
        await page.click("#inbox a[href='/propose']");
        await showing(page, "form");
        assert.deepEqual(await page.$$eval("#type option", (options) => options.map((one) => one.value)), ["payment.release", "records.export"]);
        await page.selectOption("#type", "records.export");
        await page.getByLabel("Number of records").waitFor();
        await page.selectOption("#type", "payment.release");
        await page.click("#ask button[type=submit]");
        await page.waitForSelector("#field-payee[aria-invalid=true]");
        await page.getByLabel("Payee").fill(kPayment.payee);
        await page.getByLabel("Account (IBAN)").fill("DE89 3704 0044 0532 0130 01");
        await page.getByLabel("Amount").fill("12,50");
        await page.selectOption("#field-currency", "EUR");
        await page.click("#ask button[type=submit]");
        await page.waitForSelector("#field-amount-error [data-error=decimal]:not([hidden])");
        await page.getByLabel("Amount").fill(kPayment.amount);
        await page.click("#ask button[type=submit]");
        await page.waitForSelector("#refused:not([hidden])");
        await page.getByLabel("Account (IBAN)").fill(kPayment.iban);
        await page.click("#ask button[type=submit]");
        await page.waitForURL("**/approve/*");
        await showing(page, "open");
        assert.match(await page.textContent("[data-state=open] blockquote"), /250\.00 EUR to .*Muster GmbH/);
        assert.ok(await page.isVisible("[data-state=open] [data-if=own]"));
    }));

test("an export waits for others after one's own proposal, stands in the inbox, and is withdrawn", () =>
    withKey(async ({ page }) => {
        const action = await post(page, "/actions", { type: "records.export", parameters: { register: "members", records: 12, reason: "withdrawn later" } });
        await page.goto(`${server.origin}/account`);
        await page.waitForSelector("#inbox:not([hidden])");
        await page.locator("#inbox li", { hasText: action.text }).locator("a").click();
        await showing(page, "waiting");
        assert.equal(await page.textContent("[data-state=waiting] blockquote"), action.text);
        await page.click("#cancel");
        await showing(page, "cancelled");
    }));

test("one export, two approvers: each on a page of his own", () =>
    withKey(async ({ page }) => {
        const action = await post(page, "/actions", { type: "records.export", parameters: { register: "members", records: 12, reason: "yearly audit" } });
        for (const expected of ["waiting", "approved"]) {
            await withKey(async (approver) => {
                await approver.page.goto(`${server.origin}/account`);
                await approver.page.waitForSelector("#inbox:not([hidden])");
                await approver.page.goto(action.approve_url);
                await showing(approver.page, "open");
                await approver.page.click("#approve");
                if (expected === "waiting") await showing(approver.page, "waiting");
                else await approver.page.waitForSelector("[data-state=approved]:not([hidden]), [data-state=executed]:not([hidden])");
            });
        }
        await page.goto(action.approve_url);
        await page.waitForSelector("[data-state=approved]:not([hidden]), [data-state=executed]:not([hidden])");
    }));

test("an action that is not there, or not for this person", async () => {
    const arrived = await Visitor.arrive(browser);
    await arrived.during(async (visitor) => {
        await visitor.page.goto(`${server.origin}/approve/${"A".repeat(22)}`);
        await showing(visitor.page, "signed_out");
        await signIn(visitor, server, server.person());
        for (const path of [`/approve/${"A".repeat(22)}`, "/approve/nothing", "/approve"]) {
            await visitor.page.goto(server.origin + path);
            await showing(visitor.page, "unknown");
        }
    });
});

test("a spare key is added by a touch of the first one, and the first is removed by the spare", () =>
    withKey(async ({ page }, first) => {
        await page.click("#another");
        await showing(page, "further");
        await page.fill("#further-label", "in the safe");
        await page.click("#ask button");
        await showing(page, "approve");
        assert.match(await page.textContent("[data-state=approve] blockquote"), /security key/);
        await page.click("#approve");
        await showing(page, "spare");
        await first.touched(false);
        const spare = await SecurityKey.plugIn(page);
        await page.click("#create");
        await showing(page, "done");
        assert.ok(!(await page.isVisible("#alone")));
        assert.equal((await spare.credentials()).length, 1);

        await page.goto(`${server.origin}/account`);
        await page.waitForSelector("#keys:not([hidden])");
        assert.equal(await page.locator("#keys li").count(), 2);
        assert.ok(!(await page.isVisible("#keys-one")));
        const old = page.locator("#keys li", { hasText: "blue one" });
        await old.locator("summary").click();
        await old.locator("[data-do=remove]").click();
        await page.waitForURL("**/approve/*");
        await showing(page, "open");
        assert.match(await page.textContent("[data-state=open] blockquote"), /blue one/);
        await page.click("#approve");
        await showing(page, "executed");
        await page.click("[data-state=executed] a.button");
        await page.waitForURL("**/account");
    }));

test("the key that is enrolled already cannot be its own spare", () =>
    withKey(async ({ page }) => {
        await page.click("#another");
        await page.fill("#further-label", "again");
        await page.click("#ask button");
        await showing(page, "approve");
        await page.click("#approve");
        await showing(page, "spare");
        await page.click("#create");
        assert.deepEqual(await causes(page), ["already_enrolled"]);
    }));

test("denying the spare leaves the keys as they are", () =>
    withKey(async ({ page }) => {
        await page.click("#another");
        await page.fill("#further-label", "not mine");
        await page.click("#ask button");
        await showing(page, "approve");
        await page.click("#deny");
        await page.waitForURL("**/account");
        await page.waitForSelector("#keys:not([hidden])");
        assert.equal(await page.locator("#keys li").count(), 1);
    }));

test("a step-up shows its sentence, takes a touch and renews the session", () =>
    withKey(async (visitor) => {
        const { page } = visitor;
        const old = await visitor.cookie("sallyport-session");
        await page.goto(`${server.origin}/step-up`);
        await showing(page, "form");
        await page.click("#confirm");
        await page.waitForURL("**/account");
        await showing(page, "session");
        assert.notEqual((await visitor.cookie("sallyport-session")).value, old.value);
        assert.ok(await page.isVisible("[data-acr=phr]"));
    }));

test("a step-up leads back to the approval that asked for it", () =>
    withKey(async ({ page }) => {
        const action = await openProposal(page);
        await page.route("**/challenge", (route) => route.fulfill({ status: 403, json: { code: "step_up_required", trace: "0123456789abcdef" } }));
        await page.click("#approve");
        await showing(page, "raise");
        await page.unroute("**/challenge");
        await page.click("[data-step-up]");
        await showing(page, "form");
        await page.click("#confirm");
        await page.waitForURL(`**/approve/${action.id}`);
        await showing(page, "open");
    }));
