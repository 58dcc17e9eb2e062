// Small symbols on the stage, for equipment: a shape says what it is, so that no colour has to.
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

  P.Marks = P.Drawn.extend({
    loaded() { this.redraw(); },

    _style(row) { return this.options.styles[this.options.by ? this.table.columns[this.options.by](row) : 0]; },

    draw(to) {
      const { table } = this, { styles } = this.options, { scale, zoom } = to;
      const grow = P.grow(zoom), pad = 16, paths = [];
      if (!styles.some((style) => zoom >= (style.minZoom || 0))) return;
      if (!table) this.need();
      for (let row = 0; table && row < table.rows; row++) {
        const x = (table.X[row] + table.ox) * scale - to.from.x, y = (table.Y[row] + table.oy) * scale - to.from.y;
        if (x < -pad || y < -pad || x > to.size.x + pad || y > to.size.y + pad) continue;
        const style = this._style(row);
        if (!style || zoom < (style.minZoom || 0)) continue;
        const k = styles.indexOf(style);
        SHAPES[style.shape](paths[k] || (paths[k] = new Path2D()), x, y, style.size * grow);
      }
      if (paths.length) this._paint(to.pen(), paths);
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
