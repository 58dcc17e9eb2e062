// Puts the page together round the map: language, legend, list, taps, printing.
(function (P) {
  "use strict";

  function languageSwitch() {
    const button = P.el("button", { type: "button", class: "language" });
    const name = () => {
      const other = P.lang === "zh" ? "en" : "zh";
      button.textContent = other === "zh" ? "中文" : "English";
      button.lang = other === "zh" ? "zh-CN" : "en";
    };
    button.addEventListener("click", () => P.setLanguage(P.lang === "zh" ? "en" : "zh", true));
    P.onLanguage(name);
    name();
    document.getElementById("tools").append(button);
  }

  // Whose data these are stands in the map's corner, on every screen; the text is field text, so it stays text.
  function credit(map) {
    const source = document.querySelector("#credit .source");
    if (!source) return;
    const control = L.control({ position: "bottomright" });
    control.onAdd = () => P.el("div", { class: "credit" }, source.textContent);
    control.addTo(map);
  }

  // A stop's number in the list becomes a button that shows it on the map; so do the rows of other lists and tables.
  function* list(map) {
    const layer = P.layers.stops;
    for (const [i, item] of [...document.querySelectorAll("[data-stop]")].entries()) {
      if (i % 32 === 31) yield;
      const badge = item.querySelector(".no");
      const button = P.el("button", { type: "button", class: badge.className });
      button.append(...badge.childNodes);
      button.addEventListener("click", () => {
        const row = Number(item.dataset.stop);
        if (!layer.table) return;
        map.getContainer().scrollIntoView({ block: "nearest" });
        map.setView(layer.position(row), Math.max(map.getZoom(), 15), { animate: false });
        P.openCards(map, layer.position(row), [{ layer, row }], [0, -14]);
      });
      button.setAttribute("aria-label", P.say("show_on_map") + " " + badge.textContent);
      badge.replaceWith(button);
    }
    yield;
    [["left", "dropped"], ["change", "changes"], ["zone", "zones"]].forEach(([name, kind]) => {
      document.querySelectorAll(`[data-${name}]`).forEach((item) => goes(item, kind, Number(item.dataset[name])));
    });
  }

  // The name in a row (all but its small print) becomes a button that goes to that row on the map.
  function goes(item, kind, row) {
    const place = item.querySelector("th") || item, small = item.querySelector(":scope > .meta");
    const button = P.el("button", { type: "button", class: "goes" });
    button.append(...[...place.childNodes].filter((node) => node !== small));
    button.addEventListener("click", () => P.layers[kind] && P.layers[kind].table && P.goTo(kind, row));
    place.prepend(button);
  }

  // Paper shows everything: lists unfold for the printer and fold again.
  function printing(map) {
    let folded = [];
    addEventListener("beforeprint", () => {
      folded = [...document.querySelectorAll("details:not([open])")];
      folded.forEach((details) => { details.open = true; });
      map.invalidateSize({ animate: false });
      P.stage.redraw();
      P.drawNow();
    });
    addEventListener("afterprint", () => {
      folded.forEach((details) => { details.open = false; });
      map.invalidateSize({ animate: false });
    });
  }

  // Raster tiles below all that is ours, for those who set them: the only thing that a page ever asks for. The text is
  // shown by us, for Leaflet would read it as markup.
  function rasters(map) {
    const { tiles, tilesCredit } = document.documentElement.dataset;
    if (!tiles) return;
    map.createPane("raster").style.zIndex = 100;
    L.tileLayer(tiles, { pane: "raster", maxZoom: map.getMaxZoom() }).addTo(map);
    const control = L.control({ position: "bottomright" });
    control.onAdd = () => P.el("div", { class: "credit" }, tilesCredit);
    control.addTo(map);
  }

  // What the page is put together of, in steps: together they would hold up a finger for a fifth of a second.
  function* steps(map, layers) {
    yield credit(map);
    rasters(map);
    L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
    map.getContainer().setAttribute("role", "region");
    languageSwitch();
    yield P.startLegend(map, map.getSize().x >= 1200); // on a smaller map it would lie on what it explains
    P.answerTaps(map, [["poles", "equipment", "sections"], ["routes"], ["roads"], ["zones"]]);
    printing(map);
    P.onTheme(() => P.stage.redraw());
    P.onLanguage(() => {
      layers.forEach((layer) => layer._update && layer._update());
      if (P.zonesOf) {
        P.buildFilters();
        P.startSearch();
      }
      P.relabel(map);
    });
    yield* list(map);
    yield;
    P.setLanguage(P.lang, false);
  }

  P.start = function (map) {
    P.map = map;
    P.reading = true;
    P.from = document.querySelector(".top").dataset.from;
    map.attributionControl.setPrefix("Leaflet");
    const layers = Object.values(P.layers);
    const built = (async () => {
      for (const _ of steps(map, layers)) await P.rest();
    })();
    P.ready = Promise.all([built.then(P.startFilters), ...layers.map((layer) => layer.ready)]).then(() => {
      P.startSearch();
      P.reading = false;
      P.stage.hurry();
      const ready = () => {
        document.documentElement.dataset.readyMs = Math.round(performance.now());
        document.documentElement.dataset.ready = "yes";
      };
      if (P.drawn()) ready();
      else document.addEventListener("patrol-drawn", ready, { once: true });
    });
  };
})(window.Patrol);
