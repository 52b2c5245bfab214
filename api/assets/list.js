// The inbox: choosing rows, keys, and rows that change where they stand.
import { letters, typing } from "./postroom.js";

const list = () => document.getElementById("list");
const rows = () => [...list().querySelectorAll("tbody tr[data-document]")];
let at = -1;

// A form sends only what was filled in; the address stays short enough to be a link.
document.addEventListener("htmx:configRequest", (event) => {
  const { formData, parameters } = event.detail;
  for (const [name, value] of [...(formData?.entries?.() ?? [])]) if (value === "") formData.delete(name);
  if (!formData) for (const name of Object.keys(parameters)) if (parameters[name] === "") delete parameters[name];
});
document.addEventListener("htmx:afterSwap", () => { at = -1; count(); });

// Choosing.
const boxes = () => [...list().querySelectorAll("td.pick input")];
function count() {
  const chosen = boxes().filter((box) => box.checked);
  const all = list().querySelector("[data-all]");
  if (all) {
    all.checked = chosen.length > 0 && chosen.length === boxes().length;
    all.indeterminate = chosen.length > 0 && !all.checked;
  }
  const every = list().querySelector("[data-every]");
  if (every) {
    every.hidden = chosen.length < boxes().length || !chosen.length;
    if (every.hidden) every.querySelector("input").checked = false;
  }
  const label = list().querySelector("[data-count]");
  if (label) label.textContent = label.dataset.say.replace("{n}", chosen.length);
  const sums = new Map();
  for (const box of chosen) {
    const { amount, currency } = box.closest("tr").dataset;
    if (amount) sums.set(currency, (sums.get(currency) ?? 0) + Number(amount));
  }
  const sum = list().querySelector("[data-sum]");
  const lang = document.documentElement.lang;
  if (sum) {
    sum.textContent = [...sums].map(([currency, value]) =>
      `${value.toLocaleString(lang, { minimumFractionDigits: 2, maximumFractionDigits: 2, useGrouping: "always" })} ${currency}`).join(" · ");
  }
}
let last = null;
document.addEventListener("click", (event) => {
  const box = event.target.closest("td.pick input");
  if (!box) return;
  if (event.shiftKey && last && boxes().includes(last)) {
    const [from, to] = [boxes().indexOf(last), boxes().indexOf(box)].sort((a, b) => a - b);
    for (const one of boxes().slice(from, to + 1)) one.checked = box.checked;
  }
  last = box;
  count();
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-all]")) for (const box of boxes()) box.checked = event.target.checked;
  if (list().contains(event.target)) count();
});

