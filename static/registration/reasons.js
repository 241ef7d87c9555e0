// Fills in the text of a reason that is chosen from the list, to be changed before it is sent. Without it the text is taken
// from the chosen reason where none was typed.
(() => {
  for (const choice of document.querySelectorAll("select[data-fills]")) {
    const field = document.getElementById(choice.dataset.fills);
    let filled = "";
    choice.addEventListener("change", () => {
      const text = choice.selectedOptions[0]?.dataset.text ?? "";
      // What somebody typed stays.
      if (field.value.trim() && field.value !== filled) return;
      field.value = filled = text;
    });
  }
})();
