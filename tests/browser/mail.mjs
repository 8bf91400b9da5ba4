// Reads a mail as a mail program would, independently of the service's own code.

function split(text) {
    const blank = text.indexOf("\n\n");
    const header = (blank < 0 ? text : text.slice(0, blank)).replace(/\n[ \t]+/g, " ");
    const fields = new Map();
    for (const line of header.split("\n")) {
        const colon = line.indexOf(":");
        if (colon > 0) fields.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
    }
    return { fields, body: blank < 0 ? "" : text.slice(blank + 2) };
}

function decode({ fields, body }) {
    const encoding = (fields.get("content-transfer-encoding") ?? "7bit").toLowerCase();
    if (encoding === "base64") return Buffer.from(body, "base64").toString("utf8");
    if (encoding !== "quoted-printable") return body;
    const bytes = body
        .replace(/[ \t]*=\n/g, "")
        .replace(/=([0-9A-F]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
    return Buffer.from(bytes, "latin1").toString("utf8");
}

function leaves(part) {
    const type = part.fields.get("content-type") ?? "text/plain";
    const boundary = /boundary="?([^";]+)"?/i.exec(type);
    if (!/^multipart\//i.test(type) || boundary === null) return [{ type, text: decode(part) }];
    return `\n${part.body}`
        .split(`\n--${boundary[1]}`)
        .slice(1)
        .filter((piece) => !piece.startsWith("--"))
        .flatMap((piece) => leaves(split(piece.slice(piece.indexOf("\n") + 1))));
}

/// `message` as latin1. `urls` are those of every part, as a scanner finds them.
export function readMail(message) {
    const whole = split(message.replace(/\r\n/g, "\n"));
    const parts = leaves(whole);
    const text = parts.find((part) => part.type.startsWith("text/plain"))?.text ?? "";
    const found = parts.flatMap((part) => part.text.match(/https?:\/\/[^\s"<>]+/g) ?? []);
    return {
        text,
        fields: whole.fields,
        urls: [...new Set(found.map((url) => url.replace(/&amp;/g, "&")))],
        link: /^https?:\/\/\S+\/link#\S+$/m.exec(text)?.[0],
        not_me: /^https?:\/\/\S+\/not-me#\S+$/m.exec(text)?.[0],
        code: /^[2-9A-HJKMNP-TV-Z]{4}-[2-9A-HJKMNP-TV-Z]{4}$/m.exec(text)?.[0],
    };
}