// Keys.
function move(by, extend) {
  const all = rows();
  if (!all.length) return;
  all[at]?.classList.remove("here");
  at = Math.max(0, Math.min(all.length - 1, at + by));
  const row = all[at];
  row.classList.add("here");
  row.scrollIntoView({ block: "nearest" });
  row.querySelector("a.whole")?.focus({ preventScroll: true });
  const box = row.querySelector("td.pick input");
  if (extend && box) {
    box.checked = true;
    count();
  }
}
const act = (word) => list().querySelector(`.bulk button[value=${word}]`)?.click();
const keys = {
  j: (e) => move(1, e.shiftKey), ArrowDown: (e) => move(1, e.shiftKey), k: (e) => move(-1, e.shiftKey), ArrowUp: (e) => move(-1, e.shiftKey),
  x: () => { const box = rows()[Math.max(at, 0)]?.querySelector("td.pick input"); if (box) { box.checked = !box.checked; count(); } },
  a: () => { if (some()) { const more = list().querySelector(".bulk details"); if (more) { more.open = true; more.querySelector("select")?.focus(); } } },
  r: () => { if (some()) act("read"); },
  e: () => { location.href = "/export"; },
  " ": () => peek(),
  u: () => { location.href = "/upload"; },
  f: () => { const filter = document.querySelector("[data-filter]"); filter.open = true; filter.querySelector("select, input")?.focus(); },
  "[": () => tab(-1), "]": () => tab(1),
};
function tab(by) {
  const tabs = [...list().querySelectorAll(".tabs a")];
  tabs[tabs.findIndex((one) => one.hasAttribute("aria-current")) + by]?.click();
}
// The rows that are chosen, or else the one where we are.
function some() {
  if (!boxes().some((box) => box.checked)) {
    const box = rows()[at]?.querySelector("td.pick input");
    if (box) box.checked = true;
  }
  count();
  return boxes().some((box) => box.checked);
}
function all() {
  const every = boxes().every((box) => box.checked);
  for (const box of boxes()) box.checked = !every;
  count();
}
// A look at the paper without leaving the list; up and down go on.
function peek() {
  const dialog = document.getElementById("peek"), row = rows()[Math.max(at, 0)];
  if (!dialog || !row) return;
  if (at < 0) move(1);
  const label = dialog.dataset.label.replace("{x}", row.querySelector("a.whole").textContent);
  dialog.setAttribute("aria-label", label);
  const image = dialog.querySelector("img");
  image.alt = label;
  image.src = `/v1/documents/${row.dataset.document}/pages/1/image?turn=0`;
  if (!dialog.open) dialog.showModal();
}
document.getElementById("peek")?.addEventListener("keydown", (event) => {
  const by = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
  if (by) { move(by); peek(); }
  if (event.key === " ") event.currentTarget.close();
  if (event.key === "Enter") rows()[at]?.querySelector("a.whole")?.click();
  if (by || event.key === " ") event.preventDefault();
});
document.getElementById("peek")?.addEventListener("click", (event) => event.currentTarget.close());
let wentAt = 0;
document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
  if (event.key === "Escape" && !typing(event.target)) {
    const chosen = boxes().filter((box) => box.checked);
    for (const box of chosen) box.checked = false;
    count();
    if (!chosen.length && list().querySelector(".pills a.small")) list().querySelector(".pills a.small").click();
    return;
  }
  if (event.key === "Escape") return document.activeElement.blur();
  if ((event.ctrlKey || event.metaKey) && event.key === "a" && !typing(event.target)) {
    event.preventDefault();
    return all();
  }
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  // The letter after g leads elsewhere.
  if (event.key === "g") wentAt = Date.now();
  if (Date.now() - wentAt < 1200) return;
  if (event.key.length === 1 && !letters()) return;
  if (event.key === " " && event.target.closest?.("button, a.button, summary, input")) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (keys[key]) {
    event.preventDefault();
    keys[key](event);
  }
});

// What changes elsewhere: rows change where they stand, nothing moves under the pointer; new ones are counted above the list.
let wanted = new Set();
let fresh = 0;
let timer = 0;
async function refresh() {
  timer = 0;
  const ids = wanted;
  wanted = new Set();
  const answer = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const id of ids) {
    const [now, then] = [page, document].map((where) => where.querySelector(`tr[data-document="${CSS.escape(id)}"]`));
    if (!now || !then || then.contains(document.activeElement) && document.activeElement.matches("input")) continue;
    const chosen = then.querySelector("td.pick input")?.checked;
    const focused = then.contains(document.activeElement);
    then.replaceChildren(...now.childNodes);
    Object.assign(then.dataset, now.dataset);
    const box = then.querySelector("td.pick input");
    if (box) box.checked = Boolean(chosen);
    if (focused) then.querySelector("a.whole")?.focus({ preventScroll: true });
    then.classList.remove("changed");
    void then.offsetWidth;
    then.classList.add("changed");
  }
  for (const part of ["#list .tabs", "#counts"]) {
    const [now, then] = [page.querySelector(part), document.querySelector(part)];
    if (now && then && !then.contains(document.activeElement)) then.replaceChildren(...now.childNodes);
  }
}
function heard(event) {
  const { kind, subject } = JSON.parse(event.data);
  if (kind === "document.created") {
    fresh += 1;
    const pill = list().querySelector("[data-fresh]");
    if (pill) {
      pill.hidden = false;
      pill.textContent = `${pill.dataset.say} ${fresh}`;
    }
  }
  if (kind.startsWith("document.") || kind.startsWith("submission.")) {
    wanted.add(subject);
    timer ||= setTimeout(refresh, 700);
  }
}
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-fresh]")) location.reload();
});
const events = new EventSource("/v1/events");
events.onmessage = heard;
// Where the connection is lost, the list says so, and catches up when it is back.
let lost = 0;
const lose = (on) => { const note = list().querySelector("[data-lost]"); if (note) note.hidden = !on; };
events.onerror = () => { lost ||= setTimeout(() => lose(true), 3000); };
events.onopen = () => {
  if (!lost) return;
  clearTimeout(lost);
  lost = 0;
  lose(false);
  for (const row of rows()) wanted.add(row.dataset.document);
  refresh();
};
count();
