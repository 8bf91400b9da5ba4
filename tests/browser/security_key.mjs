// Chromium's virtual security key: it belongs to one page and goes with it.

import assert from "node:assert/strict";

const kOptions = {
    ...{ protocol: "ctap2", ctap2Version: "ctap2_1", transport: "usb", automaticPresenceSimulation: true },
    ...{ hasResidentKey: true, hasUserVerification: true, isUserVerified: true },
};

export class SecurityKey {
    #session;
    #id;

    static async plugIn(page, options = {}) {
        const key = new SecurityKey();
        key.#session = await page.context().newCDPSession(page);
        await key.#session.send("WebAuthn.enable", { enableUI: false });
        const added = await key.#session.send("WebAuthn.addVirtualAuthenticator", { options: { ...kOptions, ...options } });
        key.#id = added.authenticatorId;
        return key;
    }

    /// For good; what it held is gone.
    async takeOut() {
        await this.#session.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId: this.#id });
    }

    /// Whether somebody touches it when it blinks.
    async touched(enabled) {
        await this.#session.send("WebAuthn.setAutomaticPresenceSimulation", { authenticatorId: this.#id, enabled });
    }

    /// Whether the PIN is right.
    async verified(isUserVerified) {
        await this.#session.send("WebAuthn.setUserVerified", { authenticatorId: this.#id, isUserVerified });
    }

    /// Bends what it answers (isBogusSignature, isBadUV, isBadUP).
    async bend(bits) {
        await this.#session.send("WebAuthn.setResponseOverrideBits", { authenticatorId: this.#id, ...bits });
    }

    async credentials() {
        return (await this.#session.send("WebAuthn.getCredentials", { authenticatorId: this.#id })).credentials;
    }
}

/// Enrols the first key of a signed-in person and ends on the page that offers the spare.
export async function enrolFirst(page, origin, label = "blue one") {
    await page.goto(`${origin}/enrol`);
    await page.fill("#label", label);
    await page.click("#first button");
    await page.waitForSelector("[data-state=done]:not([hidden])");
}

/// The sentences that the page shows about the key.
export async function causes(page) {
    await page.waitForSelector("[data-cause]:not([hidden])");
    assert.equal(await page.evaluate(() => document.activeElement.id), "key-problem");
    return page.$$eval("[data-cause]:not([hidden])", (places) => places.map((place) => place.dataset.cause));
}
