// Bringing files: several at once; photos of one paper become one file of pages, in their order.
import { pdf } from "./pages.js";

const form = document.querySelector("form[data-upload]");
const list = form.querySelector(".files");
const input = form.querySelector("input[type=file][name=file]");
const say = form.dataset;
let files = [];

function show() {
  list.replaceChildren(...files.map((file, index) => {
    const item = document.createElement("li");
    const thumb = document.createElement(file.type.startsWith("image/") ? "img" : "span");
    thumb.className = "thumb";
    if (thumb.tagName === "IMG") {
      thumb.src = URL.createObjectURL(file);
      thumb.alt = "";
      thumb.addEventListener("load", () => judge(thumb, file, item));
    } else thumb.textContent = file.name.split(".").pop().slice(0, 4).toUpperCase();
    const name = document.createElement("span");
    name.className = "name";
    name.textContent = file.name;
    const note = document.createElement("span");
    note.className = "say";
    note.textContent = `${Math.max(1, Math.round(file.size / 1000)).toLocaleString(document.documentElement.lang)} kB`;
    const away = document.createElement("button");
    away.type = "button";
    away.className = "quiet";
    away.setAttribute("aria-label", `${say.away}: ${file.name}`);
    away.innerHTML = '<svg class="i" aria-hidden="true"><use href="#i-x"/></svg>';
    away.addEventListener("click", () => { files.splice(index, 1); show(); });
    item.append(thumb, name, away, note);
    return item;
  }));
  form.querySelector("button.main:not(.add)").disabled = files.length === 0;
  const photos = files.filter((file) => file.type.startsWith("image/")).length;
  const together = form.querySelector("[data-together]");
  if (together) together.hidden = photos < 2;
}

// Too dark, or too small to be read: said before it is sent, never refused.
function judge(image, file, item) {
  const canvas = document.createElement("canvas");
  const scale = 64 / Math.max(image.naturalWidth, image.naturalHeight);
  canvas.width = Math.max(1, image.naturalWidth * scale);
  canvas.height = Math.max(1, image.naturalHeight * scale);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  let light = 0;
  for (let i = 0; i < data.length; i += 4) light += data[i] + data[i + 1] + data[i + 2];
  light /= data.length * 0.75;
  const small = Math.min(image.naturalWidth, image.naturalHeight) < 700;
  const words = [light < 60 && say.dark, small && say.tiny].filter(Boolean);
  if (words.length) item.querySelector(".say").textContent += ` · ${words.join(" ")}`;
  URL.revokeObjectURL(image.src);
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

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const status = form.querySelector("[data-status]");
  const photos = files.filter((file) => file.type.startsWith("image/"));
  let sent = files;
  if (form.querySelector("[data-together] input")?.checked && photos.length > 1) {
    status.textContent = say.sending;
    try {
      const one = new File([await pdf(photos)], `${photos[0].name.replace(/\.\w+$/, "")}.pdf`, { type: "application/pdf" });
      sent = [one, ...files.filter((file) => !photos.includes(file))];
    } catch {
      // A picture that this browser cannot open goes as it is.
    }
  }
  const body = new FormData();
  for (const field of new FormData(form)) if (field[0] !== "file" && field[0] !== "photo") body.append(...field);
  for (const file of sent) body.append("file", file, file.name);
  const button = form.querySelector("button.main:not(.add)");
  const bar = form.querySelector("progress");
  button.disabled = true;
  bar.hidden = false;
  // fetch says nothing of how far it is; this does.
  const request = new XMLHttpRequest();
  request.upload.onprogress = (e) => { bar.max = e.total; bar.value = e.loaded; status.textContent = e.loaded === e.total ? say.keeping : say.sending; };
  request.onload = () => {
    if (request.status < 400) return location.assign(request.responseURL);
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    status.textContent = page.querySelector("[role=alert] p, main p")?.textContent ?? say.failed;
    button.disabled = false;
    bar.hidden = true;
  };
  request.onerror = () => { status.textContent = say.failed; button.disabled = false; bar.hidden = true; };
  request.open("POST", form.action);
  request.send(body);
});
form.classList.add("scripted");
input.required = false;
show();
