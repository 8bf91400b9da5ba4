// Asking for something that others, or a touch, must approve: a type, its fields, then the page with the text.

import { call } from "./api.js";
import { doors, enter } from "./key_sign_in.js";
import { element, fieldError, fill, onSubmit, problem, show } from "./page.js";

/// What can be a value of a kind at all; the service judges the rest.
const kShapes = {
    text: /\S/,
    decimal: /^\d+(\.\d+)?$/,
    integer: /^\d{1,16}$/,
    currency: /^[A-Z]{3}$/,
    iban: /^[A-Za-z]{2}\d{2}[A-Za-z0-9 ]{10,40}$/,
    date: /^\d{4}-\d{2}-\d{2}$/,
    id: /^[A-Za-z0-9_-]{22}$/,
    address: /^[^\s@]+@[^\s@]+$/,
};
const kKeyboards = { decimal: "decimal", integer: "numeric", address: "email" };

let types = [];
let fields = [];

function option(value) {
    const made = document.createElement("option");
    made.value = value;
    made.textContent = value;
    return made;
}

function fieldOf(rule) {
    const item = element("field").content.cloneNode(true);
    const [kept, other] = rule.one_of.length > 0 ? ["select", "input"] : ["input", "select"];
    const input = item.querySelector(kept);
    item.querySelector(other).remove();
    input.id = `field-${rule.name}`;
    input.required = !rule.optional;
    input.setAttribute("aria-describedby", `${input.id}-error`);
    item.querySelector("label").htmlFor = input.id;
    item.querySelector("label").textContent = rule.label;
    item.querySelector(".error").id = `${input.id}-error`;
    if (kept === "select") {
        input.append(...(rule.optional ? [""] : []).concat(rule.one_of).map(option));
    } else {
        if (rule.kind === "date") input.type = "date";
        if (rule.kind in kKeyboards) input.inputMode = kKeyboards[rule.kind];
    }
    fields.push({ rule, input });
    return item;
}

function showType() {
    const type = types.find((one) => one.type === element("type").value);
    fields = [];
    element("fields").replaceChildren(...type.parameters.map(fieldOf));
    element("refused").hidden = true;
    fill("approvers", String(type.approvers));
}

/// The parameters, or null after the first field that is wrong said so.
function parametersOf() {
    const parameters = {};
    for (const { rule, input } of fields) {
        const value = input.value.trim();
        fieldError(input, "");
        if (value === "" && rule.optional) continue;
        if (!kShapes[rule.kind].test(value)) {
            fieldError(input, rule.kind);
            return null;
        }
        parameters[rule.name] = rule.kind === "integer" ? Number(value) : value;
    }
    return parameters;
}

onSubmit(element("ask"), async () => {
    element("refused").hidden = true;
    const parameters = parametersOf();
    if (parameters === null) return;
    const answer = await call("POST", "/actions", { type: element("type").value, parameters });
    if (answer.status === 201) {
        location.assign(`/approve/${encodeURIComponent(answer.body.id)}`);
    } else if (answer.status === 400) {
        element("refused").hidden = false;
    } else {
        problem(answer);
    }
});
element("type").addEventListener("change", showType);
doors();

if ((await enter()) !== null) {
    const answer = await call("GET", "/action-types");
    if (answer.status === 200) {
        types = answer.body.types;
        element("type").replaceChildren(...types.map((one) => option(one.type)));
        if (types.length > 0) showType();
        show(types.length > 0 ? "form" : "nothing");
    } else {
        problem(answer);
    }
}
