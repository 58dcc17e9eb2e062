// The legend: part of the page, and with a map it lies on it, folded away or not.
(function (P) {
  "use strict";

  P.startLegend = function (map, open) {
    const box = document.getElementById("legend");
    if (!box) return;
    const control = L.control({ position: "bottomleft" });
    control.onAdd = () => {
      L.DomEvent.disableClickPropagation(box).disableScrollPropagation(box);
      return box;
    };
    box.open = open;
    box.hidden = false;
    control.addTo(map);
    takeTurns(map, box);
  };

  // On a phone the open legend and the open list of layers lie on each other: opening one closes the other then.
  function takeTurns(map, box) {
    const layers = map.getContainer().querySelector(".leaflet-control-layers");
    const expanded = "leaflet-control-layers-expanded";
    if (!layers) return;
    const clash = () => {
      const [one, two] = [box.getBoundingClientRect(), layers.getBoundingClientRect()];
      return box.open && layers.classList.contains(expanded) && one.right > two.left && one.top < two.bottom;
    };
    box.addEventListener("toggle", () => clash() && layers.classList.remove(expanded));
    new MutationObserver(() => {
      if (clash()) box.open = false;
    }).observe(layers, { attributeFilter: ["class"] });
  }
})(window.Patrol);
