// A touch of a security key: options of the service in, its JSON out.

import { fromBase64url, toBase64url } from "./canonical.js";
import { causesOf, isEmbedded } from "./key_causes.js";
import { choose, element, fill } from "./page.js";

function descriptor({ type, id, transports }) {
    return { type, id: fromBase64url(id), ...(transports === undefined ? {} : { transports }) };
}

function common(credential, response) {
    return {
        id: credential.id,
        rawId: toBase64url(credential.rawId),
        type: credential.type,
        ...(credential.authenticatorAttachment ? { authenticatorAttachment: credential.authenticatorAttachment } : {}),
        clientExtensionResults: {},
        response: { clientDataJSON: toBase64url(credential.response.clientDataJSON), ...response },
    };
}

/// Says why on the page; the causes are names of sentences.
export function keyProblem(causes, reason = "") {
    fill("reason", reason);
    for (const place of document.querySelectorAll("[data-cause]")) place.hidden = !causes.includes(place.dataset.cause);
    element("key-causes").hidden = causes.length < 2;
    element("key-problem").focus();
}

/// Runs `ask` while the page says what to do. Answers what it made, or null after the page said why there is nothing.
async function touch(operation, timeout, ask) {
    const started = performance.now();
    const embedded = isEmbedded(navigator.userAgent, window.top === window);
    const context = () => ({ operation, timeout, embedded, elapsed: performance.now() - started });
    if (typeof PublicKeyCredential === "undefined") {
        keyProblem(causesOf("unsupported", context()));
        return null;
    }
    choose("data-touch", operation);
    try {
        return await ask();
    } catch (error) {
        keyProblem(causesOf(error.name, context()));
        return null;
    } finally {
        choose("data-touch", "");
    }
}

/// A new key. RegistrationResponseJSON (WebAuthn L3 5.1.8), or null.
export function createKey(options) {
    return touch("create", options.timeout, async () => {
        const credential = await navigator.credentials.create({
            publicKey: {
                ...options,
                challenge: fromBase64url(options.challenge),
                user: { ...options.user, id: fromBase64url(options.user.id) },
                excludeCredentials: options.excludeCredentials.map(descriptor),
            },
        });
        return common(credential, {
            attestationObject: toBase64url(credential.response.attestationObject),
            transports: credential.response.getTransports(),
        });
    });
}

/// A key that is enrolled. AuthenticationResponseJSON (WebAuthn L3 5.1.8), or null.
export function useKey(options) {
    return touch("get", options.timeout, async () => {
        const credential = await navigator.credentials.get({
            publicKey: {
                ...options,
                challenge: fromBase64url(options.challenge),
                allowCredentials: options.allowCredentials.map(descriptor),
            },
        });
        const { authenticatorData, signature, userHandle } = credential.response;
        return common(credential, {
            authenticatorData: toBase64url(authenticatorData),
            signature: toBase64url(signature),
            ...(userHandle === null ? {} : { userHandle: toBase64url(userHandle) }),
        });
    });
}
