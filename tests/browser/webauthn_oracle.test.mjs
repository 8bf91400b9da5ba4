// Chromium's virtual authenticator as a third opinion on fido/: what it makes right is accepted, and each way in
// which it can be made to go wrong is refused for that reason. Judged by `sallyport webauthn check`, which runs the
// service's own verifiers. It attests with one published key, so no root of it is ever to be pinned.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { launch } from "./browser.mjs";

const kProgram = process.env.SALLYPORT ?? fileURLToPath(new URL("../../build/dev/src/cli/sallyport", import.meta.url));
const kEs256 = -7;
const kEdDsa = -8;
const kRs256 = -257;
const kAuthenticator = {
    ...{ protocol: "ctap2", ctap2Version: "ctap2_1", transport: "usb", automaticPresenceSimulation: true },
    ...{ hasResidentKey: true, hasUserVerification: true, isUserVerified: true },
};

let browser;
let server;
let folder;
let origin;

before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "sallyport-oracle-"));
    server = createServer((request, response) => {
        response.setHeader("Content-Type", "text/html");
        response.end("<!doctype html><title>oracle</title>");
    });
    await new Promise((done) => server.listen(0, "localhost", done));
    origin = `http://localhost:${server.address().port}`;
    browser = await launch();
});

after(async () => {
    await browser?.close();
    await new Promise((done) => server.close(done));
    await rm(folder, { recursive: true, force: true });
});

/// A page with one authenticator, and what was asked of it.
class Ceremonies {
    static async with(options = {}) {
        const it = new Ceremonies();
        it.context = await browser.newContext();
        it.page = await it.context.newPage();
        await it.page.goto(origin);
        it.session = await it.context.newCDPSession(it.page);
        await it.session.send("WebAuthn.enable", { enableUI: false });
        it.key = { authenticatorId: (await it.session.send("WebAuthn.addVirtualAuthenticator", { options: { ...kAuthenticator, ...options } })).authenticatorId };
        return it;
    }

    async #ask(type, publicKey) {
        const json = await this.page.evaluate(
            async ([kind, options]) => {
                const asked =
                    kind === "registration"
                        ? { publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) }
                        : { publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) };
                const made = await navigator.credentials[kind === "registration" ? "create" : "get"](asked);
                return made.toJSON();
            },
            [type, publicKey],
        );
        return { type, rp_id: "localhost", origins: [origin], challenge: publicKey.challenge, response: json };
    }

    async create({ algorithms = [kEs256], ...more } = {}) {
        const case_ = await this.#ask("registration", {
            rp: { id: "localhost", name: "oracle" },
            user: { id: randomBytes(16).toString("base64url"), name: "somebody", displayName: "Somebody" },
            challenge: randomBytes(32).toString("base64url"),
            pubKeyCredParams: algorithms.map((alg) => ({ type: "public-key", alg })),
            authenticatorSelection: { residentKey: "required", userVerification: "required" },
            attestation: "direct",
            ...more,
        });
        return { ...case_, algorithms };
    }

    async get(more = {}) {
        return this.#ask("assertion", {
            rpId: "localhost",
            challenge: randomBytes(32).toString("base64url"),
            userVerification: "required",
            ...more,
        });
    }

    async send(method, parameters = {}) {
        return this.session.send(`WebAuthn.${method}`, { ...this.key, ...parameters });
    }

    async end() {
        await this.context.close();
    }
}

const kPolicy = { attestation: ["packed"], trust_any_root: true, backup_eligible: false };

async function judged(case_, more = {}) {
    const file = path.join(folder, "case.json");
    await writeFile(file, JSON.stringify({ user_verification: "required", policy: kPolicy, ...case_, ...more }));
    return new Promise((resolve, reject) => {
        execFile(kProgram, ["--json", "webauthn", "check", file], (error, stdout, stderr) => {
            try {
                resolve(JSON.parse(stdout));
            } catch {
                reject(new Error(`sallyport webauthn check: ${stdout}${stderr}`));
            }
        });
    });
}

async function accepted(case_, more) {
    const answer = await judged(case_, more);
    assert.equal(answer.verdict, "accepted", JSON.stringify(answer));
    return answer.credential;
}

/// By row of fido/README.md, the codes of what Chromium made wrong and was refused for.
const decided = new Map();

async function refused(row, code, case_, more) {
    const answer = await judged(case_, more);
    assert.equal(answer.verdict, "refused", JSON.stringify(answer));
    assert.equal(answer.code, code, JSON.stringify(answer));
    // R20: an old key is refused for its format.
    assert.match(answer.step, new RegExp(`[(, ]${row === "R20" ? "R16" : row}[,)]`), JSON.stringify(answer));
    decided.set(row, (decided.get(row) ?? new Set()).add(code));
}

test("registrations and assertions of each algorithm are accepted, and the counter rises", async () => {
    for (const algorithm of [kEs256, kEdDsa, kRs256]) {
        const it = await Ceremonies.with();
        const made = await it.create({ algorithms: [algorithm] });
        let credential = await accepted(made);
        assert.equal(credential.algorithm, algorithm);
        assert.equal(credential.attestation, "unverified");
        assert.equal(credential.user_verified, true);
        for (let i = 0; i < 2; ++i) {
            const before_ = credential.sign_count;
            credential = await accepted({ ...(await it.get()), credential });
            assert.ok(credential.sign_count > before_);
        }
        await refused("R23", "authenticator_unknown", made, { policy: { attestation: ["packed"], backup_eligible: false } });
        await it.end();
    }
});

