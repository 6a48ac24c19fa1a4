// The operators' map. Stations come from the server, gathered into clusters for the part of the world that is shown;
// filters and view stand in the address, so that a link leads to what one sees.
const frame = document.getElementById("map");
const form = document.getElementById("map-filters");
const count = document.getElementById("map-count");
const query = new URLSearchParams(location.search);

const map = L.map(frame, { worldCopyJump: true, minZoom: 2, maxZoom: 18, zoomSnap: 1 });
map.setView([Number(query.get("lat") ?? 50.5), Number(query.get("lon") ?? 6.5)], Number(query.get("zoom") ?? 5));
map.attributionControl.setPrefix("Leaflet");
const shown = L.layerGroup().addTo(map);

async function drawWorld() {
  const world = await (await fetch(frame.dataset.world)).json();
  const dark = document.documentElement.classList.contains("dark");
  const style = { color: dark ? "#475569" : "#94a3b8", weight: 1, fillColor: dark ? "#1e293b" : "#f8fafc", fillOpacity: 1 };
  L.geoJSON(topojson.feature(world, world.objects.countries), { style, interactive: false, renderer: L.canvas() }).addTo(map);
  map.attributionControl.addAttribution("Natural Earth");
}

if (frame.dataset.tiles) L.tileLayer(frame.dataset.tiles, { maxZoom: 19, attribution: frame.dataset.attribution }).addTo(map);
else drawWorld();

function element(tag, attributes = {}, ...children) {
  const made = Object.assign(document.createElement(tag), attributes);
  made.append(...children);
  return made;
}

function popup(point) {
  const badges = point.badges.map((badge) => element("span", { className: `badge ${badge.tone}` }, badge.text));
  return element("div", { className: "map-popup" },
    element("h2", {}, point.name), element("p", {}, point.address),
    element("p", {}, `From ${point.partner}`), ...badges,
    element("p", {}, element("a", { href: point.url }, "Open the station")));
}

function marker(point, before) {
  const state = point.available ? "free" : point.broken === point.evses ? "broken" : "busy";
  const size = point.stations === 1 ? 18 : Math.min(54, 24 + 6 * Math.log2(point.stations));
  const icon = L.divIcon({ className: `map-point ${state}`, html: point.stations === 1 ? "" : String(point.stations), iconSize: [size, size], iconAnchor: [size / 2 - before * size, size / 2] });
  const what = point.name ?? `${point.stations} stations`;
  const alt = `${what}: ${point.available} of ${point.evses} EVSEs free`;
  const made = L.marker([point.lat, point.lon], { icon, title: alt, alt, keyboard: true });
  made.on("add", () => made.getElement().setAttribute("aria-label", alt)); // else a cluster's name is its number alone
  if (point.name) return made.bindPopup(() => popup(point));
  const closer = () => map.setView([point.lat, point.lon], Math.min(18, map.getZoom() + 2));
  made.on("click", closer);
  return made.on("keypress", (event) => { // Leaflet makes Enter a click only where a popup is bound
    if (event.originalEvent.key !== "Enter") return;
    frame.focus(); // the point goes; Tab finds the first of those that it falls into
    closer();
  });
}

let asked = 0, drawn = new Map();
async function refresh() {
  const mine = ++asked;
  const filters = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
  const center = map.getCenter();
  const view = new URLSearchParams([...filters, ["lat", center.lat.toFixed(4)], ["lon", center.lng.toFixed(4)], ["zoom", map.getZoom()]]);
  history.replaceState(null, "", `?${view}`);
  const edges = map.getBounds().pad(0.1);
  const wide = edges.getEast() - edges.getWest() >= 360;
  const box = { south: edges.getSouth(), north: edges.getNorth(), zoom: map.getZoom(),
    west: wide ? -180 : L.Util.wrapNum(edges.getWest(), [-180, 180], true), east: wide ? 180 : L.Util.wrapNum(edges.getEast(), [-180, 180], true) };
  const answer = await fetch(`${frame.dataset.points}?${new URLSearchParams([...filters, ...Object.entries(box)])}`);
  if (mine !== asked) return;
  if (!answer.ok) { count.textContent = "These filters cannot be read."; return; }
  const { points } = await answer.json();
  const standing = new Map(); // at one place: side by side, so that each can be opened
  const next = new Map(); // what is the same stays, with its popup and the focus
  for (const point of points) {
    const place = `${point.lat},${point.lon}`, before = standing.get(place) ?? 0;
    standing.set(place, before + 1);
    const key = JSON.stringify([point, before]);
    next.set(key, drawn.get(key) ?? marker(point, before).addTo(shown));
  }
  for (const [key, made] of drawn) if (!next.has(key)) shown.removeLayer(made);
  drawn = next;
  const sum = (name) => points.reduce((total, point) => total + point[name], 0).toLocaleString("en");
  count.textContent = `${sum("stations")} ${sum("stations") === "1" ? "station" : "stations"} here, ${sum("available")} of ${sum("evses")} EVSEs free`;
  frame.dataset.ready = "true";
}

for (const [name, value] of query) {
  const field = form.elements.namedItem(name);
  if (field) field.type === "checkbox" ? (field.checked = value === "on") : (field.value = value);
}
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("change", refresh);
map.on("moveend", refresh);
refresh();
