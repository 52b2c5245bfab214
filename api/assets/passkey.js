// Passkeys: the buttons are shown where the browser has them, and speak JSON with the pages.

const bytes = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

/** @param {string} path @param {object} [body] */
async function post(path, body = {}) {
  const answer = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.status === 204 ? {} : answer.json();
}

async function add(name) {
  const { challenge, rp, user, algorithms, known } = await post('/account/passkeys/begin');
  const made = await navigator.credentials.create({
    publicKey: {
      challenge: bytes(challenge),
      rp,
      user: { ...user, id: bytes(user.id) },
      pubKeyCredParams: algorithms.map((alg) => ({ type: 'public-key', alg })),
      excludeCredentials: known.map((id) => ({ type: 'public-key', id: bytes(id) })),
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      attestation: 'none',
    },
  });
  const { response } = made;
  await post('/account/passkeys', {
    id: text(made.rawId),
    client_data: text(response.clientDataJSON),
    authenticator_data: text(response.getAuthenticatorData()),
    public_key: text(response.getPublicKey()),
    algorithm: response.getPublicKeyAlgorithm(),
    name,
  });
}

async function signIn(next) {
  const { challenge, id } = await post('/sign-in/passkey/begin');
  const used = await navigator.credentials.get({
    publicKey: { challenge: bytes(challenge), rpId: id, userVerification: 'required' },
  });
  const { response } = used;
  return post('/sign-in/passkey', {
    id: text(used.rawId),
    client_data: text(response.clientDataJSON),
    authenticator_data: text(response.authenticatorData),
    signature: text(response.signature),
    next,
  });
}

/** Runs `work` on a click of the button; says beside it when it did not work. */
function onClick(button, work) {
  button.hidden = false;
  button.addEventListener('click', async (event) => {
    event.preventDefault();
    button.disabled = true;
    const note = document.getElementById(button.dataset.note);
    try {
      await work();
    } catch {
      note.hidden = false;
    } finally {
      button.disabled = false;
    }
  });
}

if (window.PublicKeyCredential) {
  const adds = document.querySelector('[data-passkey="add"]');
  if (adds) {
    const name = document.getElementById(adds.dataset.name);
    name.closest('[hidden]')?.removeAttribute('hidden');
    onClick(adds, async () => {
      await add(name.value);
      location.assign('/account?said=passkey.1');
    });
  }
  const opens = document.querySelector('[data-passkey="sign-in"]');
  if (opens) onClick(opens, async () => location.assign((await signIn(opens.dataset.next)).next));
}
