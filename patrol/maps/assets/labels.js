// Names of places and zones: text beside a point, as many as fit without covering each other.
//
// options: block, styles [{kind, minZoom}], by; rows that stand first win the room.
(function (P) {
  "use strict";
  P.Labels = P.Points.extend({
    options: { styles: [{ kind: "village", minZoom: 0 }], by: null, name: "name*" },


    _update() {
      if (!this._ready()) return;
      const { table, options } = this, zoom = this._map.getZoom(), scale = Math.pow(2, zoom);
      const view = this._map.getPixelBounds(), taken = [];
      this.group.clearLayers();
      for (let row = 0; row < table.rows && taken.length < 150; row++) {
        const style = options.styles[options.by ? table.columns[options.by](row) : 0];
        const name = table.get(row, options.name);
        if (!style || !name || zoom < style.minZoom) continue;
        const x = (table.X[row] + table.ox) * scale, y = (table.Y[row] + table.oy) * scale;
        if (x < view.min.x || x > view.max.x || y < view.min.y || y > view.max.y) continue;
        const half = 8 + Math.min(90, name.length * (P.lang === "zh" ? 7 : 4)); // about half its width
        if (taken.some((box) => Math.abs(box.x - x) < box.half + half && Math.abs(box.y - y) < 20)) continue;
        taken.push({ x, y, half });
        const text = P.el("span", { class: "name " + style.kind }, name);
        const icon = L.divIcon({ className: "label", html: text, iconSize: [0, 0] });
        this.group.addLayer(L.marker(table.latlng(row), { icon, interactive: false, keyboard: false, zIndexOffset: -1000 }));
      }
    },
  });
})(window.Patrol);
