// A text area inside [data-editor] is judged as one writes; what is wrong is underlined behind the text and listed.
{
  const PAUSE = 350; // milliseconds after the last key

  function piece(tag, text, name) {
    const found = document.createElement(tag);
    found.textContent = text;
    if (name) found.className = name;
    return found;
  }

  function underline(under, text, problems) {
    under.replaceChildren();
    let at = 0;
    for (const { start, end, severity } of problems) {
      const from = Math.max(start, at), to = Math.max(from, Math.min(text.length, end));
      if (to === from) continue;
      under.append(text.slice(at, from), piece("mark", text.slice(from, to), severity));
      at = to;
    }
    under.append(text.slice(at) + "\n");
  }

  function list(editor, area, problems) {
    const found = editor.querySelector(".problems");
    found.replaceChildren(...problems.map((problem) => {
      const row = piece("li", "", problem.severity), button = piece("button", "");
      button.type = "button";
      const where = problem.path ? [piece("code", problem.path), " "] : [];
      button.append(piece("strong", `line ${problem.line}: `), ...where, `${problem.message}. `, piece("span", problem.advice, "soft"));
      button.addEventListener("click", () => {
        area.focus();
        area.setSelectionRange(problem.start, problem.end);
      });
      row.append(button);
      return row;
    }));
    const errors = problems.filter((problem) => problem.severity === "error").length;
    const verdict = editor.querySelector(".verdict");
    verdict.textContent = errors ? `${errors} to mend` : "in order, as far as its form goes";
    verdict.className = `verdict tag ${errors ? "bad" : "good"}`;
  }

  function equip(editor) {
    const area = editor.querySelector("textarea"), under = editor.querySelector(".under"), form = area.form;
    let waiting = 0, asked = 0;

    async function judge() {
      const number = (asked += 1), text = area.value;
      const body = new FormData();
      body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
      body.set("text", text);
      for (const name of ["method", "path", "to_emsp"]) {
        body.set(name, form.elements[name]?.value ?? editor.dataset[name] ?? "");
      }
      const answer = await fetch(editor.dataset.editor, { method: "POST", body });
      if (!answer.ok || number !== asked) return; // a newer text is being judged already
      const { problems } = await answer.json();
      underline(under, text, problems);
      list(editor, area, problems);
    }

    function later() {
      asked += 1; // what is under way judges an older text
      under.textContent = `${area.value}\n`;
      clearTimeout(waiting);
      waiting = setTimeout(judge, PAUSE);
    }

    area.addEventListener("input", later);
    form.addEventListener("change", later);
    area.addEventListener("scroll", () => { under.scrollTop = area.scrollTop; });
    area.rows = Math.min(26, Math.max(8, area.value.split("\n").length + 1));
    if (area.scrollHeight > area.clientHeight) area.rows = Math.min(30, area.rows + 2); // long lines that wrap
    under.textContent = `${area.value}\n`;
    if (area.value.trim()) judge();
  }

  function equipAll(root) {
    for (const editor of root.querySelectorAll("[data-editor]:not([data-ready])")) {
      editor.dataset.ready = "";
      equip(editor);
    }
  }

  document.addEventListener("learning:shown", (event) => equipAll(event.target));
  equipAll(document);
}
