// Which document is talked about: one that is dropped or chosen and then uploaded, one at a URL, or the sample.

import { ServiceProblem, upload } from "./api.js";
import { announce, h, newId, size } from "./dom.js";
import { pageLink, webAddress } from "./pages.js";
import { problemView } from "./problems.js";

const MARK_WITHIN = 1024; // where readers look for %PDF-

/**
 * Return {element, current, refresh, refuse}.
 * @param {string} name of the flow's input.
 * @param {Object} about the service's limits.
 * @param {string|null} sample the path of a document to try.
 * @param {function(Object)} onChange is called with each new document: {name, url, file}.
 */
export function documentChooser(name, about, sample, onChange) {
  let current = null;
  let sending = null;
  const chosen = h("div.chosen", { hidden: true });
  const trouble = h("div.trouble");
  const progress = h("div.sending", { hidden: true });
  const input = h("input.unseen", { type: "file", accept: "application/pdf,.pdf", tabindex: "-1", "aria-hidden": "true",
    onchange: () => { take(input.files[0]); input.value = ""; } });
  const choose = h("button.primary", { type: "button", onclick: () => input.click() }, "Choose a PDF");
  const addressId = newId("url");
  const address = h("input", { type: "url", id: addressId, name, placeholder: "https://", autocomplete: "off",
    "aria-describedby": `${addressId}-error` });
  const addressError = h("p.error", { id: `${addressId}-error`, hidden: true });
  const choices = h("div.choices", {},
    h("p.lead", {}, choose, h("span", {}, "or drop it here"), h("span.hint", {}, limits(about))),
    h("form.address", { novalidate: true, onsubmit: (event) => { event.preventDefault(); useAddress(); } },
      h("label", { for: addressId }, "or its URL"), address, h("button", { type: "submit" }, "Use"), addressError),
    sample ? h("p", {}, h("button.plain", { type: "button", onclick: () => use({ name: fileName(sample), url: sample }) },
      `Try the sample, ${fileName(sample)}`)) : null,
  );
  const element = h("section.document", { "aria-label": "Document" }, input, choices, progress, trouble, chosen);
  acceptDrops(element, (file) => take(file));

  async function take(file) {
    if (!file) return;
    trouble.replaceChildren();
    const fault = await faultOf(file, about.document_megabytes);
    if (fault) trouble.replaceChildren(problemView(fault, null, file.name));
    else await send(file);
  }

  async function send(file) {
    sending?.abort();
    const mine = sending = new AbortController();
    const bar = h("progress", { max: "1", value: "0", "aria-label": `Upload of ${file.name}` });
    const share = h("span.share", {}, "0 %");
    const cancel = h("button", { type: "button", onclick: () => mine.abort() }, "Cancel");
    progress.replaceChildren(h("p", {}, `${file.name}, ${size(file.size)}`), bar, share, cancel);
    [progress.hidden, choices.hidden, chosen.hidden] = [false, true, true];
    announce(`Uploading ${file.name}.`);
    cancel.focus();
    try {
      const stored = await upload(file, mine.signal, (sent) => {
        bar.value = sent;
        share.textContent = sent < 1 ? `${Math.round(sent * 100)} %` : "sent";
      });
      use({ name: file.name, url: stored.pdf_url, file });
    } catch (error) {
      if (mine !== sending) return;
      show(current);
      if (error instanceof ServiceProblem) {
        trouble.replaceChildren(problemView(error, () => take(file), file.name));
      } else if (error.name !== "AbortError") throw error;
    }
  }

  function useAddress() {
    const url = webAddress(address.value.trim());
    addressError.textContent = url ? "" : "Give a URL that begins with https://";
    addressError.hidden = Boolean(url);
    if (url) use({ name: fileName(url), url });
    else address.focus();
  }

  function use(doc) {
    current = doc;
    trouble.replaceChildren();
    show(doc);
    announce(`The document is ${doc.name}.`);
    onChange(doc);
  }

  function show(doc) {
    progress.hidden = true;
    choices.hidden = Boolean(doc);
    chosen.hidden = !doc;
    if (!doc) { choose.focus(); return; }
    const other = h("button", { type: "button", onclick: () => { choices.hidden = !choices.hidden; } }, "Another");
    chosen.replaceChildren(
      h("p", {}, pageLink(doc, 1, doc.name), doc.file ? h("span.hint", {}, ` ${size(doc.file.size)}`) : null), other,
    );
  }

  return {
    element,
    current: () => current,
    /** Upload the document anew; the service keeps it for a limited time. */
    async refresh(signal) {
      const stored = await upload(current.file, signal, () => {});
      current.url = stored.pdf_url;
      show(current);
    },
    /** Tell why the document cannot be used; there is none then until another is chosen. */
    refuse(problem) {
      trouble.replaceChildren(problemView(problem, null, current?.name ?? null));
      current = null;
      show(null);
    },
  };
}

/** Return the last part of a path or a URL, as people read it. */
export function fileName(path) {
  const last = path.split("?")[0].replace(/\/+$/, "").split("/").pop();
  try {
    return decodeURIComponent(last) || path;
  } catch {
    return last;
  }
}

function limits({ document_megabytes: megabytes, document_minutes: minutes }) {
  return `up to ${megabytes} MB; kept for ${minutes % 60 ? `${minutes} minutes` : minutes === 60 ? "an hour" : `${minutes / 60} hours`}`;
}

async function faultOf(file, megabytes) {
  const fault = (code, detail) => new ServiceProblem({ code, detail });
  if (file.size === 0) return fault("empty", "the file is empty: choose another");
  if (file.size > megabytes * 2 ** 20) return fault("too_large", `${size(file.size)} are more than the ${megabytes} MB that the service takes`);
  try {
    const head = new TextDecoder("latin1").decode(await file.slice(0, MARK_WITHIN).arrayBuffer());
    return head.includes("%PDF-") ? null : fault("no_pdf", "this is not a PDF");
  } catch {
    return fault("unreadable", "the browser can't read this file");
  }
}

function acceptDrops(element, take) {
  const over = (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    element.classList.add("over");
  };
  const away = () => element.classList.remove("over");
  // A file that misses the place would otherwise be opened in the page's stead.
  for (const name of ["dragenter", "dragover"]) element.ownerDocument.addEventListener(name, (event) => {
    if (element.isConnected && element.checkVisibility()) over(event);
  });
  element.ownerDocument.addEventListener("dragleave", (event) => { if (!event.relatedTarget) away(); });
  element.ownerDocument.addEventListener("drop", (event) => {
    away();
    if (!element.checkVisibility() || !event.dataTransfer?.files.length) return;
    event.preventDefault();
    take(event.dataTransfer.files[0]);
  });
}
