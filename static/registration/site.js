// Improves pages that work without it: the visitor's own time beside the meeting's, the focus where something is to be
// done, how many characters are left, and what a mistyped mail address was meant to be.
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

  const target = document.getElementById(location.hash.slice(1));
  (document.querySelector("[data-takes-focus]") ?? target)?.focus();

  const words = document.querySelector("form[data-left]")?.dataset;
  for (const input of document.querySelectorAll("[data-longest]")) {
    input.addEventListener("focus", () => count(input), { once: true });
  }

  // The number is seen at once, and heard when the typing pauses.
  function count(input) {
    const seen = document.createElement("p");
    const heard = document.createElement("p");
    seen.className = "hint counter";
    seen.ariaHidden = "true";
    heard.className = "visually-hidden";
    heard.role = "status";
    input.after(seen, heard);
    let pause;
    const show = () => {
      // As the server counts: characters, not their halves.
      const left = Number(input.dataset.longest) - [...input.value.trim()].length;
      seen.textContent = left < 0 ? `${words.over} ${-left}` : `${words.left} ${left}`;
      seen.classList.toggle("over", left < 0);
      clearTimeout(pause);
      pause = setTimeout(() => { heard.textContent = seen.textContent; }, 1000);
    };
    input.addEventListener("input", show);
    show();
  }

  const mail = document.querySelector("input[data-mistyped]");
  mail?.addEventListener("change", () => {
    const meant = new Map(mail.dataset.mistyped.split(" ").map((pair) => pair.split("=")));
    const [, name, domain] = mail.value.trim().match(/^(.+)@(.+)$/) ?? [];
    const address = meant.get(domain?.toLowerCase());
    const suggestion = mail.parentElement.querySelector(".suggestion");
    suggestion.textContent = address ? words.meant.replace("{address}", () => `${name}@${address}`) : "";
  });
})();
