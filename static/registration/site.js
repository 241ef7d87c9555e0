// Improves pages that work without it: the visitor's own time beside the meeting's, and the focus on what is wrong.
(() => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  // The page writes its English dates with the day first.
  const language = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;

  for (const time of document.querySelectorAll("time[data-your-time]")) {
    if (!zone || zone === time.dataset.zone) continue;
    const format = new Intl.DateTimeFormat(language, {
      weekday: "long", day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit",
      hourCycle: "h23", timeZoneName: "long",
    });
    const own = document.createElement("span");
    own.className = "your-time";
    own.textContent = `${time.dataset.yourTime} ${format.formatRange(new Date(time.dateTime), new Date(time.dataset.until))}`;
    time.after(own);
  }

  document.querySelector("[data-takes-focus]")?.focus();
})();
