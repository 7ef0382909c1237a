"use strict";
// Makes the table of rows sortable and filterable. Without it, the page shows every row, worst first.
(() => {
  const SHORT = 300; // rows that the style shows of a table that is marked as short
  const table = document.getElementById("rows");
  const rows = Array.from(table.tBodies); // in the order that the report came with
  const headers = Array.from(table.tHead.querySelectorAll("th[data-column]"));
  const form = document.querySelector(".filters");
  const { text, metric, below, failed, odd, first } = form.elements;
  const shown = form.querySelector("output");
  const rest = document.querySelector(".rest");
  const texts = new Map(); // of rows that were searched, in small letters

  const number = (row, column) => {
    const { value } = row.rows[0].cells[column].dataset;
    return value === "" ? NaN : Number(value);
  };

  const compare = (column, direction) => (one, other) => {
    const a = number(one, column);
    const b = number(other, column);
    if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) - Number.isNaN(b); // those without a number last
    return direction * (a - b);
  };

  const show = (order, header, direction) => {
    headers.forEach((other) => other.removeAttribute("aria-sort"));
    if (header) header.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
    first.setAttribute("aria-pressed", String(!header));
    table.append(...order);
  };

  const sortBy = (header) => {
    const direction = header.getAttribute("aria-sort") === "ascending" ? -1 : 1;
    show([...rows].sort(compare(Number(header.dataset.column), direction)), header, direction);
  };

  const textOf = (row) => {
    if (!texts.has(row)) texts.set(row, row.textContent.toLowerCase());
    return texts.get(row);
  };

  const filter = () => {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const limit = below.value === "" ? null : below.valueAsNumber;
    const columns = headers
      .filter((header) => "metric" in header.dataset && (!metric.value || header.dataset.metric === metric.value))
      .map((header) => Number(header.dataset.column));
    const kept = (row) =>
      (!failed.checked || row.classList.contains("failed")) &&
      (!odd || !odd.checked || row.classList.contains("odd")) &&
      (limit === null || columns.some((column) => number(row, column) < limit)) &&
      words.every((word) => textOf(row).includes(word));
    let count = 0;
    rows.forEach((row) => {
      row.hidden = !kept(row);
      if (!row.hidden) count += 1;
    });
    const waiting = table.classList.contains("short") && count > SHORT;
    shown.textContent =
      (count === rows.length ? `${count} rows` : `${count} of ${rows.length} rows`) + (waiting ? `, first ${SHORT}` : "");
    rest.hidden = !waiting;
  };

  // Says that there is more on the right where there is, and lets a head stay in sight where there is not.
  document.querySelectorAll(".scroll").forEach((region) => {
    const cue = region.previousElementSibling;
    const look = () => {
      const beyond = region.firstElementChild.scrollWidth - region.clientWidth;
      region.classList.toggle("fits", beyond <= 1);
      region.classList.toggle("more", beyond > 1 && region.scrollLeft < beyond - 1);
      cue.hidden = beyond <= 1;
    };
    region.addEventListener("scroll", look, { passive: true });
    new ResizeObserver(look).observe(region);
  });
  headers.forEach((header) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    button.addEventListener("click", () => sortBy(header));
    header.append(button);
  });
  rest.querySelector("button").addEventListener("click", () => {
    table.classList.remove("short");
    filter();
  });
  first.addEventListener("click", () => show(rows));
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  filter();
})();
