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

// Copying.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard?.writeText(button.dataset.copy);
  button.querySelector("use")?.setAttribute("href", "#i-check");
});

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

export const typing = (element) => element?.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]");

// Keys that work on every page of the office. No single letter acts while someone types or holds another key.
let going = 0;
const places = { i: "/", f: "/find", h: "/held", m: "/month", c: "/companies", l: "/mail", s: "/account", q: "/questions" };
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const panel = document.querySelector("details[open]:has(> .panel)");
    if (panel) {
      panel.open = false;
      panel.querySelector("summary")?.focus();
    }
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || !rail) return;
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
