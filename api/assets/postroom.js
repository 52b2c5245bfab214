// Helps for every page. Each page works without them.

document.documentElement.classList.add("scripted");

// The rail folds on a phone.
const rail = document.querySelector("[data-rail]");
rail?.querySelector(".menu")?.addEventListener("click", (event) => {
  const open = rail.classList.toggle("open");
  event.currentTarget.setAttribute("aria-expanded", String(open));
});

// What was just done is said once, not again when the page is loaded again.
if (location.search.includes("said=")) {
  const address = new URL(location.href);
  address.searchParams.delete("said");
  history.replaceState(null, "", address);
}

// What was done is no longer news after a while, where it lies over the page.
export function fade() {
  const note = document.querySelector("main:has(#review) > .note[data-said]");
  if (note) setTimeout(() => note.remove(), 8000);
}
fade();

// Printing: the browser's own way is there without scripts.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

// Copying.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button || !(await copy(button.dataset.copy))) return;
  button.querySelector("use")?.setAttribute("href", "#i-check");
  setTimeout(() => button.querySelector("use")?.setAttribute("href", "#i-copy"), 2000);
});
// Without TLS browsers give no clipboard: what is marked can be copied all the same.
async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text).then(() => true, () => false);
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

// What was being written is not lost with its page, by a click elsewhere or a session that ended: it waits in this tab until it was sent.
const draft = (area) => `draft ${location.pathname} ${area.name}`;
export function drafts() {
  for (const area of document.querySelectorAll("form[method=post] textarea[name]")) {
    const kept = sessionStorage.getItem(draft(area));
    if (kept && !area.value) {
      area.value = kept;
      const folded = area.closest("details");
      if (folded) folded.open = true;
    }
  }
}
document.addEventListener("input", ({ target }) => {
  if (target.matches("form[method=post] textarea[name]")) sessionStorage.setItem(draft(target), target.value);
});
document.addEventListener("submit", ({ target }) => {
  if (target.getAttribute("action") === "/sign-out") return sessionStorage.clear();
  const sent = [...target.querySelectorAll("textarea[name]")].map(draft);
  if (sent.length) sessionStorage.setItem("sent", JSON.stringify(sent));
});
const arrived = location.pathname !== "/sign-in" && !document.querySelector("main .note.bad[role=alert]");
for (const key of arrived ? JSON.parse(sessionStorage.getItem("sent") ?? "[]") : []) sessionStorage.removeItem(key);
sessionStorage.removeItem("sent");
drafts();

// Asking before what cannot be taken back.
document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.sure;
  if (question && !confirm(question)) event.preventDefault();
});

// A choice that is carried out at once.
document.addEventListener("change", (event) => {
  if (event.target.matches("select[data-go]")) event.target.form.requestSubmit();
});

// Only one open panel, closed by Escape or a click elsewhere.
document.addEventListener("click", (event) => {
  for (const panel of document.querySelectorAll("details[open]:has(> .panel)")) {
    if (!panel.contains(event.target)) panel.open = false;
  }
});

// Keys of a single letter can be turned off (WCAG 2.1.4): on this device, in the list of keys.
export const letters = () => localStorage.getItem("letters") !== "off";
const box = document.querySelector("[data-letters]");
if (box) {
  box.checked = letters();
  box.addEventListener("change", () => localStorage.setItem("letters", box.checked ? "on" : "off"));
}

export const typing = (element) => element?.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]");

// Keys that work on every page of the office. No single letter acts while someone types or holds another key.
let going = 0;
const places = { i: "/", f: "/find", h: "/held", m: "/month", c: "/companies", l: "/mail", s: "/account", q: "/questions" };
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const panel = document.querySelector("details[open]:has(> .panel)");
    if (panel) {
      // One press, one thing: the list behind keeps what is chosen.
      event.preventDefault();
      panel.open = false;
      panel.querySelector("summary")?.focus();
    }
    return;
  }
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k" && rail) {
    event.preventDefault();
    return everywhere();
  }
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || !rail || !letters()) return;
  if (event.key === "g") {
    going = Date.now();
  } else if (Date.now() - going < 1200 && places[event.key]) {
    location.href = places[event.key];
  } else if (event.key === "/") {
    const search = document.querySelector("[data-search]");
    event.preventDefault();
    if (!search) location.href = "/find";
    search?.focus();
    search?.select();
  } else if (event.key === "?") {
    document.getElementById("help")?.showModal();
  }
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-help]")) document.getElementById("help")?.showModal();
  if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
});

// Ctrl+K: go anywhere by a few letters of its name; what is no place is looked for.
const plain = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase().replace(/\u0142/g, "l").replace(/\u0131/g, "i");
function everywhere() {
  const dialog = document.createElement("dialog");
  dialog.className = "goto";
  dialog.setAttribute("aria-label", rail.dataset.go);
  const input = document.createElement("input");
  // No search field: its first Escape would empty it, and this one is to close.
  input.type = "text";
  input.placeholder = rail.dataset.go;
  input.setAttribute("aria-label", rail.dataset.go);
  const list = document.createElement("ul");
  const places = [...rail.querySelectorAll("nav a, .who a")].map((link) => ({
    href: link.href, label: (link.querySelector(".name") ?? link).textContent.trim(),
  }));
  const show = () => {
    const wanted = plain(input.value.trim());
    const found = places.filter(({ label }) => plain(label).includes(wanted));
    if (wanted) found.push({ href: `/find?text=${encodeURIComponent(input.value.trim())}`, label: `${rail.dataset.find}: ${input.value.trim()}` });
    list.replaceChildren(...found.map(({ href, label }) => {
      const item = document.createElement("li"), link = document.createElement("a");
      link.href = href;
      link.textContent = label;
      item.append(link);
      return item;
    }));
  };
  input.addEventListener("input", show);
  dialog.addEventListener("keydown", (event) => {
    const links = [...list.querySelectorAll("a")], at = links.indexOf(document.activeElement);
    if (event.key === "Enter" && at < 0) links[0]?.click();
    else if (event.key === "ArrowDown") (links[at + 1] ?? input).focus();
    else if (event.key === "ArrowUp") (at > 0 ? links[at - 1] : at === 0 ? input : links.at(-1))?.focus();
    else return;
    event.preventDefault();
  });
  dialog.addEventListener("close", () => dialog.remove());
  dialog.append(input, list);
  document.body.append(dialog);
  show();
  dialog.showModal();
}
