// One request at a time: a button that begins it, and one in its place that cancels it, with the time it has taken.

import { announce, duration, h, swap } from "./dom.js";

const TICK_MS = 100;

/**
 * Return {element, run, cancel, busy} around a button that submits a form.
 * @param {string} text of the button.
 */
export function asking(text) {
  let controller = null;
  const submit = h("button.primary", { type: "submit" }, text);
  const cancel = h("button", { type: "button", hidden: true, onclick: () => controller?.abort() }, "Cancel");
  const clock = h("span.clock", { "aria-hidden": "true" });

  /** Run work that takes an AbortSignal; return whether it came to its end without being cancelled. */
  async function run(work) {
    if (controller) return false;
    controller = new AbortController();
    const start = performance.now();
    const ticking = setInterval(() => { clock.textContent = duration(performance.now() - start); }, TICK_MS);
    swap(cancel, submit);
    try {
      await work(controller.signal);
      return true;
    } catch (error) {
      if (error.name !== "AbortError") throw error;
      announce("Cancelled.");
      return false;
    } finally {
      clearInterval(ticking);
      clock.textContent = "";
      controller = null;
      swap(submit, cancel);
    }
  }

  return {
    element: h("div.actions", {}, submit, cancel, clock),
    run,
    cancel: () => controller?.abort(),
    busy: () => controller !== null,
  };
}
