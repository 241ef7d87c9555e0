// The form editor. What the buttons do is also done by the server, without this: here it is done at once, by keyboard or
// by drag. What attendees will see follows what is typed, and nothing that was typed is left behind without a question.
(() => {
  const form = document.getElementById("editor");
  if (!form) return;
  const status = document.getElementById("moved");

  // --- the preview ------------------------------------------------------------------------------------------------

  const PAUSE = 400;
  const EDGE = 60;
  let timer = 0;
  let call = null;

  const preview = async () => {
    const shown = document.getElementById("preview-host").shadowRoot?.getElementById("shown");
    if (!shown) return;
    call?.abort();
    call = new AbortController();
    try {
      const answer = await fetch(form.dataset.preview, {
        method: "POST", body: new FormData(form), credentials: "same-origin", redirect: "error", signal: call.signal,
      });
      if (answer.ok) shown.innerHTML = await answer.text();
    } catch {
      // Left as it was: the next change tries again.
    }
  };
  const previewSoon = () => { clearTimeout(timer); timer = setTimeout(preview, PAUSE); };
  form.addEventListener("input", previewSoon);
  form.addEventListener("change", previewSoon);

  // --- leaving ----------------------------------------------------------------------------------------------------

  const typed = () => new URLSearchParams(new FormData(form)).toString();
  const shown = typed();
  let isSent = false;
  form.addEventListener("submit", () => { isSent = true; });
  // Back in a page that the browser has kept, nothing of it is on its way any more.
  window.addEventListener("pageshow", () => { isSent = false; });
  window.addEventListener("beforeunload", (event) => {
    if (!isSent && ("unsaved" in form.dataset || typed() !== shown)) event.preventDefault();
  });

  // --- Enter ------------------------------------------------------------------------------------------------------

  // In a field it presses the first button of the form: one that stores nothing, nor does it here leave the page.
  document.getElementById("on-enter").addEventListener("click", (event) => {
    event.preventDefault();
    preview();
    const typed = document.activeElement;
    if (!typed.matches(".option input[type=text]")) return;
    const next = typed.closest(".option").nextElementSibling;
    if (next) next.querySelector("input[type=text]").focus();
    else if (typed.value.trim()) typed.closest("details").querySelector("button[value^='add option']").click();
  });

  // --- moving -----------------------------------------------------------------------------------------------------

  const renumber = (list) => {
    [...list.children].forEach((row, index) => { row.querySelector(".number").textContent = index + 1; });
  };
  const told = (row) => {
    renumber(row.parentElement);
    status.textContent = `${form.dataset.movedWords} ${[...row.parentElement.children].indexOf(row) + 1}`;
    previewSoon();
  };

  form.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-move]");
    if (!button) return;
    event.preventDefault();
    const row = button.closest(".row");
    const other = button.dataset.move === "1" ? row.nextElementSibling : row.previousElementSibling;
    if (!other) return;
    if (button.dataset.move === "1") other.after(row); else other.before(row);
    button.focus();
    told(row);
  });

  for (const moves of form.querySelectorAll(".moves")) {
    const handle = document.createElement("span");
    handle.className = "handle";
    handle.textContent = "⠿";
    handle.setAttribute("aria-hidden", "true");
    moves.prepend(handle);
  }

  form.addEventListener("pointerdown", (event) => {
    const handle = event.target.closest(".handle");
    if (!handle || event.button !== 0) return;
    event.preventDefault();
    const row = handle.closest(".row");
    const list = row.parentElement;
    const next = row.nextElementSibling;
    row.classList.add("is-dragged");

    const move = ({ clientY }) => {
      if (clientY < EDGE) window.scrollBy(0, -EDGE / 4);
      if (clientY > window.innerHeight - EDGE) window.scrollBy(0, EDGE / 4);
      const below = [...list.children].find((other) => {
        const box = other.getBoundingClientRect();
        return other !== row && clientY < box.top + box.height / 2;
      });
      if (below !== row.nextElementSibling) list.insertBefore(row, below ?? null);
    };
    const end = (last) => {
      document.removeEventListener("pointermove", move);
      document.removeEventListener("pointerup", end);
      document.removeEventListener("pointercancel", end);
      row.classList.remove("is-dragged");
      if (last.type === "pointercancel") list.insertBefore(row, next);
      told(row);
    };
    // The document's: a row that is moved loses the pointer that it had captured.
    document.addEventListener("pointermove", move);
    document.addEventListener("pointerup", end);
    document.addEventListener("pointercancel", end);
  });

  // --- options are for questions that have some -------------------------------------------------------------------

  form.addEventListener("change", (event) => {
    if (!event.target.matches("[data-type]")) return;
    event.target.closest(".row").querySelector("details").open = !event.target.value.endsWith("TextBox");
  });
})();
