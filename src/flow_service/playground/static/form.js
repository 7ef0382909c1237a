// Builds a form from the JSON schema of a flow's inputs. Which values are right is for the service to say.

import { h, newId } from "./dom.js";
import { sentence } from "./problems.js";

const LINE = 300; // characters up to which a text gets one line

/** Return a name such as entity_type as people write it. */
export function label(name) {
  const words = name.replaceAll("_", " ").replace(/\b(url|pdf|dag|yaml)\b/gi, (word) => word.toUpperCase());
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/**
 * Return the fields of a flow's inputs: {element, values, setErrors}.
 * @param {Object} schema JSON schema of an object.
 * @param {Object} sample values to begin with.
 * @param {string|null} apart the name of an input that is asked for elsewhere.
 */
export function fields(schema, sample, apart = null) {
  const asked = Object.entries(schema.properties).filter(([name]) => name !== apart);
  const all = asked.map(([name, property]) => field(name, property, sample[name]));
  return {
    element: h("div.fields", {}, ...all.map((each) => each.element)),
    values: () => Object.fromEntries(all.map((each) => [each.name, each.value()]).filter(([, value]) => value !== undefined)),
    setErrors: (errors) => setErrors(all, errors),
  };
}

function field(name, property, sample) {
  const [id, hintId, errorId] = [newId("field"), newId("hint"), newId("error")];
  const kind = kindOf(property);
  const control = kind.control({ id, name, "aria-describedby": `${hintId} ${errorId}`, autocomplete: "off" }, property);
  kind.set(control, sample ?? property.default);
  const error = h("p.error", { id: errorId, hidden: true });
  const hint = h("p.hint", { id: hintId }, property.description ?? "");
  return {
    name,
    control,
    error,
    element: h("div.field", {}, h("label", { for: id }, label(name)), hint, control, error),
    value: () => kind.get(control),
  };
}

const kinds = {
  line: {
    control: (attributes) => h("input", { type: "text", ...attributes }),
    set: (control, value) => { control.value = value ?? ""; },
    get: (control) => control.value,
  },
  text: {
    control: (attributes) => h("textarea", { rows: 4, ...attributes }),
    set: (control, value) => { control.value = value ?? ""; },
    get: (control) => control.value,
  },
  number: {
    control: (attributes) => h("input", { type: "number", step: "any", ...attributes }),
    set: (control, value) => { control.value = value ?? ""; },
    get: (control) => (control.value === "" ? undefined : Number(control.value)),
  },
  boolean: {
    control: (attributes) => h("input", { type: "checkbox", ...attributes }),
    set: (control, value) => { control.checked = value === true; },
    get: (control) => control.checked,
  },
  choice: {
    control: (attributes, { enum: values }) => h("select", attributes, ...values.map((value) => h("option", {}, String(value)))),
    set: (control, value) => { if (value !== undefined) control.value = value; },
    get: (control) => control.value,
  },
  json: {
    control: (attributes) => h("textarea.json", { rows: 4, spellcheck: "false", ...attributes }),
    set: (control, value) => { control.value = value === undefined ? "" : JSON.stringify(value, null, 2); },
    // What is no JSON goes as a text, which the service refuses by name.
    get: (control) => { try { return JSON.parse(control.value); } catch { return control.value || undefined; } },
  },
};

function kindOf(property) {
  if (property.enum) return kinds.choice;
  if (property.type === "string") return property.maxLength <= LINE ? kinds.line : kinds.text;
  if (property.type === "integer" || property.type === "number") return kinds.number;
  return property.type === "boolean" ? kinds.boolean : kinds.json;
}

function setErrors(all, errors) {
  for (const { name, control, error } of all) {
    const found = errors.filter((each) => each.field === name || each.field.startsWith(`${name}.`));
    error.textContent = found.map((each) => sentence(each.message)).join(" ");
    error.hidden = !found.length;
    if (found.length) control.setAttribute("aria-invalid", "true");
    else control.removeAttribute("aria-invalid");
  }
  all.find(({ error }) => !error.hidden)?.control.focus();
}
