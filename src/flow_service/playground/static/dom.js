// Makes elements. Texts become text nodes and nothing else, so that an answer or a file's name is never markup.

const SVG = "http://www.w3.org/2000/svg";

/**
 * Return a new element.
 * @param {string} tag its name, with classes after dots: "p.hint".
 * @param {Object} properties attributes; functions under names such as onclick are listeners; false, null and
 *     undefined are left out, true is an attribute without a value.
 * @param {...(Node|string|null)} children null is left out.
 */
export function h(tag, properties = {}, ...children) {
  return filled(document.createElement(tag.split(".")[0]), tag, properties, children);
}

/** Return a new element of SVG; as `h`. */
export function svg(tag, properties = {}, ...children) {
  return filled(document.createElementNS(SVG, tag.split(".")[0]), tag, properties, children);
}

function filled(element, tag, properties, children) {
  const classes = tag.split(".").slice(1);
  if (classes.length) element.classList.add(...classes);
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

let last = 0;

/** Return an id that no other element has. */
export function newId(prefix) {
  last += 1;
  return `${prefix}-${last}`;
}

/** Have a screen reader say a text once it has finished what it is saying. */
export function announce(text) {
  document.getElementById("announcer").textContent = text;
}

/** Show one of two elements, and move the focus along if it would be lost. */
export function swap(shown, hidden) {
  const focused = hidden.contains(document.activeElement);
  shown.hidden = false;
  hidden.hidden = true;
  if (focused) shown.focus();
}

/** Return a number of bytes as people read it. */
export function size(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < 1e6) return `${Math.round(bytes / 1000)} kB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Return a duration in milliseconds as people read it. */
export function duration(ms) {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(ms < 10000 ? 1 : 0)} s`;
}
