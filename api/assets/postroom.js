// Small helps for pages that work without them.

// A field and its place on the page light up together.
const light = (name, on) => {
  for (const element of document.querySelectorAll(`[data-field="${CSS.escape(name)}"]`)) element.classList.toggle("on", on);
};
for (const element of document.querySelectorAll("[data-field]")) {
  const name = element.dataset.field;
  for (const event of ["pointerenter", "focusin"]) element.addEventListener(event, () => light(name, true));
  for (const event of ["pointerleave", "focusout"]) element.addEventListener(event, () => light(name, false));
}
for (const rect of document.querySelectorAll("rect[data-field]")) {
  rect.addEventListener("click", () => document.getElementById(`v-${rect.dataset.field}`)?.focus());
}
for (const input of document.querySelectorAll(".field input")) {
  input.addEventListener("focus", () => {
    const rect = document.querySelector(`rect[data-field="${CSS.escape(input.name)}"]`);
    rect?.scrollIntoView({ block: "nearest" });
  });
}

// Selecting rows of a list.
for (const form of document.querySelectorAll("form[data-rows]")) {
  const boxes = [...form.querySelectorAll("input[name=id]")];
  const all = form.querySelector("[data-all]");
  const count = form.querySelector("[data-count]");
  const show = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    if (count) count.textContent = chosen ? `${chosen} of ${boxes.length} selected` : "none selected";
    if (all) all.checked = chosen > 0 && chosen === boxes.length;
  };
  all?.addEventListener("change", () => { for (const box of boxes) box.checked = all.checked; show(); });
  for (const box of boxes) box.addEventListener("change", show);
  show();
}

// Dropping files.
for (const drop of document.querySelectorAll("[data-drop]")) {
  const input = drop.querySelector("input[type=file]");
  drop.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("over"); });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    input.files = event.dataTransfer.files;
  });
}

// A document that is being read shows itself anew when that is over; a list tells that something changed.
const watched = document.querySelector(".review[data-document]");
const reading = document.querySelector("[data-state=reading], [data-reading]");
if (watched && reading) {
  const events = new EventSource("/v1/events");
  const id = watched.dataset.document;
  const look = (event) => { if (JSON.parse(event.data).subject === id && !document.querySelector("#fields :focus")) location.reload(); };
  for (const kind of ["document.read", "document.failed", "document.changed"]) events.addEventListener(kind, look);
  events.onmessage = look;
}
