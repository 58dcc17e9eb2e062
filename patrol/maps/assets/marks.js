// Small symbols on canvas tiles, for equipment: a shape says what it is, so that no colour has to.
//
// options: block, styles [{shape, size, colour, minZoom}], by, card, zIndex.
(function (P) {
  "use strict";

  const SHAPES = {
    square: (p, x, y, r) => p.rect(x - r, y - r, 2 * r, 2 * r),
    circle: (p, x, y, r) => { p.moveTo(x + r, y); p.arc(x, y, r, 0, 2 * Math.PI); },
    diamond: (p, x, y, r) => polygon(p, [[x, y - r * 1.3], [x + r * 1.3, y], [x, y + r * 1.3], [x - r * 1.3, y]]),
    triangle: (p, x, y, r) => polygon(p, [[x, y - r * 1.2], [x + r * 1.1, y + r * 0.9], [x - r * 1.1, y + r * 0.9]]),
  };

  function polygon(path, points) {
    points.forEach(([x, y], i) => (i ? path.lineTo(x, y) : path.moveTo(x, y)));
    path.closePath();
  }

  P.Marks = L.GridLayer.extend({
    options: { tileSize: 512, updateWhenZooming: false, keepBuffer: 1, noWrap: true, tap: 22, styles: [], by: null },

    loaded() { if (this._map) this.redraw(); },

    _style(row) { return this.options.styles[this.options.by ? this.table.columns[this.options.by](row) : 0]; },

    createTile(at) {
      const { table } = this, { styles } = this.options, size = this.getTileSize();
      const scale = Math.pow(2, at.z), grow = P.grow(at.z), pad = 16, paths = [];
      const left = at.x * size.x, top = at.y * size.y;
      for (let row = 0; table && row < table.rows; row++) {
        const x = (table.X[row] + table.ox) * scale - left, y = (table.Y[row] + table.oy) * scale - top;
        if (x < -pad || y < -pad || x > size.x + pad || y > size.y + pad) continue;
        const style = this._style(row);
        if (!style || at.z < (style.minZoom || 0)) continue;
        const k = styles.indexOf(style);
        SHAPES[style.shape](paths[k] || (paths[k] = new Path2D()), x, y, style.size * grow);
      }
      const [canvas, pen] = P.canvas(size, !paths.length);
      if (pen) this._paint(pen, paths);
      return canvas;
    },

    _paint(pen, paths) {
      this.options.styles.forEach((style, k) => {
        if (!paths[k]) return;
        pen.lineWidth = 1.5;
        pen.fillStyle = P.colour(style.hollow ? "paper" : style.colour);
        pen.strokeStyle = P.colour(style.hollow ? style.colour : "paper");
        pen.fill(paths[k]);
        pen.stroke(paths[k]);
      });
    },

    hits(latlng) {
      const { table } = this, zoom = this._map.getZoom(), scale = Math.pow(2, zoom);
      const p = this._map.project(latlng, zoom), found = [];
      for (let row = 0; row < table.rows; row++) {
        const style = this._style(row);
        if (!style || zoom < (style.minZoom || 0)) continue;
        const distance = Math.hypot((table.X[row] + table.ox) * scale - p.x, (table.Y[row] + table.oy) * scale - p.y);
        if (distance <= this.options.tap) found.push({ row, distance });
      }
      return found.sort((a, b) => a.distance - b.distance);
    },
  });
})(window.Patrol);
