// Asks the service. Whatever goes wrong is thrown as a ServiceProblem, except that the user has cancelled (AbortError).

const STORED = "flows.credential";
const HEADERS = { key: (value) => ["X-API-Key", value], token: (value) => ["Authorization", `Bearer ${value}`] };

/** Why there is no answer: the problem details of the service (RFC 9457), or one of this page's own making. */
export class ServiceProblem extends Error {
  constructor(details, retryAfter = null) {
    super(details.detail);
    this.status = details.status ?? 0;
    this.code = details.code ?? "unknown";
    this.errors = details.errors ?? [];
    this.retryAfter = retryAfter; // seconds
  }
}

/** Return what is shown to the service, as {kind, value}, or null. It lives as long as this tab does. */
export function credential() {
  return JSON.parse(sessionStorage.getItem(STORED));
}

/** Show something else to the service; null for nothing. */
export function setCredential(shown) {
  if (shown) sessionStorage.setItem(STORED, JSON.stringify(shown));
  else sessionStorage.removeItem(STORED);
}

function headers(others = {}) {
  const shown = credential();
  return shown ? { ...others, ...Object.fromEntries([HEADERS[shown.kind](shown.value)]) } : others;
}

async function request(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, { ...options, headers: headers(options.headers), cache: "no-store" });
  } catch (error) {
    throw error.name === "AbortError" ? error : unreachable();
  }
  if (!answer.ok) throw problemOf(answer.status, await answer.text(), answer.headers.get("Retry-After"));
  return answer;
}

/** Return the JSON at a path of the service. */
export async function get(path) {
  return (await request(path)).json();
}

/** Return the bytes of a document, for which a key may be needed. */
export async function getBlob(path) {
  return (await request(path)).blob();
}

/**
 * Ask a flow and return its result.
 * @param {Object} flow as GET /flows describes it.
 * @param {Object} inputs of the flow.
 * @param {AbortSignal} signal ends it early.
 * @param {function(string, Object)} onEvent is called with the name and the content of each event before the result.
 */
export async function ask(flow, inputs, signal, onEvent) {
  const answer = await request(`flows/${encodeURIComponent(flow.name)}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: flow.streams ? "text/event-stream" : "application/json" },
    body: JSON.stringify(inputs),
    signal,
  });
  if (!flow.streams) return answer.json();
  for await (const [name, content] of events(answer.body)) {
    if (name === "result") return content;
    if (name === "error") throw new ServiceProblem(content);
    onEvent(name, content);
  }
  throw brokenOff();
}

async function* events(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await read(reader);
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const fields = block.split("\n").filter((line) => !line.startsWith(":"));
      const of = (name) => fields.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      if (of("data")) yield [of("event"), JSON.parse(of("data"))];
    }
  }
}

async function read(reader) {
  try {
    return await reader.read();
  } catch (error) {
    throw error.name === "AbortError" ? error : brokenOff();
  }
}

/**
 * Upload a PDF and return what the service calls it; fetch could not tell how far it is, so XMLHttpRequest does it.
 * @param {File} file a PDF.
 * @param {AbortSignal} signal ends it early.
 * @param {function(number)} onProgress is called with what has been sent, from 0 to 1.
 */
export function upload(file, signal, onProgress) {
  return new Promise((resolve, reject) => {
    const sending = new XMLHttpRequest();
    sending.open("POST", "documents");
    for (const [name, value] of Object.entries(headers({ "Content-Type": "application/pdf" }))) {
      sending.setRequestHeader(name, value);
    }
    sending.upload.addEventListener("progress", (event) => onProgress(event.loaded / event.total));
    sending.addEventListener("error", () => reject(unreachable()));
    sending.addEventListener("abort", () => reject(new DOMException("cancelled", "AbortError")));
    sending.addEventListener("load", () => {
      if (sending.status === 201) resolve(JSON.parse(sending.responseText));
      else reject(problemOf(sending.status, sending.responseText, sending.getResponseHeader("Retry-After")));
    });
    signal.addEventListener("abort", () => sending.abort());
    sending.send(file);
  });
}

function problemOf(status, text, retryAfter) {
  const seconds = Number.parseInt(retryAfter, 10);
  try {
    return new ServiceProblem({ status, ...JSON.parse(text) }, Number.isNaN(seconds) ? null : seconds);
  } catch {
    // Something between the page and the service, such as a load balancer, answers in its own way.
    return new ServiceProblem({ status, code: "no_problem_details", detail: `the service answered with status ${status}` });
  }
}

function unreachable() {
  return new ServiceProblem({ code: "unreachable", detail: "the service does not answer" });
}

function brokenOff() {
  return new ServiceProblem({ code: "broken_off", detail: "the connection to the service broke off before the answer ended" });
}
