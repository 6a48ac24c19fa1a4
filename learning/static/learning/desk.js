// The desk: what the learner does is sent and shown without leaving the page, and the diagram is drawn as it happens.
{
  const desk = document.querySelector("[data-live]");
  const steps = document.getElementById("steps"), diagram = document.getElementById("diagram");
  const message = document.getElementById("message"), trouble = document.getElementById("trouble");
  const BUSY = 350, CALM = 2000; // milliseconds between two looks
  const ours = { "X-Requested-With": "learning" };
  let timer = 0, shown = null, acts = 0;

  function put(place, html) {
    place.innerHTML = html; // from our own server, which escapes what platforms sent
    place.dispatchEvent(new Event("learning:shown", { bubbles: true }));
  }

  // Beside what it is about, so that nobody has to look for it.
  function say(text, form) {
    trouble.textContent = text;
    trouble.hidden = !text;
    if (!text) return;
    form.append(trouble);
    trouble.scrollIntoView({ block: "nearest" });
  }

  // --- the diagram -----------------------------------------------------------------------------------------------
  function draw(html) {
    const known = new Set([...diagram.querySelectorAll("a[href]")].map((link) => link.getAttribute("href")));
    const first = known.size === 0;
    put(diagram, html);
    for (const link of diagram.querySelectorAll("a[href*='/messages/']")) {
      if (!first && !known.has(link.getAttribute("href"))) link.classList.add("fresh");
    }
    mark();
    const broken = repaired();
    if (broken) reveal(broken, "end");
    else showNewest();
  }

  function showNewest() {
    const picture = diagram.querySelector(".picture");
    if (picture) picture.scrollTop = picture.scrollHeight;
  }

  // While a step is about something broken, that stays in sight, and not its repair.
  function repaired() {
    if (!steps.querySelector(".current[data-kind=break]")) return null;
    return [...diagram.querySelectorAll(".ocpi-sequence .event")].findLast((each) => each.textContent.includes("repairs it"));
  }

  function reveal(part, where) {
    const picture = diagram.querySelector(".picture");
    if (!picture?.contains(part)) return;
    const box = picture.getBoundingClientRect(), at = part.getBoundingClientRect();
    if (where === "end") picture.scrollTop += at.bottom - box.bottom + 8;
    else picture.scrollTop += (at.top + at.bottom) / 2 - (box.top + box.bottom) / 2;
  }

  function mark() {
    for (const link of diagram.querySelectorAll("a[href*='/messages/']")) {
      const here = link.getAttribute("href") === shown;
      link.querySelector("g")?.classList.toggle("here", here);
      link.toggleAttribute("aria-current", here);
    }
  }

  async function look() {
    clearTimeout(timer);
    let pause = CALM;
    if (!document.hidden) {
      const before = acts, seen = new URLSearchParams({ steps: steps.dataset.version, diagram: diagram.dataset.version });
      try {
        const answer = await fetch(`${desk.dataset.live}?${seen}`, { headers: ours });
        if (answer.status === 404) { location.reload(); return; } // left in another window
        const news = await answer.json();
        if (news.diagram_html !== undefined) draw(news.diagram_html);
        if (before === acts) { // else the answer to what was done meanwhile is newer
          if (news.steps_html !== undefined) renew(news.steps_html);
          steps.dataset.version = news.steps;
        }
        diagram.dataset.version = news.diagram;
        if (news.busy) pause = BUSY;
      } catch { /* the platform may be starting anew; look again */ }
    }
    timer = setTimeout(look, pause);
  }

  // --- the steps -------------------------------------------------------------------------------------------------
  function renew(html) {
    const before = steps.querySelector(".current")?.id;
    const fold = new Set([...steps.querySelectorAll("details[open]")].map((each) => each.closest("[id]")?.id));
    put(steps, html);
    for (const each of steps.querySelectorAll(".done > details")) each.open = fold.has(each.closest("[id]").id);
    const now = steps.querySelector(".current, #finished");
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (now && now.id === before) {
      now.querySelector(".note, .claims, .spin")?.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
    } else if (now) {
      if (message.hasChildNodes()) close(); // it belonged to the step before
      showNewest(); // a repair that was out of sight
      const subject = now.querySelector("a.button[data-look]");
      if (subject) open(subject.getAttribute("href"));
      now.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
      now.focus({ preventScroll: true });
    }
  }

  async function send(form) {
    if (form.querySelector("[data-run]")) desk.querySelector(".stage").scrollTop = 0; // what happens is seen there
    if (["run", "break", "write"].includes(form.closest("[data-kind]")?.dataset.kind)) select("tab-messages");
    const body = new FormData(form);
    for (const button of form.querySelectorAll("button")) button.disabled = true;
    try {
      const answer = await fetch(form.action, { method: "POST", body, headers: ours });
      const found = await answer.json();
      acts += 1;
      say(found.trouble, form);
      if (found.trouble) for (const button of form.querySelectorAll("button")) button.disabled = false;
      else {
        renew(found.steps_html);
        steps.dataset.version = found.steps;
      }
    } catch {
      say("The platform does not answer. Is the demo still running?", form);
      for (const button of form.querySelectorAll("button")) button.disabled = false;
    }
    look();
  }

  // --- a message -------------------------------------------------------------------------------------------------
  let opened = 0;

  async function open(url, path) {
    const mine = (opened += 1);
    const answer = await fetch(url, { headers: ours });
    const html = await answer.text();
    if (!answer.ok || mine !== opened) return; // another one was asked for meanwhile
    put(message, html);
    shown = new URL(url, location.href).pathname;
    message.querySelector("[data-close]").hidden = false;
    mark();
    select("tab-messages");
    const row = diagram.querySelector(".picture [aria-current]");
    if (row) reveal(row, "center");
    const line = path ? find(path) : null;
    if (line && !line.hasAttribute("tabindex")) line.tabIndex = -1;
    if (line) line.focus();
    else message.focus({ preventScroll: true });
    (line ?? message).scrollIntoView({ block: line ? "center" : "start" });
  }

  // `request.roles.0.role`, `answer.data.token`: which side, then the path in it.
  function find(path) {
    const [side, ...rest] = path.split(".");
    if (side.endsWith("_headers")) return header(side, rest.join("."));
    const json = message.querySelector(`[data-side="${side === "request" ? "Request" : "Answer"}"]`);
    const wanted = (side === "request" || side === "answer" ? rest : [side, ...rest])
      .map((step) => (/^\d+$/.test(step) ? `[${step}]` : `.${step}`)).join("").replace(/^\./, "");
    return json?.querySelector(`[data-path="${CSS.escape(wanted)}"]`);
  }

  function header(side, name) {
    const place = message.querySelector(`[data-side="${side === "request_headers" ? "Request" : "Answer"}"]`);
    const row = [...place.querySelectorAll("th")].find((each) => each.textContent.toLowerCase() === name.toLowerCase());
    if (!row) return null;
    row.closest("details").open = true;
    row.tabIndex = -1;
    return row;
  }

  // --- tabs and the switchboard ------------------------------------------------------------------------------------
  function select(id) {
    for (const tab of desk.querySelectorAll("[role=tab]")) {
      const on = tab.id === id;
      tab.setAttribute("aria-selected", on);
      tab.tabIndex = on ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !on;
    }
  }

  async function load(url, body) {
    const pane = document.getElementById("pane-faults");
    if (!pane.hasChildNodes()) pane.innerHTML = '<p class="soft"><span class="spin" aria-hidden="true"></span> Asking the CPO …</p>';
    const answer = await fetch(url, body ? { method: "POST", body, headers: ours } : { headers: ours });
    put(pane, await answer.text());
  }

  function close() {
    opened += 1;
    message.replaceChildren();
    const link = diagram.querySelector("[aria-current]");
    shown = null;
    mark();
    link?.focus({ preventScroll: true });
    if (!beside()) steps.querySelector(".current, #finished")?.scrollIntoView({ block: "start" });
  }

  // On a phone the messages stand below the lesson: whoever has read one wants to go on there.
  function beside() {
    return desk.querySelector(".stage").getBoundingClientRect().left >= steps.getBoundingClientRect().right;
  }

  desk.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]")) { close(); return; }
    const tab = event.target.closest("[role=tab]"), link = event.target.closest("a[href*='/messages/']");
    if (tab) {
      select(tab.id);
      if (tab.dataset.load) load(tab.dataset.load);
    } else if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      open(link.getAttribute("href"), link.dataset.look);
    }
  });

  desk.addEventListener("keydown", (event) => {
    const tab = event.target.closest("[role=tab]");
    if (!tab || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    const tabs = [...desk.querySelectorAll("[role=tab]")];
    const next = tabs[(tabs.indexOf(tab) + 1) % tabs.length];
    next.focus();
    next.click();
  });

  desk.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-act]")) { event.preventDefault(); send(form); }
    if (form.matches("[data-part]")) { event.preventDefault(); load(form.action, new FormData(form)); }
  });

  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
  look();
}
