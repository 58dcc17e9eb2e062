// What every layer of points shares: it follows the map, and draws anew what is in view.
(function (P) {
  "use strict";
  P.Points = L.Layer.extend({
    initialize(options) {
      L.setOptions(this, options);
      this.group = L.layerGroup();
    },
    onAdd(map) {
      this._map = map;
      this.group.addTo(map);
      map.on("moveend", this._update, this);
      this._update();
    },
    onRemove(map) {
      map.off("moveend", this._update, this);
      this.group.remove();
    },
    loaded() { this._update(); },

    // The table of points, once there is something to draw on.
    _ready() { return this._map && this.table && this._map._loaded; },
  });
})(window.Patrol);
