// Ticks all rows of a section at once. Without JavaScript there is no such box, and the rows are ticked one by one.
// And has the browser ask before what was typed into one row is lost by leaving the page otherwise than by its button.
"use strict";

for (const box of document.querySelectorAll("[data-choose]")) {
  const rows = document.querySelectorAll(`input[type="checkbox"][form="several-${box.dataset.choose}"]`);
  const show = () => {
    const ticked = [...rows].filter((row) => row.checked).length;
    box.checked = ticked > 0 && ticked === rows.length;
    box.indeterminate = ticked > 0 && ticked < rows.length;
  };
  box.addEventListener("change", () => rows.forEach((row) => { row.checked = box.checked; }));
  rows.forEach((row) => row.addEventListener("change", show));
  box.closest("label").hidden = rows.length < 2;
  show();
}

let sent = null;
const isChanged = (field) => {
  if (field.type === "checkbox") { return field.checked !== field.defaultChecked; }
  if (field.options) { return [...field.options].some((option) => option.selected !== option.defaultSelected); }
  return field.value !== field.defaultValue;
};
const isTyped = (field) => field.form !== sent && isChanged(field);
addEventListener("submit", (event) => { sent = event.target; });
addEventListener("beforeunload", (event) => {
  if ([...document.querySelectorAll(".mend :is(input:not([type=hidden]), select, textarea)")].some(isTyped)) { event.preventDefault(); }
  sent = null;
});
