// Calls of /api/v1. An answer is {status, code, reason, body, trace, wait}; a call never throws, and status 0 means that nothing answered.
// fetch keeps its default mode: with mode "same-origin" and no referrer a browser sends "Origin: null", which the server refuses.

// The token of each cookie: a page that unlocks or raises a session speaks with both.
const csrf = { login: "", session: "" };

function cookieOf(path) {
    return /^\/(links|sign-in)(\/|$)/.test(path) ? "login" : "session";
}

/// A session document is about the session's cookie, whatever call it answers.
function keepTokens(body) {
    const session = body.session ?? (body.account === undefined ? undefined : body);
    if (typeof session?.csrf_token === "string") {
        csrf.session = session.csrf_token;
    } else if (typeof body.csrf_token === "string") {
        csrf.login = body.csrf_token;
    }
}

const kNoAnswer = { status: 0, code: "", reason: "", body: {}, trace: "", wait: 0 };

/// Null for a body that is none, or that broke off.
async function jsonOf(response) {
    try {
        return await response.json();
    } catch {
        return null;
    }
}

export async function call(method, path, request) {
    const headers = { Accept: "application/json" };
    if (request !== undefined) headers["Content-Type"] = "application/json";
    const token = csrf[cookieOf(path)];
    if (method !== "GET" && token !== "") headers["X-CSRF-Token"] = token;
    let response;
    try {
        response = await fetch(`/api/v1${path}`, {
            method,
            headers,
            body: request === undefined ? undefined : JSON.stringify(request),
            cache: "no-store",
            redirect: "error",
        });
    } catch {
        return kNoAnswer;
    }
    const json = response.status === 204 ? {} : await jsonOf(response);
    if (json === null && response.ok) return kNoAnswer;
    const body = json ?? {};
    if (response.ok) keepTokens(body);
    return {
        status: response.status,
        code: response.ok ? "" : String(body.code ?? ""),
        reason: response.ok ? "" : String(body.reason ?? ""),
        body,
        trace: String(body.trace ?? ""),
        wait: Number(response.headers.get("Retry-After")) || 0,
    };
}
