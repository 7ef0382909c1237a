// Asks for a key or a token where the service needs one. It is sent in a header and kept for this tab alone.

import { credential, setCredential } from "./api.js";
import { h, newId } from "./dom.js";
import { sentence } from "./problems.js";

const NAMES = { key: "API key", token: "Access token of Microsoft Entra ID" };

/**
 * Return {open} of a dialog that asks for what the service takes.
 * @param {string[]} kinds "key", "token" or both.
 * @param {function()} onChange is called after another is used.
 */
export function credentialDialog(kinds, onChange) {
  const id = newId("credential");
  const reason = h("p.error", { role: "alert" });
  const kind = h("select", { id: `${id}-kind`, name: "kind" }, ...kinds.map((each) => h("option", { value: each }, NAMES[each])));
  const value = h("input", { id, type: "password", name: "credential", autocomplete: "off", spellcheck: "false",
    "aria-describedby": `${id}-hint`, required: true });
  const label = h("label", { for: id }, NAMES[kinds[0]]);
  kind.addEventListener("change", () => { label.textContent = NAMES[kind.value]; });
  const forgetting = h("button.plain", { type: "button", onclick: forget }, "Forget it");
  const form = h("form", { method: "dialog", novalidate: true, onsubmit: use },
    h("h2", {}, "Who is asking?"), reason,
    kinds.length > 1 ? h("div.field", {}, h("label", { for: `${id}-kind` }, "What you have"), kind) : null,
    h("div.field", {}, label, value,
      h("p.hint", { id: `${id}-hint` }, "It is sent in a header, and forgotten when this tab is closed.")),
    h("div.actions", {}, h("button.primary", { type: "submit" }, "Use"),
      h("button", { type: "button", onclick: () => dialog.close() }, "Cancel"),
      forgetting));
  const dialog = h("dialog", { "aria-label": "Key or token" }, form);
  document.body.append(dialog);

  function use(event) {
    event.preventDefault();
    const given = value.value.trim();
    // A header can have nothing else in it; fetch would fail with words that help nobody.
    const fault = !given ? "Enter it first." : /^[\x21-\x7e]+$/.test(given) ? "" : "It has letters in it that no key or token has.";
    reason.textContent = fault;
    if (fault) { value.focus(); return; }
    setCredential({ kind: kind.value, value: given });
    value.value = "";
    dialog.close();
    onChange();
  }

  function forget() {
    setCredential(null);
    value.value = "";
    dialog.close();
    onChange();
  }

  return {
    open(message = "") {
      reason.textContent = message && sentence(message);
      forgetting.hidden = !credential();
      if (credential()) kind.value = credential().kind;
      label.textContent = NAMES[kind.value];
      if (!dialog.open) dialog.showModal();
      value.focus();
    },
  };
}
