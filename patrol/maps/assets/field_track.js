// The phone's own position on the map, and a track for those who switch it on.
(function (P) {
  "use strict";
  const STEP_M = 10, MOST = 5000; // a point every so many metres; no more than this
  let watch = null, shown = null, points = [];

  P.track = () => points;
  const kept = () => { try { return JSON.parse(P.stored("track")) || []; } catch (error) { return []; } };
  const recording = () => P.stored("recording") === "yes";

  function record(place) {
    const last = points[points.length - 1];
    if (points.length >= MOST || (last && P.map.distance([last.lat, last.lon], [place.lat, place.lon]) < STEP_M)) return;
    points.push({ captured_at: P.now(), ...place });
    P.store("track", JSON.stringify(points));
    P.state.dirty = true;
    P.save();
    count();
  }

  function moved(position) {
    const { longitude, latitude, accuracy } = position.coords, at = [latitude, longitude];
    const round = (degrees) => Math.round(degrees * 1e6) / 1e6;
    if (!shown) {
      shown = L.layerGroup([L.circle(at, { radius: accuracy, className: "fix" }), L.circleMarker(at, { radius: 7, className: "me" })]);
      shown.addTo(P.map);
      if (!recording()) P.map.setView(at, Math.max(P.map.getZoom(), 15), { animate: false });
    }
    shown.eachLayer((layer) => layer.setLatLng(at));
    shown.getLayers()[0].setRadius(accuracy);
    if (recording()) record({ lon: round(longitude), lat: round(latitude), accuracy_m: Math.round(accuracy) });
  }

  function follow() {
    if (watch !== null || !navigator.geolocation) return;
    watch = navigator.geolocation.watchPosition(moved, () => { stop(); P.announce(P.say("no_position")); },
      { enableHighAccuracy: true, maximumAge: 5000 });
  }

  function stop() {
    if (watch !== null) navigator.geolocation.clearWatch(watch);
    watch = null;
    if (shown) shown.remove();
    shown = null;
  }

  function count() {
    const place = document.getElementById("track-count");
    if (place) place.textContent = points.length ? P.say("track_points", { n: points.length }) : "";
  }

  function draw() {
    const box = document.getElementById("track");
    const input = P.el("input", { type: "checkbox", id: "track-on", "aria-describedby": "track-why" });
    input.checked = recording();
    input.addEventListener("change", () => {
      P.store("recording", input.checked ? "yes" : "no");
      if (input.checked) follow();
      else stop();
    });
    const drop = P.el("button", { type: "button" }, P.say("track_delete"));
    drop.addEventListener("click", () => { points = []; P.store("track", "[]"); count(); });
    box.replaceChildren(P.el("p", { class: "field check" }, P.el("label", { for: "track-on" }, P.say("track")), input),
      P.el("p", { class: "fine", id: "track-why" }, P.say("track_why")),
      P.el("p", { class: "buttons" }, P.el("span", { id: "track-count" }), drop));
    box.hidden = false;
    count();
  }

  P.startTrack = function (map) {
    points = kept();
    const control = L.control({ position: "topleft" });
    control.onAdd = () => {
      const button = P.el("button", { type: "button", class: "locate leaflet-bar", "data-label": "locate" }, "◎");
      L.DomEvent.disableClickPropagation(button);
      button.addEventListener("click", () => (watch === null ? follow() : stop()));
      return button;
    };
    control.addTo(map);
    draw();
    P.onLanguage(draw);
    if (recording()) follow();
  };
})(window.Patrol);
