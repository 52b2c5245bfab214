// Bringing files: several at once; photos of one paper become one file of pages, in their order; turned and cut before they are sent.
import { pdf } from "./pages.js";
import { crop, judge, turn } from "./picture.js";
import { send } from "./tus.js";

const form = document.querySelector("form[data-upload]");
const list = form.querySelector(".files");
const input = form.querySelector("input[type=file][name=file]");
const go = form.querySelector("button.main:not(.add)");
const bar = form.querySelector("progress");
const status = form.querySelector("[data-status]");
const say = form.dataset;
let files = [];
const isPhoto = (file) => file.type.startsWith("image/");

function button(label, icon, act) {
  const one = document.createElement("button");
  one.type = "button";
  one.className = "quiet";
  one.title = label.split(":")[0];
  one.setAttribute("aria-label", label);
  one.innerHTML = `<svg class="i" aria-hidden="true"><use href="#i-${icon}"/></svg>`;
  one.addEventListener("click", act);
  return one;
}

function row(file, index) {
  const item = document.createElement("li");
  const thumb = document.createElement(isPhoto(file) ? "img" : "span");
  thumb.className = "thumb";
  if (isPhoto(file)) {
    thumb.src = URL.createObjectURL(file);
    thumb.alt = "";
    thumb.addEventListener("load", () => URL.revokeObjectURL(thumb.src));
  } else thumb.textContent = file.name.split(".").pop().slice(0, 4).toUpperCase();
  const name = document.createElement("span");
  name.className = "name";
  name.textContent = file.name;
  const note = document.createElement("span");
  note.className = "say";
  note.textContent = `${Math.max(1, Math.round(file.size / 1000)).toLocaleString(document.documentElement.lang)} kB`;
  const acts = document.createElement("span");
  acts.className = "acts";
  const become = async (made) => {
    const other = await made;
    const at = files.indexOf(file);
    if (!other || at < 0) return;
    files[at] = other;
    show();
    list.children[at]?.querySelector("button")?.focus();
  };
  if (isPhoto(file)) {
    acts.append(button(`${say.turn}: ${file.name}`, "turn", () => become(turn(file))));
    acts.append(button(`${say.crop}: ${file.name}`, "crop", () => become(crop(file, say))));
    if (index > 0 && isPhoto(files[index - 1])) {
      acts.append(button(`${say.earlier}: ${file.name}`, "up", () => { files.splice(index - 1, 2, file, files[index - 1]); show(); }));
    }
    judge(file).then((faults) => { if (faults.length) note.append(" ", hint(faults)); }, () => {});
  }
  acts.append(button(`${say.away}: ${file.name}`, "x", () => { files.splice(index, 1); show(); }));
  item.append(thumb, name, acts, note);
  return item;
}
function hint(faults) {
  const tag = document.createElement("span");
  tag.className = "tag warn";
  tag.textContent = faults.map((fault) => say[fault]).join(" ");
  return tag;
}

function show() {
  list.replaceChildren(...files.map(row));
  go.disabled = files.length === 0;
  const together = form.querySelector("[data-together]");
  if (together) together.hidden = files.filter(isPhoto).length < 2;
}

function take(chosen) {
  files.push(...chosen);
  show();
}
for (const one of form.querySelectorAll("input[type=file]")) {
  one.addEventListener("change", () => { take(one.files); one.value = ""; });
}
const drop = form.querySelector("[data-drop]");
for (const name of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.toggle("over", name === "dragover");
    if (name === "drop") take(event.dataTransfer.files);
  });
}

// What is sent: photos of one paper as one file.
async function wanted() {
  const photos = files.filter(isPhoto);
  if (!form.querySelector("[data-together] input")?.checked || photos.length < 2) return files;
  try {
    const name = `${photos[0].name.replace(/\.\w+$/, "")}.pdf`;
    // The same photos make the same file: an upload that was cut off is known again.
    const one = new File([await pdf(photos)], name, { type: "application/pdf", lastModified: photos[0].lastModified });
    return [one, ...files.filter((file) => !photos.includes(file))];
  } catch {
    // A picture that this browser cannot open goes as it is.
    return files;
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  go.disabled = true;
  bar.hidden = false;
  status.textContent = say.sending;
  const sent = await wanted();
  if (say.pieces === undefined) return whole(sent);
  try {
    await inPieces(sent);
  } catch (error) {
    stopped(error.message);
  }
});
function stopped(words) {
  status.textContent = words || say.failed;
  go.disabled = false;
  bar.hidden = true;
}

// Signed in: each file for itself, going on where a connection broke.
async function inPieces(sent) {
  const company = form.elements.company?.value ?? say.company;
  const total = sent.reduce((sum, file) => sum + file.size, 0);
  bar.max = total;
  let before = 0;
  const became = [];
  for (const file of sent) {
    became.push(await send(file, company, {
      progress: (bytes) => { bar.value = before + bytes; if (bar.value >= total) status.textContent = say.keeping; },
      trouble: (lost) => { status.textContent = lost ? say.offline : say.sending; },
    }));
    before += file.size;
    files = files.filter((one) => one !== file);
  }
  status.textContent = say.keeping;
  location.assign(say.client ? `/papers?said=sent.${sent.length}` : await led(became));
}
// The office goes on with what it brought: the paper itself where it is one.
async function led(became) {
  if (became.length > 1) return `/?said=sent.${became.length}`;
  for (let tries = 0; tries < 20; tries += 1) {
    const answer = await fetch(`/v1/documents?submission=${became[0]}&limit=2`);
    const found = answer.ok ? (await answer.json()).documents : [];
    if (found.length === 1) return `/documents/${found[0].id}`;
    if (found.length > 1) break;
    await new Promise((done) => setTimeout(done, 150));
  }
  return `/?submission=${became[0]}`;
}

// By a link, without an account: all in one form.
function whole(sent) {
  const body = new FormData();
  for (const field of new FormData(form)) if (field[0] !== "file" && field[0] !== "photo") body.append(...field);
  for (const file of sent) body.append("file", file, file.name);
  const request = new XMLHttpRequest();
  request.upload.onprogress = (e) => { bar.max = e.total; bar.value = e.loaded; if (e.loaded === e.total) status.textContent = say.keeping; };
  request.onload = () => {
    if (request.status < 400) return location.assign(request.responseURL);
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    stopped(page.querySelector("[role=alert] p, main p")?.textContent);
  };
  request.onerror = () => stopped("");
  request.open("POST", form.action);
  request.send(body);
}
form.classList.add("scripted");
input.required = false;
show();
