// Puts a field page together: the language, the bar at the foot, the map beside or over the list.
(function (P) {
  "use strict";
  const root = document.documentElement;

  // Said to everybody: shown at the foot, and read out. What is short goes by itself, the rest at a tap.
  let fading = 0;
  P.announce = function (text) {
    const place = document.getElementById("said");
    place.textContent = text;
    place.hidden = false;
    clearTimeout(fading);
    if (text.length < 40) fading = setTimeout(() => { place.hidden = true; }, 6000);
  };

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
    document.getElementById("tools").replaceChildren(button);
  }

  // On a phone the map lies over the list, or waits behind it with its size kept.
  P.showMap = function (show) {
    root.classList.toggle("show-map", show);
    const button = document.getElementById("map-button");
    button.setAttribute("aria-pressed", String(show));
    button.lastChild.textContent = P.say(show ? "show_list" : "show_map");
    if (P.map) P.map.invalidateSize({ animate: false });
  };

  function bar() {
    const button = (sign, word, answer, more) => {
      const made = P.el("button", { type: "button", ...more }, P.el("span", { class: "sign", "aria-hidden": "true" }, sign),
        P.el("span", { "data-say": word }));
      made.addEventListener("click", answer);
      return made;
    };
    const said = P.el("p", { id: "said", role: "status" });
    said.addEventListener("click", () => { said.hidden = true; });
    document.body.append(P.el("footer", { class: "bar" }, said,
      P.el("div", { id: "owed", class: "urgent", role: "alert", hidden: "hidden" }), P.el("p", { id: "kept" }), P.el("div", { class: "bar-buttons" },
      button("▦", "show_map", () => P.showMap(!root.classList.contains("show-map")), { id: "map-button" }),
      button("⚠", "new_hazard", () => P.reportHazard(null), { id: "hazard-button" }),
      button("↶", "undo", () => P.announce(P.say(P.undo() ? "undone" : "nothing_to_undo")), { id: "undo-button" }),
      button("⇧", "send", () => P.send(), { id: "send-button", class: "main" }))));
  }

  P.drawBar = function () {
    const place = document.getElementById("kept"), { stops } = P.shift, filled = stops.filter(P.resultOf).length;
    const parts = [P.say("progress", { n: filled, all: stops.length })];
    if (P.state.dirty) parts.push(P.say("unsent"));
    place.textContent = P.kept ? parts.join(" · ") : P.say("not_kept");
    place.classList.toggle("fault", !P.kept);
    root.classList.toggle("unsent", P.state.dirty);
  };

  // A stop's number in the list becomes a button that shows it on the map.
  function list(map) {
    const layer = P.layers.stops;
    document.querySelectorAll("[data-stop]").forEach((item) => {
      const badge = item.querySelector(".no");
      const button = P.el("button", { type: "button", class: badge.className });
      button.append(...badge.childNodes);
      button.addEventListener("click", () => {
        const row = Number(item.dataset.stop);
        if (!layer.table) return;
        P.showMap(true);
        map.setView(layer.position(row), Math.max(map.getZoom(), 15), { animate: false });
        P.openCards(map, layer.position(row), [{ layer, row }], [0, -14]);
      });
      badge.replaceWith(button);
    });
  }

  // And the card of a stop leads back to its place in the list, where it is filled in.
  function fillIn(code) {
    const item = document.getElementById("stop-" + code);
    P.map.closePopup(); // first: it gives the focus back to the map
    P.showMap(false);
    item.tabIndex = -1;
    item.focus({ preventScroll: true });
    item.scrollIntoView({ block: "start" });
  }
  P.cardFoot = function (layer, row) {
    const code = layer === P.layers.stops && layer.table.get(row, "number");
    if (!code) return null;
    const button = P.el("button", { type: "button", class: "main" }, P.say("fill_in"));
    button.addEventListener("click", () => fillIn(code));
    return button;
  };

  // The map fits between the bar at the top and the bar at the foot, however many lines these have.
  function fit() {
    const heights = { "--head": document.querySelector(".top"), "--foot": document.querySelector(".bar") };
    const measure = () => {
      Object.entries(heights).forEach(([name, bar]) => root.style.setProperty(name, bar.offsetHeight + "px"));
      P.map.invalidateSize({ animate: false });
    };
    const watch = new ResizeObserver(measure);
    Object.values(heights).forEach((bar) => watch.observe(bar));
    measure();
  }

  function credit(map) {
    const source = document.querySelector("#credit .source");
    if (!source) return;
    const control = L.control({ position: "bottomright" });
    control.onAdd = () => P.el("div", { class: "credit" }, source.textContent);
    control.addTo(map);
  }

  function begin(map, shift) {
    P.shift = shift;
    P.openState(shift);
    P.startResults(shift);
    P.startTrack(map);
    P.onState(P.drawBar);
    P.onLanguage(() => {
      P.drawResults(true);
      P.drawBar();
      P.relabel(map);
      P.showMap(root.classList.contains("show-map"));
    });
    const layers = Object.values(P.layers);
    P.onLanguage(() => layers.forEach((layer) => layer._update && !layer.redraw && layer._update()));
    P.setLanguage(P.lang, false);
    P.startHazards(map);
    P.dropPhotos();
  }

  P.start = function (map) {
    P.map = map;
    const asked = location.hash.slice(1);
    if (Object.prototype.hasOwnProperty.call(P.words, asked)) P.lang = asked; // a link of the page without script
    map.attributionControl.setPrefix("Leaflet");
    map.getContainer().setAttribute("role", "region");
    credit(map);
    L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
    P.startLegend(map, false);
    P.answerTaps(map, [["equipment", "lines"], ["roads"]]);
    languageSwitch();
    bar();
    fit();
    const layers = Object.values(P.layers);
    P.onTheme(() => layers.forEach((layer) => layer.redraw && layer._map && layer.redraw()));
    list(map);
    const shift = new Response(window.patrolPage.inflate("data-shift")).json();
    P.ready = Promise.all([shift, ...layers.map((layer) => layer.ready)]).then(([found]) => {
      begin(map, found);
      root.dataset.ready = "yes";
    });
  };
})(window.Patrol);
