// A flow with a form: its inputs, its plan as it runs if it has one, and its answer.

import { answerView, costs, folded } from "./answers.js";
import { ask, ServiceProblem } from "./api.js";
import { asking } from "./asking.js";
import { announce, h } from "./dom.js";
import { fields } from "./form.js";
import { planView } from "./plan.js";
import { problemView } from "./problems.js";

/** Return the view of a flow, as GET /flows describes it. */
export function flowView(flow) {
  const form = fields(flow.input_schema, flow.sample);
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
    const inputs = form.values();
    const plan = planView();
    form.setErrors([]);
    outcome.replaceChildren(plan.element);
    outcome.setAttribute("aria-busy", "true");
    try {
      const result = await ask(flow, inputs, signal, (name, content) => {
        if (name === "plan") plan.show(content);
        if (name === "step") plan.step(content);
      });
      outcome.append(answerView(result, inputs), costs(result), folded("As JSON", result));
      const text = [result.outputs.answer].flat().join(", ");
      announce(`The answer: ${text || "none"}`);
    } catch (error) {
      plan.stop();
      if (error.name === "AbortError") outcome.append(h("p.hint", {}, "Cancelled."));
      if (!(error instanceof ServiceProblem)) throw error;
      // Where a field is wrong, the same once more would be wrong once more.
      outcome.append(problemView(error, error.errors.length ? null : start));
      form.setErrors(error.errors);
    } finally {
      outcome.removeAttribute("aria-busy");
      outcome.lastElementChild.scrollIntoView({ block: "nearest" });
    }
  }

  return h("div.view", {}, element, outcome);
}
