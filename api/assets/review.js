// The review: word layer, keys, saving as one goes, the next paper without a new page.
import { drafts, fade, letters, typing } from "./postroom.js";

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
    box.dataset.shown = written(box, box.dataset.was);
    if (box.value === box.dataset.was) box.value = box.dataset.shown;
    for (const other of field.querySelectorAll("[data-alternative]")) other.firstChild.textContent = `${written(box, other.dataset.alternative)} `;
    box.addEventListener("focus", () => light(name, true));
    box.addEventListener("blur", () => { light(name, false); keep(field); });
    box.addEventListener("input", () => { find(box.value); note(field); });
  });
  for (const stage of all(".stage")) stage.dataset.zoom = sessionStorage.getItem("zoom") ?? "0";
  if ($(".words")) layer();
  sit(false);
  drafts();
  fade();
  first();
  if (!$("#fields") && $("#read")) $("#read").focus({ preventScroll: true });
  const next = $("#next")?.getAttribute("href");
  // The next paper's picture is drawn before it is asked for.
  if (next) setTimeout(() => { new Image().src = `/v1/documents${new URL(next, location).pathname.slice("/documents".length)}/pages/1/image?turn=0`; }, 400);
}

// Where to begin: the first value to be looked at; if there is none, only the decision is left. A finger begins at the page: a field in
// focus would bring up the keyboard over it.
function first() {
  if (matchMedia("(pointer: coarse)").matches) return;
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
  const answer = await fetch(`/v1/documents/${id}/tokens`).catch(() => null);
  if (!answer?.ok || mine !== id) return;
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

// What people type, as the program keeps it: days as 2026-07-03 (3.7, 3.7.26 and 3.7.2026 mean one), amounts as 1234.50.
function plain({ name, value: text, dataset: { kind } }) {
  const value = text.trim();
  if (kind === "date") {
    const [, day, month, year] = /^(\d{1,2})[.\/\s-](\d{1,2})\.?(?:[.\/\s-]?(\d{4}|\d{2}))?$/.exec(value) ?? [];
    if (!day) return value;
    return `${String(year ?? new Date().getFullYear()).padStart(4, "20")}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
  }
  // A rate of exchange has no thousands to part: 4,267 is a little more than four.
  if (name === "exchange_rate") return value.replace(",", ".");
  if (kind === "amount" && /^[-−]?[\d\s.,'’]+$/.test(value)) {
    const bare = value.replace("−", "-").replace(/[\s'’]/g, "");
    const mark = Math.max(bare.lastIndexOf(","), bare.lastIndexOf("."));
    const cents = mark >= 0 && bare.length - mark - 1 !== 3;
    return cents ? `${bare.slice(0, mark).replace(/[.,]/g, "")}.${bare.slice(mark + 1)}` : bare.replace(/[.,]/g, "");
  }
  return value;
}

// A value as people of this language write it. English has two orders of a day: there it stays as it is kept.
const language = document.documentElement.lang;
const amounts = new Intl.NumberFormat(language, { minimumFractionDigits: 2, maximumFractionDigits: 2, useGrouping: "always" });
function written({ dataset: { kind } }, value) {
  if (kind === "date" && language !== "en" && /^\d{4}-\d\d-\d\d$/.test(value)) return value.split("-").reverse().join(language.startsWith("pt") ? "/" : ".");
  return kind === "amount" && /^-?\d{1,13}\.\d\d$/.test(value) ? amounts.format(Number(value)) : value ?? "";
}
// What a field holds; what nobody touched is as it was.
const held = (box) => [box.dataset.was, box.dataset.shown].includes(box.value.trim()) ? box.dataset.was : plain(box);
// Why this cannot be kept, if it cannot.
function fault({ dataset: { kind } }, value) {
  if (kind === "date" && value) {
    const day = new Date(`${value}T00:00Z`);
    if (!/^\d{4}-\d\d-\d\d$/.test(value) || Number.isNaN(day.valueOf()) || day.toISOString().slice(0, 10) !== value) return desk.dataset.noDate;
  }
  return kind === "amount" && value && !/^-?\d+(\.\d+)?$/.test(value) ? desk.dataset.noAmount : "";
}

// While someone types a day it is not kept yet: half of one is another day.
function note(field) {
  const box = input(field), value = held(box);
  clearTimeout(timer);
  if (value !== box.dataset.was && box.dataset.kind !== "date" && !fault(box, value)) timer = setTimeout(() => keep(field), 900);
}
// A value that was changed is kept; one that was only looked at and accepted is kept as confirmed.
function keep(field, accepted = false) {
  const box = input(field);
  if (desk.dataset.editable !== "true" || field.querySelector("[data-both] button")) return true;
  const value = held(box), wrong = fault(box, value);
  if (wrong) {
    broken(box.name, wrong);
    say(desk.dataset.unsaved);
    return false;
  }
  if (field.matches(".both") && !dirty.size && !saving) say("");
  whole(field);
  if (value === box.dataset.was && document.activeElement !== box) box.value = box.dataset.shown;
  if (value === box.dataset.was && !(accepted && value && field.dataset.how !== "confirmed")) return true;
  dirty.set(box.name, value === "" ? null : value);
  push();
  return true;
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
    lost("");
    see(now);
    for (const [name, value] of sent) settle(name, value, "confirmed");
    return true;
  }
  if (answer?.status === 412) {
    await conflict(sent);
    return dirty.size > 0;
  }
  // Nobody is there, or nobody is known any more: what was typed stays, to be sent again.
  if (!answer || answer.status === 401) {
    for (const [name, value] of sent) if (!dirty.has(name)) dirty.set(name, value);
    lost(answer ? desk.dataset.signedOut : desk.dataset.offline, Boolean(answer));
    if (!answer) setTimeout(push, 4000);
    return false;
  }
  if (answer.status === 409) {
    dirty = new Map();
    await overtaken();
    return false;
  }
  const problem = await answer.json().catch(() => null);
  for (const name of sent.keys()) if (!dirty.has(name)) broken(name, problem?.errors?.[0]?.message ?? problem?.detail);
  return false;
}
// Somebody else decided on it meanwhile: it is shown as it is now.
async function overtaken() {
  const words = desk.dataset.decided, answer = await ask(location.href);
  if (!answer) return;
  clearTimeout(timer);
  await show(answer);
  lost(words);
}
function lost(words, signIn = false) {
  const place = $("#lost");
  if (!place) return;
  place.hidden = !words;
  place.querySelector("span").textContent = words;
  place.querySelector("a").hidden = !signIn;
}
// Whoever signed in on another tab comes back to this one.
addEventListener("focus", () => { if (desk && dirty.size) push(); });
function see(now) {
  version = now;
  desk.dataset.version = now;
  for (const hidden of all("input[name=version]")) hidden.value = now;
}
function settle(name, value, how) {
  const field = $(`.field[data-field="${name}"]`), box = input(field);
  // What was typed since it was sent stays: it is sent next.
  const wanted = wish(box), typed = wanted !== value && (wanted ?? "") !== box.dataset.was;
  const same = document.activeElement === box && wanted === value;
  box.dataset.was = value ?? "";
  box.dataset.shown = written(box, box.dataset.was);
  if (!typed && !same) box.value = box.dataset.shown;
  whole(field);
  field.classList.remove(field.dataset.how);
  field.dataset.how = value === null ? "missing" : how;
  field.classList.add(field.dataset.how);
  if (how === "confirmed") field.querySelector(".how .hide").textContent = desk.dataset.confirmed;
}
function whole(field) {
  field.classList.remove("both");
  field.querySelector("[data-both]").replaceChildren();
  input(field).removeAttribute("aria-invalid");
}
function broken(name, message) {
  const field = $(`.field[data-field="${name}"]`);
  input(field).setAttribute("aria-invalid", "true");
  field.classList.add("both");
  field.querySelector("[data-both]").textContent = message ?? "";
}

// Somebody else changed it meanwhile: both values are shown, a person chooses. What stands in a field is the newest wish, sent or not.
const wish = (box) => held(box) || null;
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
    one.textContent = `${label}: ${written(box, value) || "–"}`;
    one.addEventListener("click", () => { place.replaceChildren(); field.classList.remove("both"); act(); box.focus(); });
    return one;
  };
  field.classList.add("both");
  box.setAttribute("aria-invalid", "true");
  const mine = button(desk.dataset.mine, wish(box), () => { dirty.set(box.name, wish(box)); push(); });
  box.addEventListener("input", () => { mine.textContent = `${desk.dataset.mine}: ${written(box, wish(box)) || "–"}`; });
  place.replaceChildren(`${desk.dataset.conflict} `, mine, " ",
    button(desk.dataset.theirs, theirs, () => { box.value = written(box, theirs); settle(box.name, theirs, "confirmed"); }));
  // Who is typing there goes on typing.
  if (document.activeElement !== box) mine.focus();
}

// Checks and alarms follow what is typed.
async function checks() {
  const mine = id, seen = version;
  const answer = await fetch(location.href).catch(() => null);
  if (!answer?.ok || mine !== id || seen !== version) return;
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
  const wrong = $(".field.both");
  if (wrong) {
    (wrong.querySelector("[data-both] button") ?? input(wrong)).focus();
    return say(desk.dataset.unsaved);
  }
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
  deciding = true;
  const answer = await ask(button.getAttribute("formaction") ?? form.getAttribute("action"), { method: "POST", body });
  button.disabled = false;
  if (answer) await show(answer);
  deciding = false;
}
let deciding = false;
async function go(href) {
  const answer = await ask(href);
  if (answer) await show(answer);
}
// Where there is no answer, or only the question who is there, the page stays with what was typed.
async function ask(href, how) {
  const answer = await fetch(href, how).catch(() => null);
  const out = answer && new URL(answer.url).pathname === "/sign-in";
  lost(out ? desk.dataset.signedOut : answer ? "" : desk.dataset.offline, out);
  return out ? null : answer;
}
async function show(answer) {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!page.querySelector("#review")) return location.assign(answer.url);
  document.title = page.title;
  $("main").replaceWith(page.querySelector("main"));
  const rail = page.querySelector("#counts");
  if (rail) $("#counts").replaceChildren(...rail.childNodes);
  const path = new URL(answer.url);
  path.searchParams.delete("said");
  const same = path.pathname.split("/")[2] === location.pathname.split("/")[2];
  if (answer.ok && !same) history.pushState(null, "", path.pathname + path.search);
  if (!same) scrollTo(0, 0);
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
  if (!desk || event.defaultPrevented || document.querySelector("dialog[open]")) return;
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
  if (field && event.key === "Enter" && event.target === input(field)) {
    stop();
    const open = after(field);
    if (!keep(field, true)) return;
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

const DECIDED = ["approved", "rejected", "filed", "trashed", "reopened"].map((what) => `document.${what}`);
async function decided() {
  const mine = id;
  const answer = await fetch(`/v1/documents/${id}`, { method: "HEAD" }).catch(() => null);
  const now = Number(answer?.headers.get("etag")?.replaceAll('"', ""));
  if (mine === id && !deciding && now && now !== version) await overtaken();
}

// A reading that is over shows itself; what somebody else sets appears where nothing was typed, and beside what was.
new EventSource("/v1/events").onmessage = ({ data }) => {
  const { kind, subject } = JSON.parse(data);
  if (subject === id && kind === "document.corrected" && desk.dataset.editable === "true" && !saving && !dirty.size) follow();
  if (subject === id && DECIDED.includes(kind) && !deciding) setTimeout(decided, 150);
  if (subject === id && desk.dataset.reading === "true" && ["document.read", "document.failed"].includes(kind)) go(location.href);
};
begin();
