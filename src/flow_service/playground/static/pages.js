// Links from an answer to the pages of the document that it is about.

import { credential, getBlob, ServiceProblem } from "./api.js";
import { h } from "./dom.js";
import { problemView } from "./problems.js";

const REFERENCES = /(\[pp?\.\s*\d+(?:\s*[-–,;]\s*(?:pp?\.\s*)?\d+)*\])/g;
const REFERENCE = /((?:pp?\.\s*)?\d+)/;

/** Return an address as a link may have it, or null if it is no web page's. */
export function webAddress(text) {
  try {
    const url = new URL(text);
    return ["https:", "http:"].includes(url.protocol) ? url.href.split("#")[0] : null;
  } catch {
    return null;
  }
}

/**
 * Return a link that opens a document at a page, in a tab of its own.
 * @param {Object} doc the document: its `url`.
 * @param {number} page the first is 1.
 * @param {string} text of the link.
 */
export function pageLink(doc, page, text) {
  const url = webAddress(doc.url) ?? doc.url; // all others are paths of the service, as it names them itself
  const link = h("a.page-link", {
    href: `${url}#page=${page}`, target: "_blank", rel: "noopener noreferrer", title: `open page ${page} of ${doc.name}`,
  }, text);
  if (!webAddress(doc.url)) link.addEventListener("click", (event) => openWithKey(event, link, doc.url, page));
  return link;
}

/** Return the nodes of an answer, in which [p. 3] is a link to page 3. */
export function withPageLinks(text, doc) {
  const linked = (part) => (
    part.split(REFERENCE).map((piece, at) => (at % 2 ? pageLink(doc, Number(piece.match(/\d+/)[0]), piece) : piece))
  );
  return text.split(REFERENCES).flatMap((part, place) => (place % 2 ? linked(part) : [part]));
}

/** Open a document for which a key or token has to be shown, which a link alone cannot do. */
async function openWithKey(event, link, path, page) {
  if (!credential()) return;
  event.preventDefault();
  const tab = window.open("", "_blank");
  try {
    if (!tab) throw new ServiceProblem({ code: "blocked", detail: "the browser opens no tab: allow it for this page" });
    const blob = await getBlob(path);
    const address = URL.createObjectURL(blob);
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
    tab.location.replace(`${address}#page=${page}`);
  } catch (error) {
    tab?.close();
    if (!(error instanceof ServiceProblem)) throw error;
    link.after(problemView(error));
  }
}
