// The canonical encodings of the service, written a second time: what a key signs is computed here from what the page shows.

const kText = new TextEncoder();

export function toBase64url(bytes) {
    const text = btoa(Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join(""));
    return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/// Throws for whatever is not unpadded base64url in its one form.
export function fromBase64url(text) {
    if (!/^[A-Za-z0-9_-]*$/.test(text)) throw new TypeError("base64url");
    const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
    if (toBase64url(bytes) !== text) throw new TypeError("base64url");
    return bytes;
}

export async function sha256(bytes) {
    return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

export function utf8(text) {
    return kText.encode(text);
}

function numberBytes(value, width) {
    const bytes = new Uint8Array(width);
    const view = new DataView(bytes.buffer);
    if (width === 4) {
        view.setUint32(0, value);
    } else {
        view.setBigUint64(0, BigInt(value));
    }
    return bytes;
}

function fieldBytes(field) {
    if (typeof field === "string") return utf8(field);
    if (field instanceof Uint8Array) return field;
    if (!Number.isSafeInteger(field) || field < 0) throw new TypeError("field");
    return numberBytes(field, 8);
}

/// enc(domain, fields): text as UTF-8, integers as 8 bytes, null as absent.
export function encode(domain, fields) {
    const parts = [numberBytes(utf8(domain).length, 4), utf8(domain), numberBytes(fields.length, 4)];
    for (const field of fields) {
        const bytes = field === null ? new Uint8Array() : fieldBytes(field);
        parts.push(Uint8Array.of(field === null ? 0 : 1), numberBytes(bytes.length, 4), bytes);
    }
    const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
    let at = 0;
    for (const part of parts) {
        whole.set(part, at);
        at += part.length;
    }
    return whole;
}

/// RFC 8785, restricted to ASCII member names, strings, booleans, null and integers.
export function canonicalJson(value) {
    if (value === null || typeof value === "boolean") return JSON.stringify(value);
    if (typeof value === "string" && value.isWellFormed?.() !== false) return JSON.stringify(value);
    if (Number.isSafeInteger(value)) return String(value === 0 ? 0 : value);
    if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
    if (typeof value !== "object") throw new TypeError("canonical");
    const names = Object.keys(value).sort();
    if (!names.every((name) => /^[\x20-\x7e]*$/.test(name))) throw new TypeError("canonical");
    return `{${names.map((name) => `${JSON.stringify(name)}:${canonicalJson(value[name])}`).join(",")}}`;
}
