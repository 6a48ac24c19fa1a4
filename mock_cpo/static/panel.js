"use strict";

// Small helpers: everything that comes from outside is set as text, never as HTML.
const byId = (id) => document.getElementById(id);
const element = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name in node && name !== "list") node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
};
const control = async (method, path, body) => {
  const options = { method, headers: { "Content-Type": "application/json" } };
  if (body !== undefined) options.body = JSON.stringify(body);
  const answer = await fetch("/control" + path, options);
  return answer.json();
};
const words = (status) => status.toLowerCase().replace("outoforder", "out of order");
const show = (id, rows, nothing) =>
  byId(id).replaceChildren(...(rows.length ? rows : [element("p", { className: "empty" }, nothing)]));

const directions = { in: ["←", "they called us"], out: ["→", "we called them"], hub: ["↧", "the hub called a CPO"] };

let chosen = null;
let lastExchange = 0;

function showCounts(state) {
  const sessions = Object.values(state.sessions).reduce((sum, count) => sum + count, 0);
  const counts = {
    eMSPs: state.registrations, locations: state.locations, EVSEs: state.evses, tariffs: state.tariffs, tokens: state.tokens,
    "active sessions": state.sessions.ACTIVE || 0, "all sessions": sessions, CDRs: state.cdrs, commands: state.commands,
    "pushes waiting": state.outbox.waiting, "pushes failed": state.outbox.failed,
  };
  byId("counts").replaceChildren(
    ...Object.entries(counts).map(([name, count]) => element("div", {}, element("b", {}, String(count)), element("span", {}, name))),
  );
}

function showRegistrations(rows) {
  show("registrations", rows.map((row) => {
    const parties = row.roles.map((role) => `${role.country_code}/${role.party_id} ${role.name}`).join(", ");
    return element("div", {},
      element("span", { className: "pill " + row.state }, row.state),
      element("span", { className: "grow" }, parties || "waits for an eMSP with its token A"),
      element("code", {}, row.versions_url),
      element("button", { className: "quiet", onclick: () => control("DELETE", "/registrations/" + row.id).then(refresh) },
        row.state === "REGISTERED" ? "unregister" : "forget"));
  }), "No eMSP is invited.");
}

function showSessions(rows) {
  const recent = rows.filter((row) => ["PENDING", "RESERVATION", "ACTIVE"].includes(row.session.status))
    .concat(rows.filter((row) => ["COMPLETED", "INVALID"].includes(row.session.status)).slice(-3)).reverse();
  show("sessions", recent.map((row) => {
    const session = row.session;
    const cost = session.total_cost ? `${session.total_cost.excl_vat.toFixed(2)} ${session.currency}` : "–";
    const soc = element("i", {});
    soc.style.width = row.car.soc + "%";
    return element("div", {},
      element("span", { className: "pill " + session.status }, session.status),
      element("span", { className: "grow" }, `${session.location_id} / ${session.evse_uid}`),
      element("code", {}, session.cdr_token.uid),
      element("span", { className: "number" }, `${session.kwh.toFixed(2)} kWh`),
      element("b", { className: "number" }, cost),
      element("span", { className: "number soft" }, row.car.full ? "full" : `${Math.round(row.car.soc)} %`),
      session.status === "ACTIVE"
        ? element("button", { className: "quiet", onclick: () => control("POST", "/stop", { session_id: session.id }).then(refresh) }, "stop")
        : null,
      session.status === "ACTIVE" ? element("div", { className: "bar" }, soc) : null);
  }), "Nobody charges. Click a charger below and tap a card, or send START_SESSION.");
}

function showChargers(sites) {
  const totals = {};
  byId("chargers").replaceChildren(...sites.map((site) => {
    const dots = site.evses.map((evse) => {
      totals[evse.status] = (totals[evse.status] || 0) + 1;
      return element("button", {
        className: "dot " + evse.status, title: `${evse.uid}: ${evse.status}, ${evse.kw} kW`,
        "aria-label": `${site.name} ${evse.uid} ${evse.status}`, onclick: () => openCharger(site, evse),
      });
    });
    return element("div", { className: "site" },
      element("span", { title: `${site.location_id}, ${site.city}` }, `${site.name}${site.private ? " (private)" : ""}`),
      element("span", { className: "dots" }, ...dots));
  }));
  byId("legend").replaceChildren(...Object.entries(totals).flatMap(([status, count]) =>
    [element("span", { className: status }, `${count} ${words(status)}`), "  "]));
}

// Made once and then kept up to date: what somebody is typing, and where they are, stays.
const faults = new Map();

function addFault(row) {
  const box = element("input", { type: "checkbox", ariaLabel: row.name });
  const value = row.parameter
    ? element("input", { type: "text", value: row.value ?? row.parameter.default, title: row.parameter.name, ariaLabel: row.parameter.name })
    : null;
  const change = () => control(box.checked ? "PUT" : "DELETE", "/faults/" + row.name, box.checked ? { value: value ? value.value : null } : undefined);
  box.addEventListener("change", change);
  if (value) value.addEventListener("change", () => box.checked && change());
  const line = element("label", { className: "fault" }, box, element("b", {}, row.name), value ?? element("i"), element("span", {}, row.description));
  byId("faults").append(line);
  faults.set(row.name, { box, value, line });
}

function showFaults(rows) {
  for (const row of rows) {
    if (!faults.has(row.name)) addFault(row);
    const { box, value } = faults.get(row.name);
    box.checked = row.enabled;
    if (value && row.enabled && value !== document.activeElement) value.value = row.value;
  }
  findFaults();
}

