// Calls of /api/v1. An answer is {status, code, body, trace, wait}; a call never throws, and status 0 means that nothing answered.
// fetch keeps its default mode: with mode "same-origin" and no referrer a browser sends "Origin: null", which the server refuses.

let csrf = "";

async function jsonOf(response) {
    try {
        return await response.json();
    } catch {
        return {};
    }
}

export async function call(method, path, request) {
    const headers = { Accept: "application/json" };
    if (request !== undefined) headers["Content-Type"] = "application/json";
    if (method !== "GET" && csrf !== "") headers["X-CSRF-Token"] = csrf;
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
        return { status: 0, code: "", body: {}, trace: "", wait: 0 };
    }
    const body = response.status === 204 ? {} : await jsonOf(response);
    // The token belongs to the cookie that the last answer is about: one page speaks with one cookie at a time.
    if (response.ok && typeof body.csrf_token === "string") csrf = body.csrf_token;
    return {
        status: response.status,
        code: response.ok ? "" : String(body.code ?? ""),
        body,
        trace: String(body.trace ?? ""),
        wait: Number(response.headers.get("Retry-After")) || 0,
    };
}
