// The review: word layer, keys, saving as one goes, the next paper without a new page.
import { letters, typing } from "./postroom.js";

let desk, id, version, words = [], dirty = new Map(), saving = null, timer = 0, beat = 0;
const $ = (css) => document.querySelector(css);
const all = (css) => [...document.querySelectorAll(css)];
const fields = () => all("#fields .field");
const input = (field) => field.querySelector("input");
const open = (field) => ["check", "failed"].includes(field.dataset.how);

function begin() {
  desk = $("#review");
  if (!desk) return;
  id = desk.dataset.document;
  version = Number(desk.dataset.version);
  words = [];
  dirty = new Map();
  fields().forEach((field) => {
    const name = field.dataset.field;
    const box = input(field);
    box.addEventListener("focus", () => light(name, true));
    box.addEventListener("blur", () => { light(name, false); keep(field); });
    box.addEventListener("input", () => { find(box.value); note(field); });
  });
  for (const stage of all(".stage")) stage.dataset.zoom = sessionStorage.getItem("zoom") ?? "0";
  if ($(".words")) layer();
  sit(false);
  first();
  if (!$("#fields") && $("#read")) $("#read").focus({ preventScroll: true });
  const next = $("#next")?.getAttribute("href");
  // The next paper's picture is drawn before it is asked for.
  if (next) setTimeout(() => { new Image().src = `/v1/documents${new URL(next, location).pathname.slice("/documents".length)}/pages/1/image?turn=0`; }, 400);
}

// Where to begin: the first value to be looked at; if there is none, only the decision is left.
function first() {
  const field = desk.dataset.editable === "true" ? fields().find(open) : null;
  if (field) input(field).focus({ preventScroll: true });
  else ($("#approve") ?? $(".stage"))?.focus({ preventScroll: true });
  field?.scrollIntoView({ block: "nearest" });
}

function light(name, on) {
  for (const rect of all(`.marks rect[data-field="${CSS.escape(name)}"]`)) {
    rect.classList.toggle("on", on);
    if (on) bring(rect);
  }
  if (!on) find("");
}
function bring(rect) {
  const stage = $(".stage"), place = rect.getBoundingClientRect(), frame = stage.getBoundingClientRect();
  if (place.top < frame.top + 50 || place.bottom > frame.bottom - 20) stage.scrollTop += place.top - frame.top - frame.height / 3;
}

// Words of the pages: click one to fill the field, shift adds.
async function layer() {
  const mine = id;
  const answer = await fetch(`/v1/documents/${id}/tokens`);
  if (!answer.ok || mine !== id) return;
  for (const page of (await answer.json()).pages) {
    const group = $(`.page[data-page="${page.number}"] .words`);
    if (!group) continue;
    for (const token of page.tokens) {
      if (token.hidden) continue;
      const [left, top, right, bottom] = token.box;
      const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      for (const [name, value] of Object.entries({ x: left - 1, y: top - 1, width: right - left + 2, height: bottom - top + 2 })) rect.setAttribute(name, value.toFixed(1));
      rect.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        fill(token.text, event.shiftKey);
      });
      group.append(rect);
      words.push({ text: token.text, folded: fold(token.text), line: `${page.number}/${token.line}`, rect });
    }
  }
}
const fold = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase().replace(/ł/g, "l").replace(/ı/g, "i");
let hits = [];
function find(text) {
  for (const word of hits) word.rect.classList.remove("hit");
  const wanted = fold(text.trim());
  hits = wanted.length < 2 ? [] : words.filter((word) => word.folded.startsWith(wanted)).slice(0, 40);
  for (const word of hits) word.rect.classList.add("hit");
}
function current() {
  const field = document.activeElement?.closest?.(".field");
  return field ?? fields().find(open);
}
function fill(text, more) {
  const field = current();
  if (!field || desk.dataset.editable !== "true") return;
  const box = input(field);
  box.focus();
  box.value = more && box.value ? `${box.value} ${text}` : text;
  note(field);
}

