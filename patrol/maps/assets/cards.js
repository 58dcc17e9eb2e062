// What a tap tells: cards built when they are asked for, of text nodes only, so that nothing in them can run.
//
// A layer's option card = {word, code, title, rows: [[word, column, format]]}; a column with a star is in the
// language of the page, a row without a value is left out; code is the column that stands before the title, if any.
(function (P) {
  "use strict";
  const locale = () => (P.lang === "zh" ? "zh-CN" : "en-GB");
  const number = (value, digits) => Number(value).toLocaleString(locale(), { maximumFractionDigits: digits });
  const FORMATS = {
    text: (value) => String(value),
    number: (value) => number(value, 0),
    days: (value) => P.say("n_days", { n: number(value, 0) }),
    km: (value) => (value ? number(value, 1) + " km" : ""),
    m: (value) => number(value, 0) + " m",
    clock: (value) => String(Math.floor(value / 60)).padStart(2, "0") + ":" + String(value % 60).padStart(2, "0"),
    hours: (value) => number(value, 1) + " h",
    percent: (value) => number(value, 0) + " %",
    since: (value) => FORMATS.days((Date.parse(P.from) - Date.parse(value)) / 864e5),
    yes: (value) => (value ? P.say("yes") : ""),
  };
  P.clock = FORMATS.clock;

  // "risk_" as a format looks the value up as the word risk_<value>; without such a word it stays as it is.
  function shown(value, format) {
    if (value === null || value === undefined || value === "") return "";
    if (FORMATS[format]) return FORMATS[format](value);
    return P.has(format + value) ? P.say(format + value) : String(value);
  }

  // What a page has below the facts of a card, such as a button; none here.
  P.cardFoot = () => null;

  P.card = function (layer, row) {
    const { card } = layer.options, list = P.el("dl", null);
    card.rows.forEach(([word, column, format]) => {
      const text = shown(layer.table.get(row, column), format || "text");
      if (text) list.append(P.el("dt", null, P.say(word)), P.el("dd", null, text));
    });
    const code = card.code && layer.table.get(row, card.code);
    const title = [code, layer.table.get(row, card.title)].filter(Boolean).join(" · ");
    return P.el("section", { class: "card" }, P.el("p", { class: "kind" }, P.say(card.word)),
      title ? P.el("p", { class: "title" }, title) : null, list, P.cardFoot(layer, row));
  };

  P.openCards = function (map, latlng, hits, offset) {
    const build = () => P.el("div", { class: "cards" }, ...hits.map((hit) => P.card(hit.layer, hit.row)));
    const popup = L.popup({ maxWidth: 320, maxHeight: 320, autoPanPadding: [12, 12], offset: offset || [0, 0] });
    popup.rebuild = () => popup.setContent(build());
    popup.setLatLng(latlng).setContent(build()).openOn(map);
    return popup;
  };

  P.stopLabel = function (table, row) {
    const what = table.get(row, "label*") || P.say("kind_" + table.get(row, "kind"));
    return [table.get(row, "number") || "", FORMATS.clock(table.get(row, "arrive")), what].join(" ").trim();
  };

  // A tap on the canvas. The groups answer in turn, and the first that has something to tell is heard: a
  // section knows who comes and when, so the route on it need not say it again; a zone is everywhere.
  P.answerTaps = function (map, groups) {
    map.on("click", (event) => {
      if (P.picking) return null; // this tap says where a hazard is
      for (const group of groups) {
        const hits = [];
        group.map((name) => P.layers[name]).forEach((layer) => {
          if (!layer || !layer.table || !map.hasLayer(layer)) return;
          layer.hits(event.latlng).slice(0, 2).forEach((hit) => hits.push({ layer, row: hit.row }));
        });
        if (hits.length) return P.openCards(map, event.latlng, hits);
      }
      return null;
    });
    // Who opened a card by keyboard goes on reading in it, and comes back to where they were.
    let from = null;
    map.on("popupopen", (event) => {
      const close = event.popup._closeButton, scrolled = event.popup._contentNode;
      if (scrolled && scrolled.scrollHeight > scrolled.clientHeight) scrolled.tabIndex = 0;
      if (!close) return;
      close.title = P.say("close");
      close.setAttribute("aria-label", P.say("close"));
      const focused = document.activeElement;
      from = focused && focused !== document.body ? focused : null;
      if (from && from.matches(":focus-visible")) close.focus();
    });
    map.on("popupclose", () => { if (from && from.isConnected) from.focus({ preventScroll: true }); });
  };

  // Name what Leaflet put on the map, the numbers of the list and the open card in the present language.
  P.relabel = function (map) {
    const box = map.getContainer();
    box.setAttribute("aria-label", P.say("map"));
    const name = (selector, word) => box.querySelectorAll(selector).forEach((e) => {
      e.title = P.say(word);
      e.setAttribute("aria-label", P.say(word));
    });
    name(".leaflet-control-zoom-in", "zoom_in");
    name(".leaflet-control-zoom-out", "zoom_out");
    name(".leaflet-control-layers-toggle", "layers");
    document.querySelectorAll("[data-stop] button.no").forEach((button) => {
      button.setAttribute("aria-label", P.say("show_on_map") + " " + button.textContent);
    });
    if (map._popup && map._popup.rebuild && map.hasLayer(map._popup)) map._popup.rebuild();
  };
})(window.Patrol);
