// Shows a plan as it runs: steps under the steps that they need, with lines between them, and what becomes of each.

import { announce, duration, h, svg } from "./dom.js";

const REFERENCE = /#E\d+/g;
const WORDS = { waiting: "waiting", running: "running", done: "done", failed: "failed", stopped: "stopped" };

/** Return {element, show, step, stop}: empty until `show` is called with a plan, and then led by its events. */
export function planView() {
  const lines = svg("svg.lines", { "aria-hidden": "true" });
  const stages = h("ol.stages");
  const graph = h("div.graph", {}, lines, stages);
  const count = h("span.count");
  const element = h("section.plan", { "aria-label": "Plan", hidden: true }, h("h2", {}, "Plan ", count), graph);
  const cards = new Map();
  const draw = () => drawLines(lines, graph, cards);
  new ResizeObserver(draw).observe(graph);

  function tally() {
    const ended = [...cards.values()].filter((card) => ["done", "failed"].includes(card.status())).length;
    count.textContent = `${ended} of ${cards.size} steps`;
  }

  return {
    element,
    show({ steps }) {
      cards.clear();
      for (const step of steps) cards.set(step.id, card(step));
      stages.replaceChildren(...inStages(steps).map((stage) => (
        h("li", {}, h("ol.stage", {}, ...stage.map((step) => cards.get(step.id).element)))
      )));
      element.hidden = false;
      tally();
      draw();
      announce(`A plan with ${steps.length} steps.`);
    },
    step(event) {
      cards.get(event.id)?.update(event);
      tally();
      draw();
    },
    stop() {
      for (const each of cards.values()) {
        if (["waiting", "running"].includes(each.status())) each.update({ status: "stopped" });
      }
      draw();
    },
  };
}

/** Return the ids of the steps whose results a step needs. */
export function needs(step) {
  return [...new Set(Object.values(step.arguments).flatMap((text) => text.match(REFERENCE) ?? []))];
}

/** Return steps in stages: each step in the first stage after all those that it needs. */
export function inStages(steps) {
  const known = new Map(steps.map((step) => [step.id, step]));
  const depths = new Map();
  const depth = (id, above) => {
    if (!depths.has(id)) {
      const before = needs(known.get(id)).filter((other) => known.has(other) && !above.includes(other));
      depths.set(id, Math.max(-1, ...before.map((other) => depth(other, [...above, id]))) + 1);
    }
    return depths.get(id);
  };
  const stages = [];
  for (const step of steps) (stages[depth(step.id, [step.id])] ??= []).push(step);
  return stages.filter(Boolean);
}

function card(step) {
  const status = h("span.status", {}, WORDS.waiting);
  const before = needs(step);
  const more = h("dl");
  const scroll = h("div.scroll", { tabindex: "0", role: "group", "aria-label": `Details of ${step.id}` }, more);
  const details = h("details", {}, h("summary", {}, "Details"), scroll);
  const element = h("li.step", { "data-id": step.id, "data-status": "waiting" },
    h("p.head", {}, h("span.id", {}, step.id), h("span.tool", {}, step.tool), status),
    h("p.purpose", {}, step.purpose),
    before.length ? h("p.needs", {}, `after ${before.join(", ")}`) : null,
    details,
  );
  const fill = (event) => {
    const rows = Object.entries(event.arguments ?? {});
    if (event.result != null) rows.push(["result", event.result]);
    if (event.error != null) rows.push(["error", event.error]);
    more.replaceChildren(...rows.flatMap(([name, text]) => [h("dt", {}, name), h("dd", {}, text)]));
  };
  fill(step);
  return {
    element,
    before,
    status: () => element.dataset.status,
    update(event) {
      element.dataset.status = event.status;
      const took = !event.seconds ? "" : ` in ${duration(event.seconds * 1000)}`;
      status.textContent = (WORDS[event.status] ?? event.status) + took;
      if (event.arguments) fill(event);
      if (event.error != null) {
        element.querySelector(".error")?.remove();
        details.before(h("p.error", {}, event.error));
      }
    },
  };
}

function drawLines(lines, graph, cards) {
  const origin = graph.getBoundingClientRect();
  lines.setAttribute("viewBox", `0 0 ${Math.max(1, origin.width)} ${Math.max(1, origin.height)}`);
  const paths = [];
  for (const to of cards.values()) {
    for (const from of to.before.map((id) => cards.get(id)).filter(Boolean)) {
      const [a, b] = [from.element.getBoundingClientRect(), to.element.getBoundingClientRect()];
      const [x1, y1] = [a.left + a.width / 2 - origin.left, a.bottom - origin.top];
      const [x2, y2] = [b.left + b.width / 2 - origin.left, b.top - origin.top];
      const middle = (y1 + y2) / 2;
      const d = `M${x1} ${y1}C${x1} ${middle} ${x2} ${middle} ${x2} ${y2}`;
      paths.push(svg("path", { d, "data-status": from.status() }));
    }
  }
  lines.replaceChildren(...paths);
}
