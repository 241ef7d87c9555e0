// Copies what a button holds to the clipboard: <button data-copy="…">. Says so, and what a part that is polled says of
// itself (data-said) when that becomes something else, in the page's own <p role="status" data-says>. Where there is no
// clipboard, as on plain http, the buttons are not shown: the text beside them can be selected.
(() => {
  const status = document.querySelector("[data-says]");
  const say = (words) => { if (status) status.textContent = words; };

  if (navigator.clipboard) {
    document.documentElement.classList.add("can-copy");
    document.addEventListener("click", async (event) => {
      const button = event.target.closest("[data-copy]");
      if (!button) return;
      await navigator.clipboard.writeText(button.dataset.copy);
      say(`${button.getAttribute("aria-label")} ✓`);
      button.classList.add("is-copied");
      setTimeout(() => button.classList.remove("is-copied"), 2000);
    });
  }

  const area = document.querySelector("[data-poll]");
  const words = () => area?.querySelector("[data-said]")?.textContent.trim();
  let said = words();
  if (area) {
    new MutationObserver(() => {
      if (words() === said) return;
      said = words();
      say(said);
    }).observe(area, { childList: true });
  }
})();
