// Filters what the page shows. Without this script the page shows everything, and the form stays hidden.
"use strict";

const search = document.querySelector("#search");
const outcome = document.querySelector("#outcome");
const matches = document.querySelector("#matches");
const sections = [...document.querySelectorAll("[data-section]")];
const groups = [...document.querySelectorAll("[data-group]")];
let items = null;
let openBefore = null;

function read() {
  const parts = [...document.querySelectorAll("[data-item]")];
  return parts.map((element) => ({
    element,
    text: `${element.closest("details[data-group]")?.querySelector("summary").textContent ?? ""} ${element.textContent}`
      .toLowerCase(),
    outcomes: element.dataset.outcome?.split(" "),
  }));
}

function show() {
  items ??= read();
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = outcome.value;
  const filtered = words.length > 0 || wanted !== "";
  let count = 0;
  for (const { element, text, outcomes } of items) {
    const fits = words.every((word) => text.includes(word)) && (!wanted || (outcomes?.includes(wanted) ?? false));
    element.hidden = !fits;
    count += fits;
  }
  for (const element of [...groups, ...sections]) {
    element.hidden = filtered && !element.querySelector("[data-item]:not([hidden])");
  }
  const closable = groups.filter((element) => element.localName === "details");
  if (filtered) {
    openBefore ??= new Set(closable.filter((element) => element.open));
    for (const element of closable) element.open = !element.hidden && count <= 400;
  } else if (openBefore) {
    for (const element of closable) element.open = openBefore.has(element);
    openBefore = null;
  }
  matches.value = filtered ? (count === 1 ? "1 match" : `${count.toLocaleString("en")} matches`) : "";
}

const form = document.querySelector("#filter");
form.hidden = false;
form.addEventListener("input", show);
form.addEventListener("submit", (event) => event.preventDefault());
if (search.value || outcome.value) show();
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.target.closest("input, select")) {
    event.preventDefault();
    search.focus();
  } else if (event.key === "Escape" && event.target === search) {
    search.value = "";
    show();
  }
});
