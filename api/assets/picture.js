// Photos before they are sent: whether they can be read, turned, cut to the paper.

async function drawn(file, longest) {
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, longest / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return { canvas, context, width: bitmap.width, height: bitmap.height };
}

// What speaks against a photo: `dark`, `tiny`, `blurred`. It is said, never refused. Sharp print changes abruptly from one pixel to the
// next wherever there is ink: the mean square of the second difference, against that of the brightness itself. Of 120 photos and scans of
// receipts two fall below; of those of a phone three in four do once they are blurred by two pixels in a thousand.
const BLURRED = 0.0045;
export async function judge(file) {
  const { canvas, context, width, height } = await drawn(file, 1000);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  const [w, h] = [canvas.width, canvas.height], grey = new Float32Array(w * h);
  let light = 0;
  for (let i = 0; i < grey.length; i += 1) light += grey[i] = (data[4 * i] + data[4 * i + 1] + data[4 * i + 2]) / 3;
  light /= grey.length;
  let edges = 0, spread = 0;
  for (let y = 1; y < h - 1; y += 1) {
    for (let x = 1; x < w - 1; x += 1) {
      const at = y * w + x;
      edges += (4 * grey[at] - grey[at - 1] - grey[at + 1] - grey[at - w] - grey[at + w]) ** 2;
      spread += (grey[at] - light) ** 2;
    }
  }
  return [
    light < 60 && "dark",
    Math.min(width, height) < 700 && "tiny",
    Math.min(w, h) > 300 && spread > 0 && edges / spread / 16 < BLURRED && "blurred",
  ].filter(Boolean);
}

async function jpeg(canvas, name) {
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.92));
  return new File([blob], `${name.replace(/\.\w+$/, "")}.jpg`, { type: "image/jpeg", lastModified: Date.now() });
}

// A quarter to the right.
export async function turn(file) {
  const { canvas } = await drawn(file, 4000), out = document.createElement("canvas");
  [out.width, out.height] = [canvas.height, canvas.width];
  const context = out.getContext("2d");
  context.translate(out.width, 0);
  context.rotate(Math.PI / 2);
  context.drawImage(canvas, 0, 0);
  return jpeg(out, file.name);
}

// The part between two corners, given as shares of width and height.
async function cut(file, [left, top, right, bottom]) {
  const { canvas } = await drawn(file, 4000), out = document.createElement("canvas");
  const [x, y] = [left * canvas.width, top * canvas.height];
  out.width = Math.max(1, Math.round((right - left) * canvas.width));
  out.height = Math.max(1, Math.round((bottom - top) * canvas.height));
  out.getContext("2d").drawImage(canvas, x, y, out.width, out.height, 0, 0, out.width, out.height);
  return jpeg(out, file.name);
}

// Asks for the part that is the paper: two corners, drawn by finger or moved by the arrow keys. Gives the file, or nothing.
const SMALLEST = 0.1;
export function crop(file, say) {
  return new Promise((done) => {
    const dialog = document.createElement("dialog");
    dialog.className = "crop";
    dialog.setAttribute("aria-label", say.crop);
    const place = document.createElement("div"), image = document.createElement("img"), frame = document.createElement("div");
    place.className = "place";
    frame.className = "cut";
    image.alt = file.name;
    image.src = URL.createObjectURL(file);
    let part = [0, 0, 1, 1];
    const show = () => {
      const [left, top, right, bottom] = part.map((share) => `${(share * 100).toFixed(2)}%`);
      Object.assign(frame.style, { left, top, right: `calc(100% - ${right})`, bottom: `calc(100% - ${bottom})` });
    };
    const within = (value, from, to) => Math.min(to, Math.max(from, value));
    const set = (corner, x, y) => {
      if (corner === 0) [part[0], part[1]] = [within(x, 0, part[2] - SMALLEST), within(y, 0, part[3] - SMALLEST)];
      else [part[2], part[3]] = [within(x, part[0] + SMALLEST, 1), within(y, part[1] + SMALLEST, 1)];
      show();
    };
    for (const corner of [0, 1]) {
      const handle = document.createElement("button");
      handle.type = "button";
      handle.className = corner ? "end" : "start";
      handle.setAttribute("aria-label", corner ? say.cropEnd : say.cropStart);
      handle.addEventListener("pointerdown", (event) => handle.setPointerCapture(event.pointerId));
      handle.addEventListener("pointermove", (event) => {
        if (!handle.hasPointerCapture(event.pointerId)) return;
        const box = place.getBoundingClientRect();
        set(corner, (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
      });
      handle.addEventListener("keydown", (event) => {
        const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
        if (!x && !y) return;
        event.preventDefault();
        set(corner, part[2 * corner] + x / 50, part[2 * corner + 1] + y / 50);
      });
      frame.append(handle);
    }
    const row = document.createElement("div");
    row.className = "row";
    const button = (label, act, kind) => {
      const one = document.createElement("button");
      one.type = "button";
      one.textContent = label;
      one.className = kind;
      one.addEventListener("click", act);
      row.append(one);
    };
    let given = null;
    button(say.cropTake, async () => { given = part.join() === "0,0,1,1" ? null : await cut(file, part); dialog.close(); }, "main");
    button(say.cropLeave, () => dialog.close(), "");
    dialog.addEventListener("close", () => { URL.revokeObjectURL(image.src); dialog.remove(); done(given); });
    place.append(image, frame);
    dialog.append(place, row);
    document.body.append(dialog);
    show();
    dialog.showModal();
  });
}