// What people type, as the program keeps it: days as 2026-07-03, amounts as 1234.50.
function plain(kind, text) {
  const value = text.trim();
  if (kind === "date") {
    const [, day, month, year] = /^(\d{1,2})[.\/\s-](\d{1,2})[.\/\s-](\d{4})$/.exec(value) ?? [];
    return year ? `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}` : value;
  }
  if (kind === "amount" && /^[-−]?[\d\s.,'’]+$/.test(value)) {
    const bare = value.replace("−", "-").replace(/[\s'’]/g, "");
    const mark = Math.max(bare.lastIndexOf(","), bare.lastIndexOf("."));
    const cents = mark >= 0 && bare.length - mark - 1 !== 3;
    return cents ? `${bare.slice(0, mark).replace(/[.,]/g, "")}.${bare.slice(mark + 1)}` : bare.replace(/[.,]/g, "");
  }
  return value;
}

function note(field) {
  const box = input(field);
  clearTimeout(timer);
  if (plain(box.dataset.kind, box.value) !== box.dataset.was) timer = setTimeout(() => keep(field), 900);
}
// A value that was changed is kept; one that was only looked at and accepted is kept as confirmed.
function keep(field, accepted = false) {
  const box = input(field);
  if (desk.dataset.editable !== "true" || field.querySelector("[data-both] button")) return;
  const value = plain(box.dataset.kind, box.value);
  if (value === box.dataset.was && !(accepted && value && field.dataset.how !== "confirmed")) return;
  dirty.set(box.name, value === "" ? null : value);
  push();
}
const say = (text) => { const place = $("[data-save]"); if (place) place.textContent = text; };

async function push() {
  if (saving || !dirty.size) return saving;
  const sent = dirty;
  dirty = new Map();
  say(desk.dataset.saving);
  saving = send(sent);
  const kept = await saving;
  saving = null;
  if (!kept) return say(desk.dataset.unsaved);
  if (dirty.size) return push();
  say(desk.dataset.saved);
  checks();
}
async function send(sent) {
  const answer = await fetch(`/v1/documents/${id}/fields`, {
    method: "PATCH", headers: { "content-type": "application/json", "if-match": `"${version}"` },
    body: JSON.stringify({ fields: Object.fromEntries(sent) }), keepalive: true,
  }).catch(() => null);
  if (answer?.ok) {
    const { version: now } = await answer.json();
    see(now);
    for (const [name, value] of sent) settle(name, value, "confirmed");
    return true;
  }
  if (answer?.status === 412) {
    await conflict(sent);
    return dirty.size > 0;
  }
  const problem = await answer?.json?.().catch(() => null);
  for (const [name, value] of sent) if (!dirty.has(name)) broken(name, value, problem?.errors?.[0]?.message ?? problem?.detail);
  if (!answer) {
    for (const pair of sent) dirty.set(...pair);
    setTimeout(push, 4000);
  }
  return false;
}
function see(now) {
  version = now;
  desk.dataset.version = now;
  for (const hidden of all("input[name=version]")) hidden.value = now;
}
function settle(name, value, how) {
  const field = $(`.field[data-field="${name}"]`), box = input(field);
  // What was typed since it was sent stays: it is sent next.
  const typed = wish(box) !== value && (wish(box) ?? "") !== box.dataset.was;
  box.dataset.was = value ?? "";
  const same = document.activeElement === box && wish(box) === value;
  if (!typed && !same) box.value = value ?? "";
  field.classList.remove(field.dataset.how, "both");
  field.dataset.how = value === null ? "missing" : how;
  field.classList.add(field.dataset.how);
  box.removeAttribute("aria-invalid");
  if (how === "confirmed") field.querySelector(".how .hide").textContent = desk.dataset.confirmed;
}
function broken(name, value, message) {
  const field = $(`.field[data-field="${name}"]`);
  input(field).setAttribute("aria-invalid", "true");
  field.classList.add("both");
  field.querySelector("[data-both]").textContent = message ?? "";
}

// Somebody else changed it meanwhile: both values are shown, a person chooses. What stands in a field is the newest wish, sent or not.
const wish = (box) => plain(box.dataset.kind, box.value) || null;
async function conflict(sent) {
  const answer = await fetch(`/v1/documents/${id}`);
  if (!answer.ok) return;
  const now = await answer.json();
  see(now.version);
  for (const field of fields()) {
    const box = input(field), theirs = now.reading?.fields?.[box.name]?.value ?? null;
    const theirsIsNew = (theirs ?? "") !== box.dataset.was;
    const wished = sent.has(box.name) || dirty.has(box.name) || (wish(box) ?? "") !== box.dataset.was;
    if (!wished) {
      if (theirsIsNew) settle(box.name, theirs, "confirmed");
    } else if (!theirsIsNew || theirs === wish(box)) dirty.set(box.name, wish(box));
    else {
      dirty.delete(box.name);
      choose(field, theirs);
    }
  }
}
let following = false;
async function follow() {
  if (following) return;
  following = true;
  const mine = id;
  await new Promise((done) => setTimeout(done, 150));
  const answer = await fetch(`/v1/documents/${id}`, { method: "HEAD" }).catch(() => null);
  following = false;
  const now = Number(answer?.headers.get("etag")?.replaceAll('"', ""));
  if (mine !== id || saving || dirty.size || !now || now === version) return;
  await conflict(new Map());
  if (dirty.size) push();
  checks();
}
function choose(field, theirs) {
  const box = input(field), place = field.querySelector("[data-both]");
  const button = (label, value, act) => {
    const one = document.createElement("button");
    one.type = "button";
    one.textContent = `${label}: ${value ?? "–"}`;
    one.addEventListener("click", () => { place.replaceChildren(); field.classList.remove("both"); act(); box.focus(); });
    return one;
  };
  field.classList.add("both");
  box.setAttribute("aria-invalid", "true");
  const mine = button(desk.dataset.mine, wish(box), () => { dirty.set(box.name, wish(box)); push(); });
  box.addEventListener("input", () => { mine.textContent = `${desk.dataset.mine}: ${wish(box) ?? "–"}`; });
  place.replaceChildren(`${desk.dataset.conflict} `, mine, " ",
    button(desk.dataset.theirs, theirs, () => { box.value = theirs ?? ""; settle(box.name, theirs, "confirmed"); }));
  // Who is typing there goes on typing.
  if (document.activeElement !== box) mine.focus();
}

// Checks and alarms follow what is typed.
async function checks() {
  const mine = id, seen = version;
  const answer = await fetch(location.href);
  if (!answer.ok || mine !== id || seen !== version) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const reason = $("#reason")?.value;
  for (const part of ["#verdict", "#since", "#checks", "#history"]) {
    const [now, then] = [page.querySelector(part), $(part)];
    if (now && then && !then.contains(document.activeElement)) then.replaceChildren(...now.childNodes);
  }
  if (reason && $("#reason")) $("#reason").value = reason;
  const fresh = new Map([...page.querySelectorAll(".field")].map((field) => [field.dataset.field, field.dataset.how]));
  for (const field of fields()) {
    const how = fresh.get(field.dataset.field);
    if (how && how !== field.dataset.how && field !== document.activeElement.closest?.(".field")) {
      field.classList.remove(field.dataset.how);
      field.classList.add(how);
      field.dataset.how = how;
    }
  }
}

// Decisions: an open alarm stops the one key and asks for a reason.
async function approve(stay) {
  const button = $("#approve");
  if (!button) return;
  const field = document.activeElement?.closest?.(".field");
  if (field) keep(field);
  const reason = $("#reason");
  if (reason && !reason.value.trim()) {
    reason.focus();
    reason.scrollIntoView({ block: "center" });
    return;
  }
  await push();
  if (dirty.size || $(".field.both")) return say(desk.dataset.unsaved);
  await submit($("#decide"), button, stay ? { stay: "1" } : {});
}
async function submit(form, button, more = {}) {
  const body = new URLSearchParams(new FormData(form));
  for (const [name, value] of Object.entries(more)) body.set(name, value);
  button.disabled = true;
  await show(await fetch(button.getAttribute("formaction") ?? form.getAttribute("action"), { method: "POST", body }));
}
async function go(href) {
  await show(await fetch(href));
}
async function show(answer) {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!page.querySelector("#review")) return location.assign(answer.url);
  document.title = page.title;
  $("main").replaceWith(page.querySelector("main"));
  const rail = page.querySelector("#counts");
  if (rail) $("#counts").replaceChildren(...rail.childNodes);
  const path = new URL(answer.url);
  const same = path.pathname.split("/")[2] === location.pathname.split("/")[2];
  if (answer.ok && !same) history.pushState(null, "", path.pathname + path.search);
  begin();
  $("main .note.bad")?.scrollIntoView({ block: "nearest" });
}
addEventListener("popstate", () => location.reload());
document.addEventListener("submit", (event) => {
  if (event.target.id === "decide" && event.submitter) {
    event.preventDefault();
    if (event.submitter.id === "approve") approve(false);
    else submit(event.target, event.submitter);
  } else if (event.target.id === "fields") {
    event.preventDefault();
    for (const field of fields()) keep(field);
    push();
  }
});
document.addEventListener("click", (event) => {
  const other = event.target.closest("[data-alternative]");
  if (other) fill(other.dataset.alternative, false);
  const zoom = event.target.closest("[data-zoom]:not(.stage)");
  if (zoom) scale(Number(zoom.dataset.zoom));
  if (event.target.closest("[data-take]")) sit(true);
  if (["next", "before"].includes(event.target.closest("a")?.id) && !event.ctrlKey) {
    event.preventDefault();
    go(event.target.closest("a").href);
  }
});
function scale(by) {
  const stage = $(".stage");
  const zoom = by === 0 ? 0 : Math.max(-1, Math.min(3, Number(stage.dataset.zoom ?? 0) + by));
  stage.dataset.zoom = zoom;
  sessionStorage.setItem("zoom", zoom);
}

// Who else is at it.
async function sit(take) {
  clearTimeout(beat);
  if (desk.dataset.editable !== "true") return;
  const mine = id;
  const answer = await fetch(`/documents/${id}/desk`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ take }) }).catch(() => null);
  const says = answer?.ok ? (await answer.json()).says : null;
  if (mine !== id) return;
  $("#desk").hidden = !says;
  $("#desk [data-says]").textContent = says ?? "";
  beat = setTimeout(() => sit(false), 45_000);
}