test("what was not offered, expected or asked for is refused", async () => {
    const it = await Ceremonies.with();
    const made = await it.create();
    const credential = await accepted(made);
    await refused("R15", "algorithm_not_offered", made, { algorithms: [kEdDsa] });
    await refused("R5", "wrong_origin", made, { origins: [origin.replace("http:", "https:")] });
    await refused("R9", "wrong_rp_id", made, { rp_id: "example.org" });
    await refused("R4", "wrong_challenge", made, { challenge: randomBytes(32).toString("base64url") });
    const asserted = { ...(await it.get()), credential };
    await refused("A6", "wrong_origin", asserted, { origins: ["http://localhost"] });
    await refused("A8", "wrong_rp_id", asserted, { rp_id: "example.org" });
    await refused("A5", "wrong_challenge", asserted, { challenge: made.challenge });
    await it.end();
});

test("no attestation and the old protocol are what they say", async () => {
    const it = await Ceremonies.with();
    const none = await it.create({ attestation: "none" });
    await refused("R16", "attestation_format", none);
    const credential = await accepted(none, { policy: { attestation: ["none"] } });
    assert.equal(credential.attestation, "none");
    await it.end();
    const u2f = await Ceremonies.with({ protocol: "u2f", ctap2Version: undefined, hasResidentKey: false, hasUserVerification: false });
    const old = await u2f.create({ authenticatorSelection: { residentKey: "discouraged", userVerification: "discouraged" } });
    await refused("R20", "attestation_format", old, { user_verification: "discouraged" });
    await u2f.end();
});

test("credProtect and minPinLength are read", async () => {
    const it = await Ceremonies.with({ hasCredBlob: true, hasMinPinLength: true });
    const made = await it.create({
        extensions: {
            ...{ credentialProtectionPolicy: "userVerificationRequired", enforceCredentialProtectionPolicy: true },
            ...{ minPinLength: true },
        },
    });
    const credential = await accepted(made);
    assert.equal(credential.cred_protect, 3);
    assert.equal(credential.min_pin_length, 4);
    await it.end();
});

test("a key without user verification is refused where it is required", async () => {
    const it = await Ceremonies.with({ hasResidentKey: false, hasUserVerification: false, isUserVerified: false });
    const made = await it.create({ authenticatorSelection: { residentKey: "discouraged", userVerification: "preferred" } });
    await refused("R11", "user_not_verified", made);
    const credential = await accepted(made, { user_verification: "preferred" });
    assert.equal(credential.user_verified, false);
    await it.end();
});

test("a synced passkey is refused where policy wants none, and eligibility never changes", async () => {
    const synced = await Ceremonies.with({ defaultBackupEligibility: true, defaultBackupState: true });
    const made = await synced.create();
    await refused("R13", "backup_eligible", made);
    const credential = await accepted(made, { policy: { ...kPolicy, backup_eligible: true } });
    assert.equal(credential.backed_up, true);
    await accepted({ ...(await synced.get()), credential });
    await synced.end();

    const it = await Ceremonies.with();
    const device_bound = await accepted(await it.create());
    const [kept] = (await it.send("getCredentials")).credentials;
    await it.send("setCredentialProperties", { credentialId: kept.credentialId, backupEligibility: true, backupState: true });
    await refused("A11", "backup_flags", { ...(await it.get()), credential: device_bound });
    await it.end();
});

test("a bad signature and bad flags are refused for what they are", async () => {
    const it = await Ceremonies.with();
    const credential = await accepted(await it.create());
    for (const [bits, row, code] of [
        [{ isBogusSignature: true }, "A12", "bad_signature"],
        [{ isBadUV: true }, "A10", "user_not_verified"],
        [{ isBadUP: true }, "A9", "user_not_present"],
    ]) {
        await it.send("setResponseOverrideBits", { isBogusSignature: false, isBadUV: false, isBadUP: false, ...bits });
        await refused(row, code, { ...(await it.get()), credential });
    }
    await it.send("setResponseOverrideBits", { isBogusSignature: false, isBadUV: false, isBadUP: false });
    await accepted({ ...(await it.get()), credential });
    await it.end();
});

test("a copied key betrays itself by its counter", async () => {
    const it = await Ceremonies.with();
    let credential = await accepted(await it.create());
    const [copy] = (await it.send("getCredentials")).credentials;
    for (let i = 0; i < 3; ++i) credential = await accepted({ ...(await it.get()), credential });

    const other = await Ceremonies.with();
    await other.send("addCredential", { credential: copy });
    await refused("A14", "counter_regression", { ...(await other.get()), credential });
    await it.end();
    await other.end();
});

// The last one: it reads what the others have shown.
test("docs/oracles.md says what Chromium decides, and names the tests", async () => {
    const text = await readFile(new URL("../../docs/oracles.md", import.meta.url), "utf8");
    const lines = text.split("\n").filter((line) => /^\| [RA]\d/.test(line));
    assert.ok(lines.length > 0);
    for (const line of lines) {
        const [row, , , , cell] = line.split("|").slice(1).map((each) => each.trim());
        const codes = [...(decided.get(row) ?? [])].map((code) => `\`${code}\``).join(", ");
        assert.equal(cell, codes || "–", row);
    }
    const own = await readFile(new URL(import.meta.url), "utf8");
    const named = [...text.matchAll(/^\| [a-z].*\| “(.+)” \|$/gm)].map((found) => found[1]);
    assert.equal(named.length, 6);
    for (const name of named) assert.ok(own.includes(`test("${name}",`), name);
});
