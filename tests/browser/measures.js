// What axe-core has no rule for. Each measure lists what falls short, in words; an empty list is a page that does not.
// Evaluated from outside (accessibility.py), so that nothing of it is left in the page and no policy stops it.
(() => {
  const LEAST_TARGET = 24;  // CSS pixels, WCAG 2.5.8
  const LEAST_OUTLINE = 2;
  const TARGETS = "a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button], [tabindex='0']";

  const all = (selector) => [...document.querySelectorAll(selector)];
  const words = (element) => element.textContent.trim().replace(/\s+/g, " ");
  const named = (element) =>
    `${element.localName}${element.id && `#${element.id}`} “${words(element).slice(0, 40)}”`;
  const styles = (element) => [null, "::before", "::after"].map((part) => getComputedStyle(element, part));
  const rounded = (rect) => `${Math.round(rect.width * 10) / 10}×${Math.round(rect.height * 10) / 10}`;

  // What only screen readers get, and a link that waits beside the screen for its focus.
  const isForEyes = (element) => {
    const rect = element.getBoundingClientRect();
    const isBeside = getComputedStyle(element).position === "absolute" && (rect.right <= 0 || rect.bottom <= 0);
    return element.checkVisibility({ visibilityProperty: true }) && rect.width > 1 && rect.height > 1 && !isBeside;
  };

  const isInSentence = (link) => {
    let block = link;
    while (getComputedStyle(block).display === "inline") block = block.parentElement;
    return block !== link && words(block).length > words(link).length;
  };

  const isSmall = (target) => {
    const { width, height } = target.getBoundingClientRect();
    return width < LEAST_TARGET || height < LEAST_TARGET;
  };

  // A target may reach beyond its own box: the links of a list by what is laid over the whole entry.
  const takesClicksAround = (target) => {
    target.scrollIntoView({ block: "center", behavior: "instant" });
    const { left, right, top, bottom } = target.getBoundingClientRect();
    const [x, y, reach] = [(left + right) / 2, (top + bottom) / 2, LEAST_TARGET / 2 - 0.5];
    return [[-reach, 0], [reach, 0], [0, -reach], [0, reach]].every(([dx, dy]) =>
      target.contains(document.elementFromPoint(x + dx, y + dy)));
  };

  const isClipping = (style) => style.overflowX !== "visible" || style.overflowY !== "visible";

  const isLessThanItsText = (element) => {
    const style = getComputedStyle(element);
    if (style.display === "inline" || style.display === "contents") return false;
    const isTooTall = isClipping(style) && element.scrollHeight > element.clientHeight + 1;
    return element.scrollWidth > element.clientWidth + 1 || isTooTall;
  };

  const leavesTheScreen = (text) => {
    const range = document.createRange();
    range.selectNodeContents(text);
    return [...range.getClientRects()].some((rect) => rect.left < -1 || rect.right > innerWidth + 1);
  };

  const isOutlined = (element) =>
    styles(element).some((style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= LEAST_OUTLINE);

  // Whole and with its outline; of what is higher than the screen, or scrolls to the line that is being written, a part.
  const isOnScreen = (element) => {
    const { left, right, top, bottom } = element.getBoundingClientRect();
    const { outlineStyle, outlineWidth, outlineOffset } = getComputedStyle(element);
    const around = outlineStyle === "none" ? 0 : parseFloat(outlineWidth) + parseFloat(outlineOffset);
    const isPartEnough = bottom - top > innerHeight || element.localName === "textarea";
    const isWithin = isPartEnough
      ? top <= innerHeight - LEAST_TARGET && bottom >= LEAST_TARGET
      : top >= around && bottom <= innerHeight - around;
    return isWithin && left >= around && right <= innerWidth - around;
  };

  const isCovered = (element) =>
    [...element.getClientRects()].some((rect) => {
      const top = Math.max(rect.top, 0), bottom = Math.min(rect.bottom, innerHeight);
      if (bottom - top < 1) return false;
      return [rect.left + 2, (rect.left + rect.right) / 2, rect.right - 2].some((x) =>
        !element.contains(document.elementFromPoint(x, (top + bottom) / 2)));
    });

  return {
    sidewaysScrolling: () => {
      const { scrollWidth } = document.documentElement;
      return scrollWidth > innerWidth ? [`the page is ${scrollWidth} wide on a screen of ${innerWidth}`] : [];
    },

    smallTargets: () => {
      const found = all(TARGETS)
        .filter((target) => isForEyes(target) && isSmall(target) && !isInSentence(target) && !takesClicksAround(target))
        .map((target) => `${named(target)} is ${rounded(target.getBoundingClientRect())}`);
      scrollTo(0, 0);
      return found;
    },

    clippedTexts: () => {
      const found = new Set();
      const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      while (texts.nextNode()) {
        const text = texts.currentNode, element = text.parentElement;
        // A select box shows as much of an option as it has room for, and the whole list when it is opened.
        if (!text.data.trim() || !isForEyes(element) || element.closest("select, textarea, script")) continue;
        if (isLessThanItsText(element) || leavesTheScreen(text)) found.add(`${named(element)} is clipped`);
      }
      return [...found];
    },

    motions: () => {
      const isMoving = (style) =>
        [style.transitionDuration, style.animationDuration].some((times) => times.split(",").some((t) => parseFloat(t) > 0))
        || style.scrollBehavior === "smooth";
      return all("*").filter((element) => styles(element).some(isMoving)).map((element) => `${named(element)} moves`);
    },

    // Boxes that only their colour would set off: forced colours leave nothing of them.
    borderless: () => all("button, .btn, input:not([type=hidden]), select, textarea")
      .filter((element) => isForEyes(element) && getComputedStyle(element).appearance === "none")
      .filter((element) => parseFloat(getComputedStyle(element).borderTopWidth) < 1)
      .map((element) => `${named(element)} has no border`),

    focus: () => {
      const element = document.activeElement;
      if (element === document.body) return [];
      return [
        isOutlined(element) ? "" : "shows no outline",
        isOnScreen(element) ? "" : "is not on the screen",
        isCovered(element) ? "is covered" : "",
      ].filter(Boolean).map((problem) => `${named(element)} ${problem}`);
    },
  };
})()
