// Pictures as the pages of one PDF (ISO 32000-1): each page is as large as its picture at 150 dots an inch, upright.

const DOTS = 150;
const LONGEST = 3000;

async function upright(file) {
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.92));
  return { width: canvas.width, height: canvas.height, bytes: new Uint8Array(await blob.arrayBuffer()) };
}

export async function pdf(files) {
  const parts = [];
  const places = [];
  let length = 0;
  const put = (data) => {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    parts.push(bytes);
    length += bytes.length;
  };
  const object = (number, ...content) => {
    places[number] = length;
    put(`${number} 0 obj\n`);
    for (const part of content) put(part);
    put("\nendobj\n");
  };
  put("%PDF-1.4\n%\u00e2\u00e3\n");
  object(1, "<< /Type /Catalog /Pages 2 0 R >>");
  const kids = files.map((_, index) => `${3 + index * 3} 0 R`).join(" ");
  object(2, `<< /Type /Pages /Kids [${kids}] /Count ${files.length} >>`);
  for (const [index, file] of files.entries()) {
    const { width, height, bytes } = await upright(file);
    const [page, content, image] = [0, 1, 2].map((by) => 3 + index * 3 + by);
    const [w, h] = [width, height].map((pixels) => ((pixels * 72) / DOTS).toFixed(2));
    const draw = `q ${w} 0 0 ${h} 0 0 cm /I Do Q`;
    object(page, `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${w} ${h}] /Contents ${content} 0 R /Resources << /XObject << /I ${image} 0 R >> >> >>`);
    object(content, `<< /Length ${draw.length} >>\nstream\n${draw}\nendstream`);
    object(image, `<< /Type /XObject /Subtype /Image /Width ${width} /Height ${height} /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode /Length ${bytes.length} >>\nstream\n`, bytes, "\nendstream");
  }
  const start = length;
  const rows = places.slice(1).map((place) => `${String(place).padStart(10, "0")} 00000 n \n`).join("");
  put(`xref\n0 ${places.length}\n0000000000 65535 f \n${rows}trailer\n<< /Size ${places.length} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`);
  return new Blob(parts, { type: "application/pdf" });
}