function findFaults() {
  const wanted = byId("find-fault").value.trim().toLowerCase();
  for (const { box, line } of faults.values()) line.hidden = !box.checked && !line.textContent.toLowerCase().includes(wanted);
}

function showExchanges(rows) {
  const body = byId("exchanges").tBodies[0];
  for (const row of rows) {
    lastExchange = Math.max(lastExchange, row.id);
    const details = element("tr", { hidden: true });
    const cell = element("td", { colSpan: 6 });
    details.append(cell);
    const line = element("tr", { className: "exchange", onclick: () => {
      details.hidden = !details.hidden;
      cell.replaceChildren(element("pre", {}, JSON.stringify({
        request: { headers: row.request_headers, body: row.request_body }, response: { headers: row.response_headers, body: row.response_body },
      }, null, 2)));
    } },
      element("td", { className: "number" }, row.at.slice(11, 19)),
      element("td", { title: directions[row.direction][1] }, directions[row.direction][0]),
      element("td", {}, row.method),
      element("td", { className: "url" }, row.url),
      element("td", { className: "number " + (row.status >= 200 && row.status < 300 ? "AVAILABLE" : "OUTOFORDER") }, String(row.status ?? row.error)),
      element("td", { className: "number" }, `${row.ms} ms`));
    body.prepend(line, details);
  }
  while (body.rows.length > 200) body.deleteRow(-1);
}

function showParties(rows) {
  show("parties", rows.filter((row) => row.role === "CPO").map((row) => {
    const path = `/hub/parties/${row.country_code}/${row.party_id}`;
    const select = element("select", { ariaLabel: `${row.country_code}/${row.party_id}`,
      onchange: (event) => control("PUT", path, { status: event.target.value }).then(refresh) },
      ...["CONNECTED", "OFFLINE", "PLANNED", "SUSPENDED"].map((status) =>
        element("option", { value: status, selected: status === row.status }, status)));
    return element("div", {}, element("span", { className: "grow" }, `${row.country_code}/${row.party_id}`), select);
  }), "");
}

async function openCharger(site, evse) {
  chosen = { location_id: site.location_id, evse_uid: evse.uid };
  byId("charger-title").textContent = `${site.name}, ${evse.uid}`;
  byId("charger-text").textContent = `${words(evse.status)}, up to ${evse.kw} kW`;
  byId("charger-answer").textContent = "";
  byId("tap").connector_id.replaceChildren(...Object.entries(evse.connectors).map(([id, standard]) =>
    element("option", { value: id }, `${id}: ${standard}`)));
  const tokens = await control("GET", "/tokens");
  byId("uids").replaceChildren(...tokens.map((row) => element("option", { value: row.token.uid })));
  byId("charger").showModal();
}

async function atCharger(path, more = {}) {
  const answer = await control("POST", path, { ...chosen, ...more });
  byId("charger-answer").textContent = JSON.stringify(answer, null, 2);
  refresh();
}

async function refresh() {
  const [state, registrations, sessions, chargers, faults, exchanges] = await Promise.all([
    control("GET", "/state"), control("GET", "/registrations"), control("GET", "/sessions"), control("GET", "/chargers"),
    control("GET", "/faults"), control("GET", "/exchanges?limit=60&after=" + lastExchange),
  ]);
  showCounts(state);
  showRegistrations(registrations);
  showSessions(sessions);
  showChargers(chargers);
  showFaults(faults);
  showExchanges(exchanges);
  if (!byId("hub").hidden && !byId("hub").contains(document.activeElement)) showParties(await control("GET", "/hub/parties"));
}

byId("find-fault").addEventListener("input", findFaults);

async function start() {
  const [health, settings] = await Promise.all([control("GET", "/health"), control("GET", "/settings")]);
  byId("party").textContent = health.party;
  byId("versions-url").textContent = health.versions_url;
  byId("hub").hidden = !health.hub;
  const speeds = [...new Set([1, 10, 60, 300, 1200, settings.fast])].sort((a, b) => a - b);
  byId("fast").replaceChildren(...speeds.map((speed) => element("option", { value: speed, selected: speed === settings.fast }, `${speed}×`)));
  byId("fast").addEventListener("change", (event) => control("PUT", "/settings", { fast: Number(event.target.value) }));
  byId("no-faults").addEventListener("click", () => control("DELETE", "/faults").then(refresh));
  byId("no-exchanges").addEventListener("click", async () => {
    await control("DELETE", "/exchanges");
    byId("exchanges").tBodies[0].replaceChildren();
  });
  byId("invite").addEventListener("click", async () => {
    const { token_a: token } = await control("POST", "/token-a", {});
    byId("invite").replaceWith(element("span", {}, " token A ", element("code", {}, token)));
  });
  byId("register").addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await control("POST", "/register", Object.fromEntries(new FormData(event.target)));
    if (answer.error) alert(answer.error);
    refresh();
  });
  byId("tap").addEventListener("submit", (event) => {
    event.preventDefault();
    atCharger("/tap", Object.fromEntries(new FormData(event.target)));
  });
  byId("charger").addEventListener("click", (event) => {
    const { action, status } = event.target.dataset;
    if (action) atCharger("/" + action);
    if (status) atCharger("/evse-status", { status });
  });
  await refresh();
  setInterval(() => document.hidden || refresh().catch(() => {}), 1500);
}

start();
