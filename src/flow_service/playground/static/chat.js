// A conversation about a document: answers arrive in pieces, and their pages are links.

import { costs } from "./answers.js";
import { ask, ServiceProblem } from "./api.js";
import { asking } from "./asking.js";
import { documentChooser, fileName } from "./document.js";
import { announce, h, newId } from "./dom.js";
import { pageLink, withPageLinks } from "./pages.js";
import { problemView, sentence } from "./problems.js";

/** Return the view of a flow that takes a document, a question and a chat_history. */
export function chatView(flow, about) {
  const sampleDocument = flow.sample[flow.document];
  const { chat_history: historySchema } = flow.input_schema.properties;
  let history = [];
  const turns = h("ol.turns", { "aria-label": "Conversation" });
  const control = asking("Ask");
  const [questionId, errorId] = [newId("question"), newId("error")];
  const question = h("textarea", { id: questionId, name: "question", rows: 2, "aria-describedby": errorId });
  const error = h("p.error", { id: errorId, hidden: true });
  const fresh = h("button", { type: "button", onclick: () => { begin(); question.value = ""; question.focus(); } },
    "New conversation");
  const composer = h("form.composer", { novalidate: true, hidden: true },
    h("label", { for: questionId }, "Question"), question, error,
    h("div.row", {}, control.element, fresh, h("span.hint.keys", {}, "Enter asks, Shift and Enter makes a new line")));
  const chooser = documentChooser(flow.document, about, sampleDocument, (doc) => {
    begin();
    composer.hidden = false;
    if (doc.url === sampleDocument) question.value ||= flow.sample.question;
    question.focus();
  });

  composer.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!control.busy()) askNext(question.value);
  });
  question.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    composer.requestSubmit();
  });

  function begin() {
    control.cancel();
    history = [];
    turns.replaceChildren();
    setError("");
  }

  function setError(message) {
    error.textContent = message;
    error.hidden = !message;
    if (message) question.setAttribute("aria-invalid", "true");
    else question.removeAttribute("aria-invalid");
  }

  function askNext(text) {
    setError(!chooser.current() ? "Choose a document first." : text.trim() ? "" : "Write a question.");
    if (!error.hidden) { question.focus(); return; }
    question.value = "";
    const turn = turnView(text);
    turns.append(turn.element);
    start(turn, text, chooser.current());
  }

  async function start(turn, text, doc) {
    if (control.busy()) return;
    turn.begin();
    turn.element.scrollIntoView({ block: "nearest" });
    const conversation = history;
    const inputs = { [flow.document]: doc.url, question: text, chat_history: history.slice(-(historySchema.maxItems ?? 20)) };
    try {
      const ended = await control.run(async (signal) => {
        const result = await ask(flow, inputs, signal, (name, { text: piece }) => { if (name === "delta") turn.add(piece); });
        turn.end(result, doc);
        if (conversation === history) history.push({ inputs: { question: text }, outputs: { answer: result.outputs.answer } });
      });
      if (!ended) turn.fail(h("p.hint", {}, "Cancelled."));
    } catch (problem) {
      if (!(problem instanceof ServiceProblem)) throw problem;
      tell(problem, turn, text, doc);
    }
    if (!turn.element.isConnected) return;
    turn.element.scrollIntoView({ block: "nearest" });
    if (document.activeElement === document.body || composer.contains(document.activeElement)) question.focus();
  }

  function tell(problem, turn, text, doc) {
    problem.message = withoutName(problem.message, doc);
    const of = (field) => problem.errors.find((each) => each.field === field);
    const again = async () => {
      if (problem.code === "unknown_document" && doc.file) await control.run((signal) => chooser.refresh(signal));
      start(turn, text, doc);
    };
    if (of(flow.document) && problem.code !== "unknown_document") {
      turn.element.remove();
      question.value ||= text;
      chooser.refuse(problem);
      return;
    }
    turn.fail(problemView(problem, again));
    if (of("question")) setError(sentence(of("question").message));
  }

  return h("div.view.chat", {}, chooser.element, turns, composer);
}

/** Return a message without the name that the service knows the document by, which tells its reader nothing. */
function withoutName(message, doc) {
  const names = [doc.url, fileName(doc.url), `${fileName(doc.url)}.pdf`];
  const found = names.find((name) => message.startsWith(`${name}: `));
  return found ? message.slice(found.length + 2) : message;
}

function turnView(text) {
  const answer = h("div.text");
  const rest = h("div.rest");
  const element = h("li.turn", {}, h("p.question", {}, text), answer, rest);
  let written = null;
  return {
    element,
    begin() {
      written = document.createTextNode("");
      answer.replaceChildren(written);
      rest.replaceChildren();
      element.classList.add("writing");
      element.setAttribute("aria-busy", "true");
    },
    add(piece) {
      written.data += piece;
    },
    end(result, doc) {
      this.stop();
      answer.replaceChildren(...withPageLinks(result.outputs.answer, doc));
      const { context } = result.outputs;
      rest.replaceChildren(costs(result), ...(context ? [passages(context, doc)] : []));
      announce(`The answer: ${result.outputs.answer}`);
    },
    fail(view) {
      this.stop();
      rest.replaceChildren(view);
    },
    stop() {
      element.classList.remove("writing");
      element.removeAttribute("aria-busy");
    },
  };
}

function passages(context, doc) {
  return h("details.folded", {},
    h("summary", {}, `Passages looked at: ${context.length}`),
    h("ol.passages", {}, ...context.map(({ page, text, score }) => h("li", {},
      h("p", {}, pageLink(doc, page, `Page ${page}`), h("span.hint", {}, ` similarity ${score.toFixed(2)}`)),
      h("p.text", {}, text)))),
  );
}
