// Search by line, pole, section, hazard, place, code of a stop: every word of the question must stand in the name, in either
// language. It reads the packed blocks in slices, so a county of 200,000 spans answers without a stutter.
(function (P) {
  "use strict";
  const MOST = 6; // of each kind
  const WAIT = 180; // milliseconds without a key before the search begins
  const plain = (text) => String(text).normalize("NFKC").toLowerCase();

  // What is searched: layer, words of a row, and what a find is called. Exact finds come first.
  const both = (table, row, name) => table.get(row, name) + " " + table.get(row, name + "_zh");
  const KINDS = {
    sections: {
      words: (t, row) => both(t, row, "label") + " " + t.get(row, "feeder_id"),
      name: (t, row) => t.get(row, "label*"),
      exact: (t, row) => [t.get(row, "first_pole"), t.get(row, "last_pole")],
    },
    poles: {
      words: (t, row) => [lineOf(t.get(row, "feeder_id")), t.get(row, "branch"), t.get(row, "pole_no")].join(" "),
      name: (t, row) => [shortLine(t.get(row, "feeder_id")), t.get(row, "branch"), t.get(row, "pole_no")].filter(Boolean).join(" "),
      exact: (t, row) => [t.get(row, "pole_no")],
    },
    hazards: {
      words: (t, row) => [t.get(row, "hazard_id"), both(t, row, "type"), lineOf(t.get(row, "feeder_id")),
        t.get(row, "pole_no"), t.get(row, "description")].join(" "),
      name: (t, row) => [t.get(row, "type*"), t.get(row, "hazard_id")].join(" · "),
      exact: (t, row) => [t.get(row, "hazard_id"), t.get(row, "pole_no")],
    },
    stops: { words: (t, row) => (t.get(row, "kind") === "section" ? "" : both(t, row, "label")),
      name: (t, row) => P.stopLabel(t, row) },
    dropped: { words: (t, row) => (t.get(row, "kind") === "section" ? "" : both(t, row, "label")),
      name: (t, row) => t.get(row, "label*") },
    equipment: { words: (t, row) => both(t, row, "name"), name: (t, row) => t.get(row, "name*") },
    zones: { words: (t, row) => both(t, row, "name") + " " + t.get(row, "zone_id"), name: (t, row) => t.get(row, "name*") },
    names: { words: (t, row) => both(t, row, "name"), name: (t, row) => t.get(row, "name*") },
  };
  const HEADS = { sections: "section", poles: "pole", hazards: "hazard", stops: "stop", dropped: "dropped_task",
    equipment: "equipment", zones: "zone", names: "place", lines: "feeder" };

  // Lines by id: names in both languages, and the rows of their sections.
  let lines = null;
  const lineOf = (id) => (lines.has(id) ? lines.get(id).words : id);
  const shortLine = (id) => (lines.has(id) && lines.get(id).name()) || id;
  async function readLines() {
    if (lines) return;
    const found = new Map(), { table } = P.layers.sections;
    await P.inSlices(table.rows, 2048, (from, to) => {
      for (let row = from; row < to; row++) {
        const id = table.get(row, "feeder_id"), line = found.get(id);
        if (line) {
          line.last = row;
          line.rows.push(row);
        } else {
          const words = [id, table.get(row, "line_name"), table.get(row, "line_name_zh")].filter(Boolean).join(" ");
          found.set(id, { rows: [row], words, name: () => table.get(row, "line_name*") || id });
        }
      }
    });
    lines = found;
  }

  // The row of the stop that a question calls by its code, as replies do ("60", or "#5b56 60" after the plan's tag).
  function stopByCode(tokens) {
    const tag = document.querySelector(".top .tag"), { table } = P.layers.stops || {};
    const said = tokens.filter((token) => !tag || token !== tag.textContent);
    if (!table || said.length !== 1) return [];
    for (let row = 0; row < table.rows; row++) {
      const code = table.get(row, "number");
      if (code && String(code) === said[0]) return [row];
    }
    return [];
  }

  // Finds of a question: [{kind, row, name, exact}], the first MOST of each kind, a code before all; null
  // if another came meanwhile.
  let asked = 0;
  P.find = async function (question) {
    const turn = ++asked, tokens = plain(question).split(/\s+/).filter(Boolean);
    const isIn = (text) => { const all = plain(text); return tokens.every((token) => all.includes(token)); };
    if (!tokens.length) return [];
    await readLines();
    if (P.layers.poles) await P.layers.poles.need();
    const coded = stopByCode(tokens);
    const finds = coded.map((row) => ({ kind: "stops", row, name: KINDS.stops.name(P.layers.stops.table, row) }));
    [...lines].filter(([, line]) => isIn(line.words)).slice(0, MOST)
      .forEach(([id, line]) => finds.push({ kind: "lines", row: id, name: line.name() }));
    for (const [kind, { words, name, exact }] of Object.entries(KINDS)) {
      const table = (P.layers[kind] || {}).table, exactly = [], others = [];
      if (!table) continue;
      await P.inSlices(table.rows, 512, (from, to) => {
        if (turn !== asked) return;
        for (let row = from; row < to; row++) {
          if (!isIn(words(table, row)) || (kind === "stops" && coded.includes(row))) continue;
          const whole = exact && exact(table, row).some((value) => tokens.includes(plain(value)));
          if (whole ? exactly.length < MOST : others.length < MOST) (whole ? exactly : others).push(row);
        }
      });
      if (turn !== asked) return null;
      [...exactly, ...others].slice(0, MOST).forEach((row) => finds.push({ kind, row, name: name(table, row) }));
    }
    return finds;
  };

  // The place of a row: the middle of a line, inside an area, the point itself.
  function pointsOf(table, row) {
    if (!table.rowOf) return [table.latlng(row)];
    const points = [];
    let part = 0, end = table.parts; // parts are in the order of rows
    while (part < end) {
      const middle = (part + end) >> 1;
      if (table.rowOf[middle] < row) part = middle + 1;
      else end = middle;
    }
    for (; part < table.parts && table.rowOf[part] === row; part++) {
      for (let i = table.first[part]; i < table.first[part + 1]; i++) points.push(table.latlng(i));
    }
    return points;
  }

  // Show a row on the map and open its card.
  P.goTo = function (kind, row) {
    const { map } = P, layer = P.layers[kind];
    map.getContainer().scrollIntoView({ block: "nearest" });
    if (!map.hasLayer(layer)) map.addLayer(layer);
    const points = pointsOf(layer.table, row), bounds = L.latLngBounds(points);
    if (points.length > 1) map.fitBounds(bounds, { animate: false, maxZoom: 17, padding: [40, 40] });
    else map.setView(points[0], Math.max(map.getZoom(), 16), { animate: false });
    const at = kind === "zones" ? bounds.getCenter() : points[points.length >> 1];
    if (layer.options.card) P.openCards(map, at, [{ layer, row }]);
  };
  function goToLine(id) {
    const { table } = P.layers.sections, bounds = L.latLngBounds([]);
    lines.get(id).rows.forEach((row) => pointsOf(table, row).forEach((point) => bounds.extend(point)));
    P.map.getContainer().scrollIntoView({ block: "nearest" });
    P.map.fitBounds(bounds, { animate: false, padding: [24, 24] });
  }

  function show(place, finds) {
    const list = P.el("ul", { class: "finds" });
    let head = null;
    finds.forEach(({ kind, row, name }) => {
      if (kind !== head) list.append(P.el("li", { class: "head" }, P.say(HEADS[head = kind])));
      const button = P.el("button", { type: "button" }, name || P.say(HEADS[kind]));
      button.addEventListener("click", () => (kind === "lines" ? goToLine(row) : P.goTo(kind, row)));
      list.append(P.el("li", null, button));
    });
    const told = P.el("p", { role: "status" }, P.say(finds.length ? "found" : "nothing_found", { n: finds.length }));
    place.replaceChildren(told, ...(finds.length ? [list] : []));
  }

  P.startSearch = function () {
    const place = document.getElementById("search"), before = place.querySelector("input");
    const input = P.el("input", { type: "search", id: "question", autocomplete: "off", spellcheck: "false" });
    const results = P.el("div", { class: "results" });
    let timer = 0;
    const ask = async () => {
      const question = input.value.trim();
      if (!question) return results.replaceChildren();
      const finds = await P.find(question);
      if (finds) show(results, finds);
      return null;
    };
    input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, WAIT); });
    input.addEventListener("keydown", (event) => {
      const first = results.querySelector("button");
      if (event.key === "Escape") { input.value = ""; ask(); }
      if (event.key === "Enter" && first) first.click();
      if (event.key === "ArrowDown" && first) { event.preventDefault(); first.focus(); }
    });
    results.addEventListener("keydown", (event) => {
      const buttons = [...results.querySelectorAll("button")], at = buttons.indexOf(document.activeElement);
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      (buttons[at + step] || (step < 0 ? input : buttons[at])).focus();
    });
    place.replaceChildren(P.el("label", { for: "question" }, P.say("search")), input, results);
    place.hidden = false;
    if (before && before.value) { input.value = before.value; ask(); } // the language changed
  };
})(window.Patrol);
