// Works the review with single keys: each presses the button, follows the link or goes to the field that carries it as
// data-key. Not while something is typed, not with Ctrl, Alt or Meta, and not once they are turned off: that is kept in
// this browser.
(() => {
  const OFF = "registration.review.keys";
  const toggle = document.getElementById("keys-on");
  if (!toggle) return;

  const remembered = () => { try { return localStorage.getItem(OFF); } catch { return null; } };
  toggle.checked = remembered() !== "off";
  const show = () => document.documentElement.classList.toggle("keys-off", !toggle.checked);
  show();
  toggle.addEventListener("change", () => {
    try { localStorage.setItem(OFF, toggle.checked ? "on" : "off"); } catch { /* for this page only, then */ }
    show();
  });

  const isTyping = (element) =>
    element.matches("textarea, select, [contenteditable]") ||
    (element.matches("input") && !["checkbox", "radio", "submit", "button"].includes(element.type));

  const openDecline = () => {
    const details = document.getElementById("decline");
    details.open = true;
    details.querySelector("select, textarea").focus();
  };

  document.querySelector("a[data-key=d]")?.addEventListener("click", (event) => {
    event.preventDefault();
    openDecline();
  });

  let isPressed = false;
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && isTyping(event.target)) return event.target.blur();
    if (!toggle.checked || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return undefined;
    if (event.defaultPrevented || isTyping(event.target) || isPressed) return undefined;
    const key = event.key.toLowerCase();
    const goal = [...document.querySelectorAll("[data-key]")]
      .find(({ dataset }) => dataset.key === key || dataset.keyToo === key);
    if (!goal) return undefined;
    event.preventDefault();
    if (goal.matches("details")) {
      goal.open = !goal.open;
      goal.querySelector("summary").focus();
    } else if (isTyping(goal)) {
      goal.focus();
    } else {
      // Once: what it leads to is another page.
      isPressed = key !== "d";
      goal.click();
    }
    return undefined;
  });
  addEventListener("pageshow", () => { isPressed = false; });
})();
