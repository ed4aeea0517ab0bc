
// Shows the figures of a mark when it is pointed at, touched or focused; arrow keys go from mark to mark of a chart.
const bubble = document.getElementById("figures");
const show = mark => {
  bubble.textContent = mark.getAttribute("aria-label");
  bubble.hidden = false;
  const at = mark.getBoundingClientRect(), own = bubble.getBoundingClientRect();
  const left = Math.min(Math.max(8, at.x + at.width / 2 - own.width / 2), innerWidth - own.width - 8);
  const above = at.y - own.height - 8;
  bubble.style.left = `${left}px`;
  bubble.style.top = `${above > 8 ? above : at.bottom + 8}px`;
};
const hide = () => { bubble.hidden = true; };
for (const chart of document.querySelectorAll("figure")) {
  const marks = [...chart.querySelectorAll(".mark")];
  marks.forEach((mark, number) => {
    mark.querySelector("title").remove();
    mark.tabIndex = number ? -1 : 0;
    mark.addEventListener("pointerenter", () => show(mark));
    mark.addEventListener("pointerleave", hide);
    mark.addEventListener("focus", () => show(mark));
    mark.addEventListener("blur", hide);
  });
  chart.addEventListener("keydown", event => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const next = marks[marks.indexOf(document.activeElement) + step];
    if (event.key === "Escape") hide();
    if (step && next && marks.includes(document.activeElement)) {
      event.preventDefault();
      document.activeElement.tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
    }
  });
}
addEventListener("scroll", hide, { passive: true });
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach(one => { one.open = true; }));
