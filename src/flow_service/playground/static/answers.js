// Shows what a flow answered, and what it took.

import { duration, h } from "./dom.js";

let recorded = false;

/** Have every answer say from now on that it is a recording. */
export function markAsRecorded() {
  recorded = true;
}

/** Return an element with the outputs of a flow: entities as a list, a text as text, anything else as JSON. */
export function answerView(result, inputs) {
  const answer = answerIn(result);
  return h("div.answer", {}, answerOf(answer), isList(answer) ? found(answer, inputs) : null);
}

/** Return what a flow answered: its output `answer`, or its only one, or else all of them. */
export function answerIn({ outputs }) {
  const values = Object.values(outputs);
  return outputs.answer ?? (values.length === 1 ? values[0] : outputs);
}

/** Return a line that says how long an answer took, and how many tokens. */
export function costs({ duration_ms: ms, usage }) {
  const count = (number) => number.toLocaleString("en");
  return h("p.costs", {},
    recorded ? h("span.recorded", { title: "played back; no model was asked" }, "a recording, no model") : null,
    h("span", { title: "from the request's arrival to the answer, as the service measures it" }, duration(ms)),
    h("span", {}, `${count(usage.prompt_tokens)} tokens read`),
    h("span", {}, `${count(usage.completion_tokens)} written`),
  );
}

/** Return an element that shows a value as JSON when it is unfolded. */
export function folded(summary, value) {
  return h("details.folded", {}, h("summary", {}, summary), h("pre", { tabindex: "0" }, JSON.stringify(value, null, 2)));
}

function isList(answer) {
  return Array.isArray(answer) && answer.every((each) => typeof each === "string");
}

function answerOf(answer) {
  if (typeof answer === "string") return h("p.text", {}, answer);
  if (!isList(answer)) return h("pre", {}, JSON.stringify(answer, null, 2));
  if (!answer.length) return h("p.text", {}, "None: the list is empty.");
  return h("ul.entities", {}, ...answer.map((entity) => h("li", {}, entity)));
}

/** Return the longest text of the inputs with the entities marked in it, or null if none is in it as it stands. */
function found(entities, inputs) {
  const text = Object.values(inputs).filter((value) => typeof value === "string").sort((a, b) => b.length - a.length)[0];
  const parts = marked(text ?? "", entities);
  return parts.length > 1 ? h("p.source", {}, ...parts) : null;
}

function marked(text, entities) {
  const known = entities.filter(Boolean).sort((a, b) => b.length - a.length).map((entity) => escaped(entity));
  if (!known.length) return [text];
  const parts = text.split(new RegExp(`(${known.join("|")})`, "giu"));
  return parts.map((part, place) => (place % 2 ? h("mark", {}, part) : part));
}

function escaped(text) {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}
