// Which day and which crews are shown, on the map and in the list alike.
(function (P) {
  "use strict";
  const state = { day: "", off: new Set() }; // every day is ""; crews that were switched off
  P.state = state;

  // Whether a shift (a row of the block "shifts") is shown.
  P.shows = function (shift) {
    const day = P.shifts.get(shift, "date"), crew = P.shifts.get(shift, "crew_id");
    return (!state.day || day === state.day) && !state.off.has(crew);
  };

  P.applyFilters = function () {
    const visible = Array.from({ length: P.shifts.rows }, (_, shift) => P.shows(shift));
    ["routes", "stops"].forEach((name) => {
      const layer = P.layers[name];
      if (layer) layer.ready.then(() => layer.setFilter((table, row) => visible[table.get(row, "shift")]));
    });
    document.querySelectorAll("[data-shift]").forEach((e) => { e.hidden = !visible[Number(e.dataset.shift)]; });
    document.querySelectorAll("[data-day]").forEach((e) => {
      e.hidden = !Array.from(e.querySelectorAll("[data-shift]")).some((shift) => !shift.hidden);
      if (state.day && e.dataset.day === state.day) e.open = true;
    });
    const count = document.getElementById("crew-count");
    if (count) count.textContent = P.say("crews_shown", { n: crews().length - state.off.size, all: crews().length });
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

  function dayName(iso) {
    const day = new Date(iso + "T00:00:00Z");
    const week = day.toLocaleDateString(P.lang === "zh" ? "zh-CN" : "en-GB", { weekday: "short", timeZone: "UTC" });
    return week + " " + iso.slice(5).replace("-", P.lang === "zh" ? "/" : "-");
  }

  function days() {
    const found = new Set();
    for (let row = 0; row < P.shifts.rows; row++) found.add(P.shifts.get(row, "date"));
    return [...found].sort();
  }

  function dayChoice() {
    const chip = (value, text) => {
      const input = P.el("input", { type: "radio", name: "day", value, checked: value === state.day && "checked" });
      input.addEventListener("change", () => { state.day = value; P.applyFilters(); });
      return P.el("label", { class: "chip" }, input, P.el("span", null, text));
    };
    return P.el("fieldset", { class: "chips" }, P.el("legend", null, P.say("day")),
      ...days().map((iso) => chip(iso, dayName(iso))), chip("", P.say("all_days")));
  }

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
    const place = document.getElementById("filters");
    if (!P.shifts.rows) return;
    const open = Boolean(place.querySelector("details[open]"));
    place.replaceChildren(dayChoice(), crewChoice(open));
    place.hidden = false;
    P.applyFilters();
  };

  P.startFilters = function () {
    return P.load("shifts").then((table) => {
      P.shifts = table;
      state.day = days()[0] || "";
      P.buildFilters();
    });
  };
})(window.Patrol);
