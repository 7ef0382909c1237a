// A flow with a form: its inputs, its plan as it runs if it has one, and its answer as it is written.

import { answerIn, answerView, costs, folded } from "./answers.js";
import { ask, ServiceProblem } from "./api.js";
import { asking } from "./asking.js";
import { documentChooser } from "./document.js";
import { announce, h } from "./dom.js";
import { fields } from "./form.js";
import { planView } from "./plan.js";
import { problemView } from "./problems.js";

/**
 * Return the view of a flow.
 * @param {Object} flow as GET /flows describes it.
 * @param {Object} about the service's limits.
 */
export function flowView(flow, about) {
  const form = fields(flow.input_schema, flow.sample, flow.document);
  const chooser = flow.document ? documentChooser(flow.document, about, flow.sample[flow.document], () => {}) : null;
  const control = asking("Run");
  const outcome = h("section.outcome", { "aria-label": "Answer" });
  const element = h("form", { novalidate: true }, form.element, control.element);
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    start();
  });

  function start() {
    control.run((signal) => answer(signal));
  }

  async function answer(signal) {
    const doc = chooser?.current();
    const inputs = { ...form.values(), ...(doc ? { [flow.document]: doc.url } : {}) };
    const plan = planView();
    const written = document.createTextNode("");
    const writing = h("p.text", {}, written);
    form.setErrors([]);
    outcome.replaceChildren(plan.element, writing);
    outcome.setAttribute("aria-busy", "true");
    try {
      const result = await ask(flow, inputs, signal, (name, content) => {
        if (name === "plan") plan.show(content);
        if (name === "step") plan.step(content);
        if (name === "delta") written.data += content.text;
      });
      outcome.append(answerView(result, inputs), costs(result), folded("As JSON", result));
      const answer = answerIn(result);
      const text = typeof answer === "object" && !Array.isArray(answer) ? JSON.stringify(answer) : [answer].flat().join(", ");
      announce(`The answer: ${text || "none"}`);
    } catch (error) {
      plan.stop();
      if (error.name === "AbortError") outcome.append(h("p.hint", {}, "Cancelled."));
      if (!(error instanceof ServiceProblem)) throw error;
      // Where a field is wrong, the same once more would be wrong once more.
      outcome.append(problemView(error, error.errors.length ? null : start));
      form.setErrors(error.errors);
      if (error.errors.some(({ field }) => field === flow.document)) chooser?.refuse(error);
    } finally {
      writing.remove();
      outcome.removeAttribute("aria-busy");
      outcome.lastElementChild.scrollIntoView({ block: "nearest" });
    }
  }

  return h("div.view", {}, chooser?.element ?? null, element, outcome);
}
