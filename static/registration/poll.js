// Keeps a part of a page as it is by now: <div data-poll="/address/" data-poll-seconds="2">. What the address answers, a
// fragment of HTML, takes the place of what is in it. It ends with an answer that has the header X-Poll: done, and is
// tried more rarely while nothing answers, or nobody looks. Without scripts the page says how to read it again.
(() => {
  const LONGEST_SECONDS = 30;

  // What has the focus keeps it, where it has an id and is there still.
  const show = (area, html) => {
    const focused = area.contains(document.activeElement) ? document.activeElement.id : "";
    area.innerHTML = html;
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  };

  for (const area of document.querySelectorAll("[data-poll]")) {
    const seconds = Number(area.dataset.pollSeconds || 2);
    let wait = seconds;
    let last;

    const poll = async () => {
      if (document.hidden) return later();
      try {
        const answer = await fetch(area.dataset.poll, { credentials: "same-origin", redirect: "error" });
        if (!answer.ok) throw new Error(answer.status);
        const html = await answer.text();
        if (html !== last) show(area, html);
        last = html;
        wait = seconds;
        if (answer.headers.get("X-Poll") === "done") return undefined;
      } catch {
        wait = Math.min(LONGEST_SECONDS, wait * 2);
      }
      return later();
    };
    const later = () => { setTimeout(poll, wait * 1000); };
    later();
  }
})();
