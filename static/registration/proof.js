// Proves to the portal that this browser has worked for a moment: finds the number that solves the challenge in the form,
// with the browser's own cryptography, which works beside the page. It begins when somebody begins to fill in the form;
// a form that is sent before it is done waits for it.
(() => {
  // So many numbers are tried at once: telephones have several processors, too.
  const AT_ONCE = 8;

  for (const words of document.querySelectorAll("[data-without-script]")) words.remove();

  for (const area of document.querySelectorAll("[data-challenge]")) {
    const form = area.closest("form");
    const input = area.querySelector("input");
    const status = area.querySelector("[role=status]");
    let proof;
    let isWaiting = false;
    const prove = () => {
      proof ??= solved(area.dataset.challenge).then((text) => { input.value = text; });
      return proof;
    };

    // What fails is told to those who send the form.
    const begin = () => { if (!input.value) prove().catch(() => {}); };
    const isFilledIn = document.querySelector("[data-takes-focus], button[name=checked]");
    if (isFilledIn) begin();
    else form.addEventListener("focusin", begin, { once: true });

    form.addEventListener("submit", async (event) => {
      if (input.value || event.submitter?.name === "change") return;
      event.preventDefault();
      if (isWaiting) return;
      isWaiting = true;
      status.textContent = area.dataset.working;
      try {
        await prove();
        form.requestSubmit(event.submitter);
      } catch {
        status.textContent = area.dataset.failed;
      }
      isWaiting = false;
    });
  }

  async function solved(challenge) {
    const { parameters, signature } = JSON.parse(atob(challenge));
    for (let first = 0; ; first += AT_ONCE) {
      const numbers = Array.from({ length: AT_ONCE }, (_, more) => first + more);
      const keys = await Promise.all(numbers.map((number) => derived(parameters, number)));
      const found = keys.findIndex((key) => key.startsWith(parameters.keyPrefix));
      if (found < 0) continue;
      const solution = { counter: numbers[found], derivedKey: keys[found] };
      return btoa(JSON.stringify({ challenge: { parameters, signature }, solution }));
    }
  }

  async function derived({ nonce, salt, cost, keyLength }, number) {
    const start = bytes(nonce);
    const password = new Uint8Array(start.length + 4);
    password.set(start);
    new DataView(password.buffer).setUint32(start.length, number);
    const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
    const how = { name: "PBKDF2", hash: "SHA-256", salt: bytes(salt), iterations: cost };
    const bits = await crypto.subtle.deriveBits(how, key, 8 * keyLength);
    return Array.from(new Uint8Array(bits), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  function bytes(hex) {
    return Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
  }
})();
