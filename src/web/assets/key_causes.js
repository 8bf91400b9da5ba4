// Which sentences explain that a key did not answer. A browser tells little on purpose: one name stands for several causes.

const kRows = [
    { name: "InvalidStateError", operation: "create", causes: ["already_enrolled"] },
    { name: "NotAllowedError", when: (context) => context.embedded, causes: ["embedded"] },
    { name: "NotAllowedError", when: (context) => context.elapsed >= context.timeout, causes: ["timed_out"] },
    { name: "NotAllowedError", operation: "create", causes: ["closed", "no_pin", "no_verification", "blocked"] },
    { name: "NotAllowedError", operation: "get", causes: ["closed", "not_enrolled", "no_pin", "blocked"] },
    { name: "ConstraintError", causes: ["no_pin", "no_verification"] },
    { name: "TimeoutError", causes: ["timed_out"] },
    { name: "AbortError", causes: ["closed"] },
    { name: "SecurityError", causes: ["wrong_address"] },
    { name: "NotSupportedError", operation: "create", causes: ["no_algorithm"] },
    { name: "unsupported", when: (context) => context.embedded, causes: ["embedded"] },
    { name: "unsupported", causes: ["unsupported"] },
];

const kReasons = {
    already_registered: "already_enrolled",
    user_not_verified: "no_verification",
    algorithm_not_offered: "no_algorithm",
    unknown_ceremony: "timed_out",
};

/// `name` of the exception, or "unsupported" in a browser without security keys. `context` is {operation: "create" | "get",
/// elapsed and timeout in milliseconds, embedded: whether another program shows this page}.
export function causesOf(name, context) {
    const fits = (row) => row.name === name
        && (row.operation === undefined || row.operation === context.operation)
        && (row.when === undefined || row.when(context));
    return kRows.find(fits)?.causes ?? ["failed"];
}

/// Of the service's `reason` for not taking a new key.
export function causeOfReason(reason) {
    return kReasons[reason] ?? "not_taken";
}

/// Views inside of other programs have no security keys, whatever they promise.
export function isEmbedded(user_agent, is_top) {
    return !is_top || /; wv\)|\bFB(AN|AV)\/|Instagram|\bLine\/|MicroMessenger|GSA\//.test(user_agent);
}