document.addEventListener("keydown", (event) => {
  if (!desk || document.querySelector("dialog[open]")) return;
  const field = event.target.closest?.(".field");
  const ctrl = event.ctrlKey || event.metaKey;
  const stop = () => event.preventDefault();
  if (ctrl && event.key === "Enter") { stop(); return approve(event.shiftKey); }
  if (ctrl && event.key === "s") { stop(); if (field) keep(field); return push(); }
  if (ctrl && (event.key === "ArrowRight" || event.key === "ArrowLeft") && !(field && input(field).value && !event.altKey && input(field).selectionStart !== input(field).value.length && input(field).selectionStart !== 0)) {
    stop();
    return $(event.key === "ArrowRight" ? "#next" : "#before")?.click();
  }
  if (event.altKey && /^[1-3]$/.test(event.key)) { stop(); return current()?.querySelectorAll("[data-alternative]")[event.key - 1]?.click(); }
  if (event.altKey && event.key === "c") { stop(); $("#talk").open = true; return $("#say")?.focus(); }
  if (event.key === "Enter" && event.target.id === "reason") { stop(); return approve(false); }
  if (field && event.key === "Enter") {
    stop();
    const open = after(field);
    keep(field, true);
    if (open) { input(open).focus(); open.scrollIntoView({ block: "nearest" }); } else ($("#reason") ?? $("#approve"))?.focus();
    return;
  }
  if (field && ctrl && event.key === " " && hits.length) {
    stop();
    // The whole value: the words that follow on the line, as long as they look like it.
    const at = words.indexOf(hits[0]);
    const line = words.slice(at).filter((word) => word.line === hits[0].line);
    input(field).value = input(field).dataset.kind === "text" && !/\d/.test(hits[0].text) ? line.map((word) => word.text).join(" ") : hits[0].text;
    return note(field);
  }
  if (event.key === "Escape") {
    if (typing(event.target)) return event.target.blur();
    return $("#back")?.click();
  }
  if (ctrl || event.altKey || typing(event.target) || !letters()) return;
  if (event.key === "r") ($("#read") ?? $("#again"))?.click();
  if (event.key === "+" || event.key === "=") scale(1);
  if (event.key === "-") scale(-1);
  if (event.key === "0") scale(0);
  if (event.key === "j") fields().find(open) && first();
});
function after(field) {
  const every = fields();
  const from = every.indexOf(field);
  return [...every.slice(from + 1), ...every.slice(0, from)].find(open);
}
addEventListener("beforeunload", (event) => { if (dirty.size || saving) event.preventDefault(); });

// A reading that is over shows itself; what somebody else sets appears where nothing was typed, and beside what was.
new EventSource("/v1/events").onmessage = ({ data }) => {
  const { kind, subject } = JSON.parse(data);
  if (subject === id && kind === "document.corrected" && desk.dataset.editable === "true" && !saving && !dirty.size) follow();
  if (subject === id && desk.dataset.reading === "true" && ["document.read", "document.failed"].includes(kind)) go(location.href);
};
begin();
