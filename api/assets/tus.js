// A file in pieces (tus 1.0): where the connection breaks it goes on behind what has arrived, also after the page was closed and the
// same file chosen again.

const PIECE = 4 << 20;
const SPOKEN = { "tus-resumable": "1.0.0" };
const wait = (time) => new Promise((done) => {
  const timer = setTimeout(done, time);
  addEventListener("online", () => { clearTimeout(timer); done(); }, { once: true });
});
const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

// Sends it; gives the id of what it became. `progress` hears how many bytes have arrived, `trouble` whether the connection is lost.
export async function send(file, company, { progress, trouble }) {
  const known = `upload ${company} ${file.name} ${file.size} ${file.lastModified}`;
  let place = localStorage.getItem(known);
  for (let tries = 0; ; tries += 1) {
    try {
      let at = place ? await reached(place) : null;
      if (at === null) {
        place = await begin(file, company);
        localStorage.setItem(known, place);
        at = { offset: 0 };
      }
      while (!at.submission) {
        at = await piece(place, file, at.offset, progress);
        tries = 0;
        trouble(false);
      }
      localStorage.removeItem(known);
      return at.submission;
    } catch (error) {
      // What the service refuses is refused; what never got there is tried again.
      if (error instanceof Refused || tries > 60) {
        localStorage.removeItem(known);
        throw error;
      }
      trouble(true);
      await wait(Math.min(15_000, 500 * 2 ** tries));
    }
  }
}

export class Refused extends Error {}
async function refused(answer) {
  const problem = await answer.json().catch(() => null);
  return new Refused(problem?.detail ?? problem?.title ?? "");
}

async function begin(file, company) {
  const metadata = Object.entries({ filename: file.name, company }).filter(([, value]) => value);
  const headers = { ...SPOKEN, "upload-length": String(file.size), "upload-metadata": metadata.map(([key, value]) => `${key} ${base64(value)}`).join(",") };
  const answer = await fetch("/v1/uploads", { method: "POST", headers });
  if (answer.status !== 201) throw answer.status < 500 ? await refused(answer) : new Error(answer.status);
  return answer.headers.get("location");
}

// How much is there; nothing where it is forgotten.
async function reached(place) {
  const answer = await fetch(place, { method: "HEAD", headers: SPOKEN });
  if (answer.status === 404 || answer.status === 410) return null;
  if (!answer.ok) throw new Error(answer.status);
  return { offset: Number(answer.headers.get("upload-offset")), submission: answer.headers.get("postroom-submission") };
}

// fetch says nothing of how far it is; this does.
function piece(place, file, offset, progress) {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    request.upload.onprogress = (event) => progress(offset + event.loaded);
    request.onerror = () => fail(new Error("connection"));
    request.onload = async () => {
      if (request.status === 204) {
        return done({ offset: Number(request.getResponseHeader("upload-offset")), submission: request.getResponseHeader("postroom-submission") });
      }
      if (request.status >= 500 || request.status === 409) return fail(new Error(request.status));
      fail(await refused(new Response(request.responseText)));
    };
    request.open("PATCH", place);
    for (const [name, value] of Object.entries({ ...SPOKEN, "upload-offset": String(offset), "content-type": "application/offset+octet-stream" })) {
      request.setRequestHeader(name, value);
    }
    request.send(file.slice(offset, offset + PIECE));
  });
}
