// Rectangles on the pages of a paper: drawn with a mouse or a pen, moved by finger or arrow keys. The numbers beside are what is sent, so
// what is drawn can be typed as well.
const desk = document.querySelector("#divide"), say = desk.dataset;
const list = desk.querySelector("[data-rows]"), add = desk.querySelector("#add"), count = desk.querySelector("[data-count]");
const SIDES = ["left", "top", "right", "bottom"], SMALLEST = 0.01, STEP = 0.01;
const frames = new Map();
const rows = () => [...list.querySelectorAll("[data-row]")];
const box = (row, name) => row.querySelector(`[name=${name}]`);
const pattern = rows().at(-1).cloneNode(true);
const within = (value, from, to) => Math.min(to, Math.max(from, value));
const pageOf = (row) => desk.querySelector(`.page[data-page="${CSS.escape(box(row, "page").value)}"]`);

// Sides in shares of the page; none where something is not typed yet.
function area(row) {
  const sides = SIDES.map((side) => box(row, side).value.trim());
  return sides.includes("") ? null : sides.map((side) => Number(side) / 100);
}
function put(row, sides) {
  SIDES.forEach((side, at) => { box(row, side).value = (sides[at] * 100).toFixed(1); });
  show(row);
}
function show(row) {
  const frame = frames.get(row), sides = area(row), page = pageOf(row);
  frame.hidden = !sides || !page || sides.some(Number.isNaN) || sides[2] <= sides[0] || sides[3] <= sides[1];
  if (frame.hidden) return;
  if (frame.parentElement !== page) page.append(frame);
  const [left, top, right, bottom] = sides.map((side) => within(side, 0, 1) * 100);
  Object.assign(frame.style, { left: `${left}%`, top: `${top}%`, width: `${right - left}%`, height: `${bottom - top}%` });
}
function number() {
  rows().forEach((row, at) => {
    const frame = frames.get(row);
    row.querySelector("[data-number]").textContent = frame.querySelector("b").textContent = at + 1;
    for (const [corner, label] of [["start", say.start], ["end", say.end]]) {
      frame.querySelector(`.${corner}`).setAttribute("aria-label", `${say.paper} ${at + 1}: ${label}`);
    }
  });
  count.textContent = count.dataset.say.replace("{n}", rows().length);
  desk.querySelector("#go").disabled = !rows().length;
}

// Moves a corner (0: upper left, 1: lower right), no further than the other one.
function corner(row, which, x, y) {
  const sides = area(row);
  if (!sides) return;
  if (which === 0) [sides[0], sides[1]] = [within(x, 0, sides[2] - SMALLEST), within(y, 0, sides[3] - SMALLEST)];
  else [sides[2], sides[3]] = [within(x, sides[0] + SMALLEST, 1), within(y, sides[1] + SMALLEST, 1)];
  put(row, sides);
}
const at = (page, event) => {
  const place = page.getBoundingClientRect();
  return [within((event.clientX - place.left) / place.width, 0, 1), within((event.clientY - place.top) / place.height, 0, 1)];
};

function begin(row) {
  const frame = document.createElement("div");
  frame.className = "cutout";
  frame.append(document.createElement("b"));
  for (const which of [0, 1]) {
    const handle = document.createElement("button");
    handle.type = "button";
    handle.className = which ? "end" : "start";
    handle.addEventListener("pointerdown", (event) => handle.setPointerCapture(event.pointerId));
    handle.addEventListener("pointermove", (event) => {
      if (handle.hasPointerCapture(event.pointerId)) corner(row, which, ...at(frame.parentElement, event));
    });
    handle.addEventListener("keydown", (event) => {
      const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
      const sides = area(row);
      if ((!x && !y) || !sides) return;
      event.preventDefault();
      const step = event.shiftKey ? STEP / 10 : STEP;
      corner(row, which, sides[2 * which] + x * step, sides[2 * which + 1] + y * step);
    });
    frame.append(handle);
  }
  // The whole of it is moved with the mouse; a finger scrolls the page.
  let grip = null;
  frame.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "touch" || event.button || event.target.closest("button")) return;
    event.preventDefault();
    frame.setPointerCapture(event.pointerId);
    grip = { from: at(frame.parentElement, event), sides: area(row) };
  });
  frame.addEventListener("pointermove", (event) => {
    if (!grip || !frame.hasPointerCapture(event.pointerId)) return;
    const [x, y] = at(frame.parentElement, event), [left, top, right, bottom] = grip.sides;
    const [right_by, down_by] = [within(x - grip.from[0], -left, 1 - right), within(y - grip.from[1], -top, 1 - bottom)];
    put(row, [left + right_by, top + down_by, right + right_by, bottom + down_by]);
  });
  frame.addEventListener("lostpointercapture", () => { grip = null; });
  frames.set(row, frame);
  row.addEventListener("input", () => show(row));
  row.addEventListener("focusin", () => { frame.classList.add("on"); frame.scrollIntoView({ block: "nearest" }); });
  row.addEventListener("focusout", () => frame.classList.remove("on"));
  const remove = row.querySelector("[data-remove]");
  remove.hidden = false;
  remove.addEventListener("click", () => {
    const next = row.nextElementSibling ?? row.previousElementSibling;
    end(row);
    (next?.querySelector("input:not([type=hidden])") ?? add).focus();
  });
  show(row);
}
function end(row) {
  frames.get(row).remove();
  frames.delete(row);
  row.remove();
  number();
}
function fresh(page, sides) {
  const row = pattern.cloneNode(true);
  list.append(row);
  box(row, "page").value = page.dataset.page;
  begin(row);
  put(row, sides);
  number();
  return row;
}

// Drawing: down, across, up. What stays tiny was a click.
for (const page of desk.querySelectorAll(".page")) {
  let from = null, row = null;
  page.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "touch" || event.button || event.target.closest(".cutout")) return;
    event.preventDefault();
    page.setPointerCapture(event.pointerId);
    from = at(page, event);
  });
  page.addEventListener("pointermove", (event) => {
    if (!from || !page.hasPointerCapture(event.pointerId)) return;
    const to = at(page, event), [left, right] = [from[0], to[0]].sort((a, b) => a - b), [top, bottom] = [from[1], to[1]].sort((a, b) => a - b);
    if (!row && (right - left < 2 * SMALLEST || bottom - top < 2 * SMALLEST)) return;
    const sides = [left, top, Math.max(right, left + SMALLEST), Math.max(bottom, top + SMALLEST)];
    if (row) put(row, sides);
    else row = fresh(page, sides);
  });
  page.addEventListener("lostpointercapture", () => { from = row = null; });
}

// One more, on the page that is looked at; its first corner has the focus, so that arrow keys go on.
add.hidden = false;
add.addEventListener("click", () => {
  const stage = desk.querySelector(".stage").getBoundingClientRect(), middle = (stage.top + Math.min(stage.bottom, innerHeight)) / 2;
  const pages = [...desk.querySelectorAll(".page")];
  const page = pages.find((one) => one.getBoundingClientRect().bottom > middle) ?? pages.at(-1);
  frames.get(fresh(page, [0.25, 0.25, 0.75, 0.75])).querySelector(".start").focus();
});

for (const row of rows()) {
  if (SIDES.every((side) => !box(row, side).value)) row.remove();
  else begin(row);
}
number();
