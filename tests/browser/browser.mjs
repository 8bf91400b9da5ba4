// Debian's Chromium, and windows that notice every error and every breach of the content policy.

import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";

import { chromium } from "playwright-core";

const kAxe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const kShots = process.env.SALLYPORT_SHOTS ?? path.join(tmpdir(), "sallyport-shots");
const kArguments = [
    ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
    ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
];

export function launch() {
    return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: kArguments });
}

/// A cookie jar of its own. `errors` collects what must not happen.
export class Visitor {
    errors = [];

    static async arrive(browser, options = {}) {
        const visitor = new Visitor();
        visitor.context = await browser.newContext({ locale: "en-US", ...options });
        visitor.context.setDefaultTimeout(15000);
        visitor.context.on("page", (page) => visitor.#watch(page));
        visitor.page = await visitor.context.newPage();
        return visitor;
    }

    #watch(page) {
        page.on("pageerror", (error) => this.errors.push(`exception: ${error.message}`));
        page.on("console", (message) => {
            if (message.type() !== "error" && message.type() !== "warning") return;
            // Chromium reports every honest refusal of the API as an error of loading.
            const api = new URL(message.location().url || "about:blank").pathname.startsWith("/api/v1/");
            if (api && message.text().startsWith("Failed to load resource")) return;
            // RS256 is not offered, on purpose: security keys know ES256.
            if (message.text().startsWith("publicKey.pubKeyCredParams is missing")) return;
            this.errors.push(`console: ${message.text()}`);
        });
    }

    async cookie(name) {
        return (await this.context.cookies()).find((cookie) => cookie.name.endsWith(name));
    }

    /// Runs `body`, then leaves; what failed first is told.
    async during(body) {
        try {
            await body(this);
        } catch (error) {
            await this.context.close();
            throw error;
        }
        await this.leave();
    }

    async leave() {
        await this.context.close();
        assert.deepEqual(this.errors, []);
    }
}

/// Waits until the page shows that state.
export async function showing(page, state) {
    await page.waitForSelector(`[data-state="${state}"]:not([hidden])`);
}

export async function shown(page) {
    await page.waitForSelector("[data-state]:not([hidden]):not([aria-busy])");
    return page.$eval("[data-state]:not([hidden])", (section) => section.dataset.state);
}

/// What axe finds, as readable lines. The engine comes in beside the page's policy, as an extension would.
export async function accessibilityFaults(page) {
    // Not detached: with it the page's virtual security key would go.
    const session = await page.context().newCDPSession(page);
    await session.send("Runtime.evaluate", { expression: kAxe });
    const result = await page.evaluate(() => globalThis.axe.run());
    return result.violations.map((fault) => `${fault.id}: ${fault.nodes.map((node) => node.html).join(" ")}`);
}

export async function picture(page, name) {
    await mkdir(kShots, { recursive: true });
    await page.screenshot({ path: path.join(kShots, `${name}.png`), fullPage: true });
}

/// Types the address and answers the two words of the waiting page.
export async function askForLink(page, origin, address) {
    await page.goto(`${origin}/login`);
    await showing(page, "form");
    await page.fill("#email", address);
    await page.click("#ask button");
    await showing(page, "waiting");
    return page.textContent("[data-fill=tag]");
}

/// Signs in by the link of the mail.
export async function signIn(visitor, server, address) {
    const words = await askForLink(visitor.page, server.origin, address);
    const mail = await server.mail(words);
    await visitor.page.goto(mail.link);
    await showing(visitor.page, "ready");
    await visitor.page.click("#redeem");
    await visitor.page.waitForURL("**/account");
    await showing(visitor.page, "session");
    return mail;
}
