// What is shown, on the map and in the list alike: day, party, crews, zone; hazards by state and age. And by what
// the sections are coloured.
(function (P) {
  "use strict";
  // Everything is ""; crews that were switched off
  const state = { day: "", party: "", zone: "", off: new Set(), state: "", age: "", colouring: "value" };
  P.state = state;
  const AGES = [0, 8, 31, 91, Infinity]; // days from which a group of ages begins

  // Whether a shift (a row of the block "shifts") is shown; in a zone are the shifts that work there.
  P.shows = function (shift) {
    const is = (name) => P.shifts.get(shift, name);
    return (!state.day || is("date") === state.day) && (!state.party || is("party") === state.party) &&
      (!state.zone || P.zonesOf[shift].has(state.zone)) && !state.off.has(is("crew_id"));
  };
  const inZone = (table, row) => !state.zone || !table.columns.zone_id || table.get(row, "zone_id") === state.zone;

  function hazardShown(table, row) {
    if (!inZone(table, row) || (state.state && table.get(row, "state") !== state.state)) return false;
    if (state.age === "") return true;
    const age = Math.max(0, table.get(row, "age") || 0), group = Number(state.age);
    return age >= AGES[group] && age < AGES[group + 1];
  }

  P.applyFilters = function () {
    const visible = Array.from({ length: P.shifts.rows }, (_, shift) => P.shows(shift));
    const shown = (table, row) => visible[table.get(row, "shift")];
    const ofZone = state.zone ? inZone : null; // none keeps what is drawn
    const keeps = {
      routes: shown, stops: (table, row) => shown(table, row) && inZone(table, row),
      hazards: state.zone || state.state || state.age ? hazardShown : null,
      sections: ofZone, dropped: ofZone, changes: ofZone,
    };
    Object.entries(keeps).forEach(([name, keep]) => {
      const layer = P.layers[name];
      if (layer) layer.ready.then(() => layer.setFilter(keep));
    });
    const rows = (name, layer) => document.querySelectorAll(`[data-${name}]`).forEach((e) => {
      const { table } = P.layers[layer] || {};
      if (table) e.hidden = !inZone(table, Number(e.getAttribute("data-" + name)));
    });
    rows("left", "dropped");
    rows("change", "changes");
    document.querySelectorAll("[data-shift]").forEach((e) => { e.hidden = !visible[Number(e.dataset.shift)]; });
    document.querySelectorAll("[data-day]").forEach((e) => {
      e.hidden = !Array.from(e.querySelectorAll("[data-shift]")).some((shift) => !shift.hidden);
      if (state.day && e.dataset.day === state.day) e.open = true;
    });
    const count = document.getElementById("crew-count"), all = crews();
    const on = all.filter((crew) => !state.off.has(crew.id) && (!state.party || crew.party === state.party));
    if (count) count.textContent = P.say("crews_shown", { n: on.length, all: all.length });
  };

  // Crews as they appear in the shifts: [{id, party, colour, row}], by party and name.
  function crews() {
    const seen = new Map();
    for (let row = 0; row < P.shifts.rows; row++) {
      const id = P.shifts.get(row, "crew_id");
      if (!seen.has(id)) seen.set(id, { id, row, party: P.shifts.get(row, "party"), colour: P.shifts.get(row, "colour") });
    }
    const parties = [...new Set([...seen.values()].map((crew) => crew.party))];
    return [...seen.values()].sort((a, b) => parties.indexOf(a.party) - parties.indexOf(b.party));
  }

  function dayName(iso) { // by words of ours: to ask for a DateTimeFormat takes a phone a tenth of a second
    const day = P.say("weekdays").split(" ")[(new Date(iso + "T00:00:00Z").getUTCDay() + 6) % 7];
    return day + " " + iso.slice(5).replace("-", P.lang === "zh" ? "/" : "-");
  }

  function values(table, column) {
    if (table.words[column]) return [...table.words[column]].sort();
    const found = new Set();
    for (let row = 0; row < table.rows; row++) found.add(table.get(row, column));
    return [...found].sort();
  }

  function dayChoice() {
    const chip = (value, text) => {
      const input = P.el("input", { type: "radio", name: "day", value, checked: value === state.day && "checked" });
      input.addEventListener("change", () => { state.day = value; P.applyFilters(); });
      return P.el("label", { class: "chip" }, input, P.el("span", null, text));
    };
    return P.el("fieldset", { class: "chips" }, P.el("legend", null, P.say("day")),
      ...values(P.shifts, "date").map((iso) => chip(iso, dayName(iso))), chip("", P.say("all_days")));
  }

  // A list to choose from: [[value, text]]; nothing where there is no choice.
  function choice(word, key, options, then) {
    if (options.length < 3) return null; // "all" and one
    const list = P.el("select", { "data-choice": key }, ...options.map(([value, text]) =>
      P.el("option", { value, selected: value === state[key] && "selected" }, text)));
    list.addEventListener("change", () => { state[key] = list.value; (then || P.applyFilters)(); });
    return P.el("label", { class: "choice" }, P.el("span", null, P.say(word)), list);
  }

  function zoneOptions() {
    const { table } = P.layers.zones, options = [];
    for (let row = 0; row < table.rows; row++) {
      const id = table.get(row, "zone_id");
      options.push([id, table.get(row, "name*") || id]);
    }
    return [["", P.say("all_zones")], ...options.sort((a, b) => (a[0] < b[0] ? -1 : 1))];
  }

  function choices() {
    const hazards = P.layers.hazards.table;
    const parties = values(P.shifts, "party").map((party) => [party, P.say("party_" + party)]);
    const states = "state" in hazards.columns ? values(hazards, "state") : [];
    const ages = AGES.slice(0, -1).map((low, i) => [String(i), P.say("days_old", {
      n: AGES[i + 1] === Infinity ? "≥ " + low : low + "–" + (AGES[i + 1] - 1),
    })]);
    const colours = Object.keys(P.layers.sections.options.colourings || {}).map((name) => [name, P.say("colour_" + name)]);
    const name = (one) => (P.has("state_" + one) ? P.say("state_" + one) : one);
    return P.el("div", { class: "choices" },
      choice("colouring", "colouring", colours, P.applyColouring),
      choice("party", "party", [["", P.say("all_parties")], ...parties]),
      choice("zone", "zone", zoneOptions(), () => { P.applyFilters(); P.showZone(state.zone); }),
      hazards.rows ? choice("hazard_state", "state", [["", P.say("all_states")], ...states.map((s) => [s, name(s)])]) : null,
      hazards.rows ? choice("hazard_age", "age", [["", P.say("all_ages")], ...ages]) : null);
  }

  P.applyColouring = function () {
    const { sections, zones } = P.layers, name = state.colouring, way = (sections.options.colourings || {})[name];
    if (!way) return;
    sections.setStyles(way.by, way.styles);
    const [by, styles] = name === "load" ? ["load", zones.options.loads] : [null, zones.options.loads.slice(0, 1)];
    zones.setStyles(by, styles);
    document.querySelectorAll("[data-colouring]").forEach((e) => {
      e.hidden = !e.dataset.colouring.split(" ").includes(name);
    });
    const head = document.getElementById("colouring-name");
    if (head) head.textContent = P.say("colour_" + name);
  };

  // Bring a zone into view.
  P.showZone = function (id) {
    const { table } = P.layers.zones;
    for (let part = 0; id && part < table.parts; part++) {
      if (table.get(table.rowOf[part], "zone_id") !== id) continue;
      const points = [];
      for (let i = table.first[part]; i < table.first[part + 1]; i++) points.push(table.latlng(i));
      P.map.fitBounds(L.latLngBounds(points), { animate: false, padding: [12, 12] });
      return;
    }
  };

  function crewChoice(open) {
    const rows = crews(), boxes = [];
    let party = null;
    const list = P.el("div", { class: "crews" });
    rows.forEach((crew) => {
      if (crew.party !== party) list.append(P.el("p", { class: "party" }, P.say("party_" + (party = crew.party))));
      const box = P.el("input", { type: "checkbox", checked: !state.off.has(crew.id) && "checked" });
      box.addEventListener("change", () => {
        if (box.checked) state.off.delete(crew.id);
        else state.off.add(crew.id);
        P.applyFilters();
      });
      boxes.push(box);
      const name = P.shifts.get(crew.row, "crew*") || crew.id;
      list.append(P.el("label", null, box, P.el("span", { class: "swatch route-" + crew.colour }), P.el("span", null, name)));
    });
    const all = (word, on) => {
      const button = P.el("button", { type: "button" }, P.say(word));
      button.addEventListener("click", () => {
        state.off = new Set(on ? [] : rows.map((crew) => crew.id));
        boxes.forEach((box) => { box.checked = on; });
        P.applyFilters();
      });
      return button;
    };
    const summary = P.el("summary", null, P.el("span", { id: "crew-count" }));
    return P.el("details", { class: "crew-choice", open: open && "open" }, summary,
      P.el("div", { class: "buttons" }, all("all_crews", true), all("no_crews", false)), list);
  }

  P.buildFilters = function () {
    const place = document.getElementById("filters"), open = Boolean(place.querySelector("details[open]"));
    place.replaceChildren(...(P.shifts.rows ? [dayChoice(), choices(), crewChoice(open)] : [choices()]));
    place.hidden = false;
    P.applyColouring();
    P.applyFilters();
  };

  // Shifts, and the zones in which each works; then the filters can be built.
  P.startFilters = async function () {
    P.shifts = await P.load("shifts");
    await Promise.all(["stops", "zones", "hazards"].map((name) => P.layers[name].ready));
    const stops = P.layers.stops.table;
    P.zonesOf = Array.from({ length: P.shifts.rows }, () => new Set());
    for (let row = 0; row < stops.rows; row++) P.zonesOf[stops.get(row, "shift")].add(stops.get(row, "zone_id"));
    state.day = values(P.shifts, "date")[0] || "";
    await P.rest();
    P.buildFilters();
  };
})(window.Patrol);
