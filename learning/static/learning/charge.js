// A whole charge: one slider moves the state machine, the figures and the cursor in the curves.
{
  const place = document.getElementById("charge"), slider = document.getElementById("moment");
  const curves = place.querySelector(".curves"), which = document.getElementById("which");
  const WIDTH = 640, HEIGHT = 260, LEFT = 12, RIGHT = 12, TOP = 16, BOTTOM = 28;
  const LINES = { kwh: "energy", kw: "power", cost: "cost" };
  let charges = [], charge = null, begin = 0, end = 1, shown = 0, playing = 0;

  const text = (id, value) => { document.getElementById(id).textContent = value; };
  const number = (value, digits) => (value === null || value === undefined ? "–" : value.toFixed(digits));
  const x = (at) => LEFT + ((at - begin) / (end - begin || 1)) * (WIDTH - LEFT - RIGHT);

  function part(name, attributes, content) {
    const found = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) found.setAttribute(key, value);
    if (content !== undefined) found.textContent = content;
    return found;
  }

  function y(name, value) {
    const most = Math.max(...charge.points.map((point) => point[name] ?? 0), 1e-9);
    return HEIGHT - BOTTOM - (value / most) * (HEIGHT - TOP - BOTTOM);
  }

  function plot(name) {
    const corners = [];
    let before = null;
    for (const point of charge.points) {
      if (point[name] === null) continue;
      if (name === "kw" && before !== null) corners.push([x(before), y(name, point.kw)]); // power holds for the period behind it
      corners.push([x(point.at), y(name, point[name])]);
      before = point.at;
    }
    return part("polyline", { class: LINES[name], points: corners.map((corner) => corner.join(",")).join(" ") });
  }

  function clock(at) {
    return new Date(at).toISOString().slice(11, 19);
  }

  function draw() {
    curves.replaceChildren();
    for (let n = 0; n <= 4; n += 1) {
      const at = begin + ((end - begin) * n) / 4, where = x(at);
      curves.append(part("line", { class: "grid", x1: where, x2: where, y1: TOP, y2: HEIGHT - BOTTOM }));
      curves.append(part("text", { class: n % 4 ? "between" : "end", x: where, y: HEIGHT - 8, "text-anchor": ["start", "middle", "middle", "middle", "end"][n] }, clock(at)));
    }
    for (const name of Object.keys(LINES)) {
      if (charge.points.some((point) => point[name] !== null)) curves.append(plot(name));
    }
    curves.append(part("line", { class: "cursor", y1: TOP, y2: HEIGHT - BOTTOM }));
    const taken = charge.frames.map((frame) => frame.status);
    for (const edge of place.querySelectorAll("[data-edge]")) {
      const took = taken.some((status, n) => n > 0 && `${taken[n - 1]}-${status}` === edge.dataset.edge);
      edge.classList.toggle("taken", took);
    }
  }

  function between(name, at) {
    const points = charge.points.filter((point) => point[name] !== null);
    const after = points.findIndex((point) => point.at >= at);
    if (after < 0) return points.at(-1)?.[name] ?? null;
    if (after === 0 || name === "kw") return points[after][name];
    const [a, b] = [points[after - 1], points[after]];
    return a[name] + ((b[name] - a[name]) * (at - a.at)) / (b.at - a.at || 1);
  }

  function frameAt(at) {
    return charge.frames.findLast((frame) => frame.at <= at) ?? charge.frames[0];
  }

  function move() {
    const at = begin + ((end - begin) * slider.value) / slider.max, frame = frameAt(at);
    const inside = charge.points.length > 0 && at >= charge.points[0].at;
    text("clock", `${clock(at)} UTC, by the clock of the charge`);
    text("kwh", number(inside ? between("kwh", at) : 0, 2));
    text("kw", number(inside ? between("kw", at) : 0, 1));
    text("cost", number(inside ? between("cost", at) : 0, 2));
    text("said", frame.kwh === null ? "–" : `${number(frame.kwh, 2)} kWh${frame.cost === null || frame.cost === undefined ? "" : `, ${number(frame.cost, 2)} ${charge.currency}`}`);
    text("source", `${frame.method} at ${frame.on_the_wall} told: ${frame.told.join(", ")}`);
    slider.setAttribute("aria-valuetext", `${clock(at)}, ${frame.status}`);
    curves.querySelector(".cursor").setAttribute("x1", x(at));
    curves.querySelector(".cursor").setAttribute("x2", x(at));
    const been = new Set(charge.frames.filter((each) => each.at <= at).map((each) => each.status));
    for (const box of place.querySelectorAll("[data-state]")) {
      box.classList.toggle("now", box.dataset.state === frame.status);
      box.classList.toggle("been", been.has(box.dataset.state));
    }
    if (frame.message !== shown) open(frame.message);
  }

  let asked = 0;
  async function open(id) {
    shown = id;
    const mine = (asked += 1);
    const url = place.dataset.messages.replace("/0/", `/${id}/`);
    const answer = await fetch(url, { headers: { "X-Requested-With": "learning" } });
    if (!answer.ok || mine !== asked) return;
    const message = document.getElementById("message");
    message.innerHTML = await answer.text();
    message.dispatchEvent(new Event("learning:shown", { bubbles: true }));
  }

  function choose(index) {
    charge = charges[index];
    const times = [...charge.frames, ...charge.points].map((each) => each.at);
    begin = Math.min(...times);
    end = Math.max(...times);
    text("currency", charge.currency);
    draw();
    move();
  }

  function step(way) {
    const at = charge.frames.indexOf(charge.frames.find((frame) => frame.message === shown));
    const frame = charge.frames[at + way];
    if (!frame) return;
    slider.value = Math.ceil(((frame.at - begin) / (end - begin || 1)) * slider.max);
    move();
  }

  function play() {
    if (playing) { clearInterval(playing); playing = 0; text("play", "Play"); return; }
    if (Number(slider.value) >= Number(slider.max)) slider.value = 0;
    text("play", "Stop");
    playing = setInterval(() => {
      slider.value = Number(slider.value) + 5;
      move();
      if (Number(slider.value) >= Number(slider.max)) play();
    }, 60);
  }

  const timed = (row) => ({ ...row, at: Date.parse(row.at) });
  fetch(place.dataset.source).then((answer) => answer.json()).then((found) => {
    charges = found.charges.filter((each) => each.frames.length)
      .map((each) => ({ ...each, frames: each.frames.map(timed), points: each.points.map(timed) }));
    if (!charges.length) return;
    which.replaceChildren(...charges.map((each, n) => new Option(each.id, n)));
    which.closest("label").hidden = charges.length < 2;
    which.addEventListener("change", () => choose(Number(which.value)));
    slider.addEventListener("input", move);
    document.getElementById("before").addEventListener("click", () => step(-1));
    document.getElementById("after").addEventListener("click", () => step(1));
    document.getElementById("play").addEventListener("click", play);
    const richest = charges.reduce((best, each, n) => (each.points.length > charges[best].points.length ? n : best), 0);
    which.value = richest;
    choose(richest);
  });
}
