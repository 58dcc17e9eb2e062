// Lines drawn on the stage. Thousands of SVG paths would stall a phone; here only what is in view is drawn.
//
// options: block, styles [{colour, width, dash, casing, fill, arrows, minZoom}], by (column of the style's number),
// card (see cards.js), tap (metres on screen within which a tap counts), zIndex, levels [[block, largest zoom]]
// (coarsest first: what is drawn instead of the lines themselves up to that zoom, see patrol/maps/levels.py).
(function (P) {
  "use strict";
  const LONG = 1000; // points of one path
  const AT_ONCE = 8; // paths
  const ROUND = 12; // zoom from which ends and bends are round and roads cased: before, that is not seen and costs half
  const DOT = 2; // pixels: a line that is shorter than a stroke is wide
  const SKIP = 0.75, FAR_SKIP = 2; // pixels: nearer points are not drawn; before ROUND

  P.Lines = P.Drawn.extend({
    levelLoaded(table, maxZoom) {
      this.levels = [...(this.levels || []), this._sheet(table, maxZoom)];
      this.redraw();
    },

    loaded(table) {
      this.full = this._sheet(table, Infinity);
      this.redraw();
    },

    // A sheet is a table with what drawing it needs: {table, styleOf, maxZoom}.
    _sheet(table, maxZoom) {
      const sheet = { table, maxZoom, styleOf: new Uint16Array(table.rows) };
      this._style(sheet);
      return sheet;
    },
    _style({ table, styleOf }) {
      const by = this.options.by && table.columns[this.options.by];
      if (by) for (let row = 0; row < table.rows; row++) styleOf[row] = by(row);
      else styleOf.fill(0);
    },
    _sheets() { return [...(this.levels || []), this.full].filter(Boolean); },

    // What is drawn at a zoom: the level for it, or while that is not read yet the finest there is.
    _drawn(zoom) {
      const sheets = this._sheets();
      return sheets.find((sheet) => zoom <= sheet.maxZoom) || sheets[sheets.length - 1];
    },

    // Show only rows for which the function says yes: keep(table, row). Levels are asked like the lines themselves.
    setFilter(keep) {
      if (!keep && !this.filter) return;
      this.filter = keep;
      this.redraw();
    },

    // Colour by another column, with styles of its own.
    setStyles(by, styles) {
      const before = this.options;
      if (by === before.by && JSON.stringify(styles) === JSON.stringify(before.styles)) return;
      const restyle = by !== before.by;
      Object.assign(this.options, { by, styles });
      if (restyle) this._sheets().forEach((sheet) => this._style(sheet));
      this.redraw();
    },

    // Call visit(part) for every part whose chunk touches the box (zoom-0 pixels from the table's origin).
    _within({ table }, x0, y0, x1, y1, visit) {
      const keep = this.filter, { boxes, chunk } = table;
      for (let c = 0; c < boxes.length; c += 4) {
        if (boxes[c] > x1 || boxes[c + 2] < x0 || boxes[c + 1] > y1 || boxes[c + 3] < y0) continue;
        const from = (c / 4) * chunk;
        for (let part = from; part < Math.min(table.parts, from + chunk); part++) {
          if (!keep || keep(table, table.rowOf[part])) visit(part);
        }
      }
    },

    *draw(to) {
      const sheet = this._drawn(to.zoom), { styles } = this.options;
      if (!sheet || !sheet.table.parts) return;
      const { table, styleOf } = sheet, { scale } = to, pad = 12 / scale, arrows = [];
      const left = to.from.x / scale - table.ox, top = to.from.y / scale - table.oy;
      const right = left + to.size.x / scale, bottom = top + to.size.y / scale;
      const traces = styles.map(() => ({ x: NaN, y: NaN, points: 0, paths: [] }));
      this._within(sheet, left - pad, top - pad, right + pad, bottom + pad, (part) => {
        const k = styleOf[table.rowOf[part]], style = styles[k];
        if (!style || to.zoom < (style.minZoom || 0)) return;
        this._trace(table, traces[k], part, scale, style.fill ? Infinity : LONG, to.zoom < ROUND ? FAR_SKIP : SKIP);
        if (style.arrows && to.zoom >= 13) this._arrows(table, arrows[k] || (arrows[k] = new Path2D()), part, scale);
      });
      const paths = traces.map((trace) => trace.paths);
      if (paths.some((some) => some.length)) yield* this._paint(to, table, paths, arrows, P.grow(to.zoom));
    },

    *_paint(to, table, paths, arrows, grow) {
      const { styles } = this.options, { scale, from } = to;
      let count = 0;
      const stroke = function* (some, colour, width, dash) {
        for (const path of some) {
          const pen = to.pen(); // asked again: others may have drawn since
          pen.translate(table.ox * scale - from.x, table.oy * scale - from.y);
          pen.strokeStyle = P.colour(colour);
          pen.lineWidth = width;
          pen.lineJoin = to.zoom < ROUND ? "bevel" : "round";
          pen.lineCap = dash || to.zoom < ROUND ? "butt" : "round";
          pen.setLineDash(dash || []);
          pen.stroke(path);
          if (++count % AT_ONCE === 0) yield;
        }
      };
      styles.forEach((style, k) => {
        if (!paths[k].length || !style.fill) return;
        const pen = to.pen();
        pen.translate(table.ox * scale - from.x, table.oy * scale - from.y);
        pen.fillStyle = P.colour(style.fill);
        pen.globalAlpha = 0.55;
        paths[k].forEach((path) => pen.fill(path, "evenodd"));
        pen.globalAlpha = 1;
      });
      // All casings first, so that one line's casing never cuts another line
      for (const [k, { casing, width }] of styles.entries()) {
        if (casing && to.zoom >= ROUND) yield* stroke(paths[k], casing, (width + 2.5) * grow, null);
      }
      for (const [k, { colour, width, dash }] of styles.entries()) {
        yield* stroke(paths[k], colour, width * grow, dash);
        if (arrows[k]) yield* stroke([arrows[k]], colour, 2 * grow, null);
      }
    },

    // Add a part to what is traced of its style: paths of about `long` points, for one of a hundred thousand takes the
    // browser more memory and more than twice the time. A part that begins where the last one ended goes on with its
    // line, and points nearer than `skip` are left out, so that far away a thousand spans are a few strokes.
    _trace({ X, Y, first }, pen, part, scale, long, skip) {
      let i = first[part];
      if (!pen.paths.length || pen.points > long) {
        pen.paths.push(new Path2D());
        pen.x = NaN; // a path begins with a place
        pen.points = 0;
      }
      const path = pen.paths[pen.paths.length - 1], x0 = X[i] * scale, y0 = Y[i] * scale;
      pen.points += first[part + 1] - i;
      if (!(Math.abs(x0 - pen.x) + Math.abs(y0 - pen.y) < 2 * skip)) {
        path.moveTo(x0, y0);
        pen.x = x0;
        pen.y = y0;
        pen.short = true; // nothing drawn from here yet: the last point must be, or a short line is lost
      }
      for (const end = first[part + 1] - 1; ++i <= end; ) {
        const x = X[i] * scale, y = Y[i] * scale;
        if (Math.abs(x - pen.x) + Math.abs(y - pen.y) < skip && !(pen.short && i === end)) continue;
        path.lineTo(pen.short && i === end && Math.abs(x - pen.x) < DOT ? x + DOT : x, y);
        pen.x = x;
        pen.y = y;
        pen.short = false;
      }
    },

    // A chevron every 90 pixels along a part, counted from its start so that they stay when the map moves.
    _arrows({ X, Y, first }, path, part, scale) {
      let next = 45;
      for (let i = first[part] + 1; i < first[part + 1]; i++) {
        const ax = X[i - 1] * scale, ay = Y[i - 1] * scale;
        const dx = X[i] * scale - ax, dy = Y[i] * scale - ay, length = Math.hypot(dx, dy);
        for (; length && next <= length; next += 90) {
          const ux = dx / length, uy = dy / length, x = ax + ux * next, y = ay + uy * next;
          path.moveTo(x - 6 * ux - 5 * uy, y - 6 * uy + 5 * ux);
          path.lineTo(x + 2 * ux, y + 2 * uy);
          path.lineTo(x - 6 * ux + 5 * uy, y - 6 * uy - 5 * ux);
        }
        next -= length;
      }
    },

    // Rows near a place, nearest first: [{row, distance in pixels}].
    hits(latlng) {
      const { table } = this, zoom = this._map.getZoom(), scale = Math.pow(2, zoom);
      const p = this._map.project(latlng, zoom);
      if (!this.full) return [];
      const px = p.x / scale - table.ox, py = p.y / scale - table.oy, reach = this.options.tap / scale;
      const best = new Map();
      this._within(this.full, px - reach, py - reach, px + reach, py + reach, (part) => {
        const row = table.rowOf[part], style = this.options.styles[this.full.styleOf[row]];
        if (!style || zoom < (style.minZoom || 0)) return;
        const distance = this._distance(part, px, py) * scale;
        if (distance <= this.options.tap && !(best.get(row) <= distance)) best.set(row, distance);
      });
      return [...best].map(([row, distance]) => ({ row, distance })).sort((a, b) => a.distance - b.distance);
    },

    _distance(part, px, py) {
      const { X, Y, first } = this.table;
      let best = Infinity;
      for (let i = first[part] + 1; i < first[part + 1]; i++) {
        const ax = X[i - 1], ay = Y[i - 1], dx = X[i] - ax, dy = Y[i] - ay;
        const t = Math.max(0, Math.min(1, ((px - ax) * dx + (py - ay) * dy) / (dx * dx + dy * dy || 1)));
        best = Math.min(best, Math.hypot(px - ax - t * dx, py - ay - t * dy));
      }
      return best;
    },
  });

  // Areas are their outlines; a tap inside counts, whatever the distance to the outline.
  P.Areas = P.Lines.extend({
    hits(latlng) {
      const { table } = this, zoom = this._map.getZoom(), scale = Math.pow(2, zoom);
      const p = this._map.project(latlng, zoom);
      if (!this.full) return [];
      const px = p.x / scale - table.ox, py = p.y / scale - table.oy, inside = new Map();
      this._within(this.full, px, py, px, py, (part) => {
        const row = table.rowOf[part];
        if (this._crossings(part, px, py) % 2) inside.set(row, !inside.get(row)); // a hole turns it back
      });
      return [...inside].filter(([, yes]) => yes).map(([row]) => ({ row, distance: 0 }));
    },

    _crossings(part, px, py) {
      const { X, Y, first } = this.table;
      let count = 0;
      for (let i = first[part] + 1; i < first[part + 1]; i++) {
        if (Y[i] > py !== Y[i - 1] > py && px < X[i] + ((X[i - 1] - X[i]) * (py - Y[i])) / (Y[i - 1] - Y[i])) count++;
      }
      return count;
    },
  });
})(window.Patrol);
