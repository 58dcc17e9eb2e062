// Where something is: the phone's own position, a tap on the map, or a stop.
(function (P) {
  "use strict";
  const round = (degrees) => Math.round(degrees * 1e6) / 1e6;

  P.here = function () {
    return new Promise((resolve, reject) => {
      if (!navigator.geolocation) return reject(new Error("none"));
      return navigator.geolocation.getCurrentPosition((position) => {
        const { longitude, latitude, accuracy } = position.coords;
        resolve({ lon: round(longitude), lat: round(latitude), accuracy_m: Math.round(accuracy) });
      }, reject, { enableHighAccuracy: true, timeout: 20000, maximumAge: 5000 });
    });
  };

  // Ask for a tap on the map, or for its centre, which a keyboard can reach; null where it is given up.
  P.pick = function () {
    return new Promise((resolve) => {
      const root = document.documentElement, map = P.map;
      const done = (latlng) => {
        P.picking = null;
        map.off("click", tapped);
        removeEventListener("keydown", escape);
        root.classList.remove("picking");
        bar.remove();
        resolve(latlng && { lon: round(latlng.lng), lat: round(latlng.lat) });
      };
      const tapped = (event) => done(event.latlng);
      const escape = (event) => { if (event.key === "Escape") done(null); };
      const button = (word, answer) => {
        const made = P.el("button", { type: "button" }, P.say(word));
        made.addEventListener("click", answer);
        return made;
      };
      const bar = P.el("div", { class: "pick-bar", role: "group", "aria-label": P.say("pick_hint") },
        P.el("p", null, P.say("pick_hint")), button("pick_centre", () => done(map.getCenter())),
        button("cancel", () => done(null)));
      P.picking = done;
      root.classList.add("picking");
      P.showMap(true);
      document.body.append(bar);
      map.closePopup();
      map.on("click", tapped);
      addEventListener("keydown", escape);
      map.getContainer().focus({ preventScroll: true });
    });
  };

  P.placeText = function (place) {
    if (!place || place.lon === undefined) return P.say("place_none");
    const where = P.say("place_set", { lat: place.lat.toFixed(5), lon: place.lon.toFixed(5) });
    return place.accuracy_m === undefined ? where : where + " · " + P.say("accuracy", { m: place.accuracy_m });
  };
})(window.Patrol);
