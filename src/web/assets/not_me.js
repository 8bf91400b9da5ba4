// "This was not me": the two words of the mail stop its request. The answer is the same for right and wrong words.

import { call } from "./api.js";
import { element, fieldError, onSubmit, problem, show } from "./page.js";

const kLink = /^#([A-Za-z0-9_-]{22})(?:x(?![A-Za-z0-9_-])|$)/;

const found = kLink.exec(location.hash);
if (location.hash !== "") history.replaceState(null, "", location.pathname);

onSubmit(element("disown"), async () => {
    const input = element("words");
    const words = input.value.trim().toLowerCase().replace(/\s+/g, " ");
    if (words.split(/[ -]/).length !== 2) {
        fieldError(input, "shape");
        return;
    }
    fieldError(input, "");
    const answer = await call("POST", "/links/disown", { id: found[1], words });
    if (answer.status === 204) {
        show("done");
    } else {
        problem(answer);
    }
});

show(found === null ? "report" : "form");
