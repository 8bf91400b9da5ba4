// A touch that shows anew who sits here; the session goes on with what it showed.

import { approve, propose } from "./approval.js";
import { doors, enter } from "./key_sign_in.js";
import { element, fill, goOn, onPress, problem, show } from "./page.js";

const found = /^#([A-Za-z0-9_-]{22})$/.exec(location.hash);
let session = null;

onPress(element("confirm"), async () => {
    const action = await propose("session.step-up", {});
    if (action === null) return;
    fill("text", action.text);
    element("statement").hidden = false;
    const answer = await approve(action, session.account.id);
    if (answer === null) return;
    if (answer.status !== 200 || answer.body.session === undefined) {
        problem(answer);
        return;
    }
    show("done");
    // Back to the action that asked for it, or to where the sign-in was going.
    if (found === null) {
        goOn(answer.body.session);
    } else {
        location.replace(`/approve/${found[1]}`);
    }
});
doors();

session = await enter();
if (session !== null) show("form");
