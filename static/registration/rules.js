// Offers, beside the value of an approval rule, the answers that people choose from: those of what the rule looks at by
// now. Without scripts they are offered once the page is shown again.
for (const subject of document.querySelectorAll(".rule-field-subject select")) {
  subject.addEventListener("change", () => {
    const value = document.getElementById(subject.id.replace(/subject$/, "value"));
    const options = document.getElementById(`options-${subject.value}`);
    if (options) value.setAttribute("list", options.id);
    else value.removeAttribute("list");
  });
}
