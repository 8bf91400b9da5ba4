// The form for the code of the mail.

import { call } from "./api.js";
import { element, fieldError, goOn, onSubmit, problem } from "./page.js";

const kCode = /^[23456789ABCDEFGHJKMNPQRSTVWXYZ]{8}$/;

/// `gone` gets the answer when the request behind the code is over; `elsewhere` is called when it is not of this browser.
export function relayForm({ gone, elsewhere }) {
    const input = element("relay-code");
    onSubmit(element("relay"), async () => {
        const code = input.value.toUpperCase().replace(/[^0-9A-Z]/g, "");
        if (!kCode.test(code)) {
            fieldError(input, "shape");
            return;
        }
        fieldError(input, "");
        const answer = await call("POST", "/links/relay", { code: `${code.slice(0, 4)}-${code.slice(4)}` });
        if (answer.status === 200) {
            goOn(answer.body);
        } else if (answer.code === "wrong_browser") {
            elsewhere();
        } else if (answer.code === "link_invalid") {
            fieldError(input, "wrong");
        } else if (answer.status === 410) {
            await gone(answer);
        } else {
            problem(answer);
        }
    });
}
