// JSON whose lines are explained: pointing at a line, or walking there with the arrow keys, shows what its field means.
{
  function show(line) {
    const article = line.closest("[data-message]"), meaning = article?.querySelector(".meaning");
    const note = article?.querySelector(`[data-meaning="${CSS.escape(line.dataset.note)}"]`);
    if (!meaning || !note) return;
    for (const other of article.querySelectorAll(".line.chosen")) other.classList.remove("chosen");
    line.classList.add("chosen");
    meaning.replaceChildren(...note.cloneNode(true).childNodes);
  }

  function explained(line) {
    return line?.closest?.(".line[data-note]");
  }

  document.addEventListener("pointerover", (event) => { const line = explained(event.target); if (line) show(line); });
  document.addEventListener("focusin", (event) => { const line = explained(event.target); if (line) show(line); });
  document.addEventListener("click", (event) => { explained(event.target)?.focus({ preventScroll: true }); });
  document.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const line = step && explained(document.activeElement);
    if (!line) return;
    const lines = [...line.closest("[data-json]").querySelectorAll(".line[data-note]")];
    const next = lines[lines.indexOf(line) + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });

  // One line of each JSON can be reached with Tab; from there the arrow keys lead on.
  function equip(root) {
    for (const json of root.querySelectorAll("[data-json]")) {
      const first = json.querySelector(".line[data-note]");
      if (first) first.tabIndex = 0;
    }
  }

  document.addEventListener("learning:shown", (event) => equip(event.target));
  equip(document);
}
