// What became of each stop: done, partly, not reached; with reasons, poles and what was found.
(function (P) {
  "use strict";
  const OUTCOMES = [["done", "✓"], ["partly", "◐"], ["not_done", "✕"]];
  const REASONS = ["road", "locked", "weather", "danger", "time", "vehicle", "other"];
  const FINDINGS = ["verified", "refuted", "rectified"];
  const FOUND_NOTHING = { verified: false, refuted: true }; // what a look at a hazard says of it
  const boxes = new Map(); // by code: {stop, box, drawn}

  P.resultOf = (stop) => P.state.results[stop.task_id];

  function set(stop, outcome) {
    P.change("!" + outcome + stop.code, ({ results }) => {
      if (results[stop.task_id] && results[stop.task_id].outcome === outcome) {
        delete results[stop.task_id];
      } else {
        const poles = outcome === "partly" ? { from_pole: stop.poles[0], to_pole: "" } : {};
        results[stop.task_id] = { id: P.idOf(stop.task_id), outcome, captured_at: P.now(), ...poles };
      }
    });
  }

  // A labelled field whose value is a part of the result.
  function field(stop, name, word, control) {
    const id = name + "-" + stop.code;
    control.id = id;
    if (control.type === "checkbox") control.checked = Boolean(P.resultOf(stop)[name]);
    else control.value = P.resultOf(stop)[name] || "";
    control.addEventListener("input", () => {
      P.change(id, ({ results }) => {
        results[stop.task_id][name] = control.type === "checkbox" ? control.checked : control.value;
      });
    });
    const label = P.el("label", { for: id, "data-say": word }, P.say(word));
    return P.el("p", { class: control.type === "checkbox" ? "field check" : "field" }, label, control);
  }

  const text = (limit) => P.el("input", { type: "text", maxlength: limit, autocomplete: "off" });

  function choice(prefix, values) {
    const select = P.el("select", null, P.el("option", { value: "", "data-say": prefix + "none" }, P.say(prefix + "none")));
    values.forEach((value) => {
      select.append(P.el("option", { value, "data-say": prefix + value }, P.say(prefix + value)));
    });
    return select;
  }

  function fields(stop, outcome) {
    const out = [];
    if (outcome === "partly") {
      out.push(P.el("div", { class: "pair" }, field(stop, "from_pole", "poles_from", text(40)),
        field(stop, "to_pole", "poles_to", text(40))));
    }
    if (outcome !== "done") out.push(field(stop, "why", "reason", choice("reason_", REASONS)));
    if (outcome !== "not_done" && stop.kind === "section") {
      out.push(field(stop, "found_nothing", "found_nothing", P.el("input", { type: "checkbox" })));
    }
    if (outcome === "done" && stop.kind === "hazard") {
      out.push(field(stop, "finding", "finding", choice("finding_", FINDINGS)));
    }
    out.push(field(stop, "note", "note", P.el("textarea", { rows: 2, maxlength: 2000 })));
    return out;
  }

  function draw(entry) {
    const { stop, box } = entry, result = P.resultOf(stop), outcome = result ? result.outcome : "";
    const item = box.closest("li"), focused = box.contains(document.activeElement) && document.activeElement.dataset.outcome;
    const buttons = OUTCOMES.map(([name, sign]) => {
      const word = P.el("span", { "data-say": name }, P.say(name));
      const button = P.el("button", { type: "button", class: "outcome " + name, "aria-pressed": String(name === outcome),
        "data-outcome": name }, P.el("span", { "aria-hidden": "true" }, sign), word);
      button.addEventListener("click", () => set(stop, name));
      return button;
    });
    const group = P.el("div", { class: "outcomes", role: "group", "aria-label": P.say("outcome") + " " + stop.code }, ...buttons);
    box.replaceChildren(group, ...(outcome ? fields(stop, outcome) : []));
    box.hidden = false;
    item.dataset.outcome = outcome;
    entry.drawn = outcome;
    if (focused) box.querySelector(`[data-outcome="${focused}"]`).focus();
  }

  // After a letter typed only the result has changed, and the field must keep its focus.
  P.drawResults = function (all) {
    boxes.forEach((entry) => {
      const result = P.resultOf(entry.stop);
      if (all || entry.drawn !== (result ? result.outcome : "")) draw(entry);
    });
  };

  P.startResults = function (shift) {
    shift.stops.forEach((stop) => {
      const item = document.getElementById("stop-" + stop.code);
      boxes.set(stop.code, { stop, box: item.querySelector(".doing"), drawn: null });
    });
    P.drawResults(true);
    P.onState(P.drawResults);
  };

  // The results of a report: empty parts are left out, a reason is said in words.
  P.results = function (shift) {
    return shift.stops.filter(P.resultOf).map((stop) => {
      const result = P.resultOf(stop), out = { id: result.id, task_id: stop.task_id, outcome: result.outcome,
        captured_at: result.captured_at };
      if (result.outcome === "partly") {
        ["from_pole", "to_pole"].forEach((name) => { if (result[name]) out[name] = result[name]; });
      }
      if (result.outcome !== "done" && result.why) out.reason = P.say("reason_" + result.why);
      if (result.outcome !== "not_done" && result.found_nothing) out.found_nothing = true;
      if (result.outcome === "done" && result.finding in FOUND_NOTHING) out.found_nothing = FOUND_NOTHING[result.finding];
      if (result.note && result.note.trim()) out.note = result.note.trim();
      return out;
    });
  };

  // Hazards that were found dealt with, as reports of them: a result cannot say so.
  P.findings = function (shift) {
    const gone = (stop) => (P.resultOf(stop) || {}).outcome === "done" && P.resultOf(stop).finding === "rectified";
    return shift.stops.filter((stop) => stop.kind === "hazard" && gone(stop)).map((stop) => {
      const out = { id: P.idOf("finding/" + stop.task_id), captured_at: P.resultOf(stop).captured_at, task_id: stop.task_id,
        lon: stop.lon, lat: stop.lat, state: "rectified" };
      if (stop.type) out.type = stop.type;
      return out;
    });
  };
})(window.Patrol);
