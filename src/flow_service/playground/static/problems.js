// Shows what went wrong, and what can be done about it.

import { announce, h } from "./dom.js";

const REMEDIES = {
  unreachable: "Is it still running? Start it again, for example with make serve, and try again.",
  broken_off: "Was it stopped? Start it again if so, and try again.",
  unauthorized: "Enter a key or a token that this service takes.",
  forbidden: "Ask the operator of this service for the role.",
  content_filter: "Put it in other words, or use another document.",
  unusable_document: "Choose another document, or save this one anew and try again.",
  unknown_document: "The service keeps documents for a limited time. Try again, and it is uploaded anew.",
  no_pdf: "Choose a file that is a PDF, or save it as one.",
  too_large: "Send less.",
  too_long: "Shorten what you send, or start a new conversation.",
  slow_request: "Is the connection slow? Try again, or use a smaller file.",
  invalid_request: "Correct the fields that are marked.",
  unusable_answer: "Try again; if it goes on, tell the operator of this service.",
  unknown_flow: "Load this page again: the flows have changed.",
  timeout: "Ask for less at a time, or try again.",
  model_timeout: "Try again.",
  model_unavailable: "Try again in a while. If it goes on, tell the operator of this service.",
  model_refused: "Tell the operator of this service.",
  no_room: "Try again later, or use a smaller file.",
  overloaded: "Many are asking at the moment.",
};

/** Return a text as a sentence. */
export function sentence(text) {
  return ended(text.charAt(0).toUpperCase() + text.slice(1));
}

function ended(text) {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

/**
 * Return an element that tells of a problem.
 * @param {ServiceProblem} problem what went wrong.
 * @param {function()|null} retry tries again; the button waits as long as the service asks for.
 * @param {string|null} subject what it is about, such as a file's name.
 */
export function problemView(problem, retry = null, subject = null) {
  const remedy = REMEDIES[problem.code];
  const told = subject ? `${subject}: ${ended(problem.message)}` : sentence(problem.message);
  const view = h("div.problem", { "data-code": problem.code },
    h("p", {}, h("strong", {}, told), remedy ? ` ${remedy}` : ""),
    problem.status ? h("p.code", {}, `${problem.status} ${problem.code}`) : null,
  );
  if (retry && problem.code !== "not_recorded") view.append(retryButton(problem.retryAfter ?? 0, retry));
  announce(`${told} ${remedy ?? ""}`);
  if (problem.status === 401) document.dispatchEvent(new CustomEvent("unauthorized", { detail: problem.message }));
  return view;
}

function retryButton(seconds, retry) {
  const button = h("button", { type: "button", onclick: retry }, "Try again");
  const end = performance.now() + seconds * 1000;
  const tick = () => {
    const left = Math.ceil((end - performance.now()) / 1000);
    button.disabled = left > 0;
    button.textContent = left > 0 ? `Try again in ${left} s` : "Try again";
    if (left > 0) setTimeout(tick, 250);
  };
  tick();
  return button;
}
