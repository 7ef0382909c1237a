// The page: which flows there are, and the view of the one that is picked. Views are kept, and with them what was asked.

import { markAsRecorded } from "./answers.js";
import { credential, get, ServiceProblem } from "./api.js";
import { chatView } from "./chat.js";
import { credentialDialog } from "./credential.js";
import { h } from "./dom.js";
import { flowView } from "./flow.js";
import { label } from "./form.js";
import { problemView } from "./problems.js";

const main = document.getElementById("main");
const nav = document.getElementById("flows");
const views = new Map();
let about = null;
let flows = [];
let dialog = null;

async function start() {
  try {
    await load();
  } catch (error) {
    if (!(error instanceof ServiceProblem)) throw error;
    if (error.status === 401 && !credential()) welcome();
    else main.replaceChildren(problemView(error, start));
  }
}

/** Ask for a key or a token, without a word of reproach: nobody has shown a wrong one yet. */
function welcome() {
  main.replaceChildren(h("p", {}, "This service asks who is calling before it shows its flows."),
    h("div.actions", {}, h("button.primary", { type: "button", onclick: () => dialog.open() }, "Enter a key")));
  dialog.open();
}

async function load() {
  if (!about) {
    about = await get("playground/about");
    if (about.emulator) {
      document.getElementById("note").textContent = "Recorded answers are played back here: no model is asked.";
      markAsRecorded();
    }
    if (about.credentials.length) askForCredentials();
  }
  flows = await get("flows");
  nav.replaceChildren(h("ul", {}, ...flows.map((flow) => h("li", {},
    h("a", { href: `#${flow.name}`, "data-flow": flow.name }, label(flow.name), h("code", {}, flow.name))))));
  show(false);
}

function askForCredentials() {
  dialog = credentialDialog(about.credentials, () => { if (!flows.length) start(); });
  const button = document.getElementById("credential-button");
  button.hidden = false;
  button.addEventListener("click", () => dialog.open());
}

/** Return the flow that the address names. */
function named() {
  return flows.find(({ name }) => `#${name}` === location.hash);
}

/** Show the flow that the address names, or the first. */
function show(moveFocus = true) {
  const flow = named() ?? flows[0];
  if (!flow) {
    main.replaceChildren(h("p", {}, "No flow is served here; the log of the service says why."));
    return;
  }
  if (!views.has(flow.name)) views.set(flow.name, view(flow));
  main.replaceChildren(views.get(flow.name));
  document.title = `${label(flow.name)} · Flows`;
  for (const link of nav.querySelectorAll("a")) {
    if (link.dataset.flow === flow.name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (moveFocus) main.querySelector("h1").focus();
}

function view(flow) {
  // As Prompt flow calls the inputs of a flow that one chats with.
  const isChat = flow.document && ["question", "chat_history"].every((name) => name in flow.input_schema.properties);
  return h("article", {},
    h("h1", { tabindex: "-1" }, label(flow.name)),
    h("p.description", {}, flow.description),
    isChat ? chatView(flow, about) : flowView(flow, about));
}

// A key that is not taken any more is asked for again, wherever that is noticed.
document.addEventListener("unauthorized", (event) => dialog?.open(event.detail));
window.addEventListener("hashchange", () => { if (named()) show(); });
start();
