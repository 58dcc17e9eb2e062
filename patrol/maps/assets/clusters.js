// Points as buttons on the map: those in view only, and one button for what would lie on top of each other.
//
// options: block, face ("hazard", "stop", "drop", "change"), cell (pixels that share one button), rank (column: the
// highest gives its face to the button), card.
(function (P) {
  "use strict";

  // What a button shows: {text, style class, colour variable, label for a screen reader}.
  const FACES = {
    hazard(table, rows) {
      const top = rows[0], grade = "grade-" + table.get(top, "grade");
      if (rows.length > 1) {
        return { text: String(rows.length), kind: "hazard " + grade, label: P.say("layer_hazards") };
      }
      return { text: "!", kind: "hazard " + grade, label: table.get(top, "type*") };
    },
    // By their codes, which go on from crew to crew: stops that follow each other on one route read as "58–60"
    stop(table, rows) {
      const top = rows[0], shift = table.get(top, "shift");
      const numbers = rows.map((row) => table.get(row, "number")).filter(Boolean).sort((a, b) => a - b);
      const first = numbers[0], last = numbers[numbers.length - 1];
      const same = rows.every((row) => table.get(row, "shift") === shift);
      const run = same && last - first === numbers.length - 1; // where the shift sets out has no number
      const colour = same ? "route-" + table.get(top, "colour") : "many";
      if (rows.length === 1) {
        const kind = "stop is-" + table.get(top, "kind");
        return { text: first ? String(first) : "", kind, colour, label: P.stopLabel(table, top) };
      }
      const label = P.say("layer_stops");
      const text = !run ? "×" + rows.length : first === last ? String(first) : first + "–" + last;
      return { text, kind: same ? "stop" : "stop many", colour, label };
    },
    change(table, rows) {
      const how = table.get(rows[0], "how"), same = rows.every((row) => table.get(row, "how") === how);
      const sign = { added: "+", gone: "−", moved: "→" }[how];
      const text = (same ? sign : "±") + (rows.length > 1 ? rows.length : "");
      const name = rows.length > 1 ? "" : ": " + table.get(rows[0], "label*");
      return { text, kind: "change " + (same ? how : ""), label: P.say(same ? "how_" + how : "changes") + name };
    },
    drop(table, rows) {
      if (rows.length > 1) return { text: "×" + rows.length, kind: "drop", label: P.say("layer_dropped") };
      return { text: "×", kind: "drop", label: P.say("dropped") + ": " + table.get(rows[0], "label*") };
    },
  };

  const spot = (i, j) => i * 4194304 + j; // a cell of the screen as one number: cells a side at zoom 19 are fewer

  P.Clusters = P.Points.extend({
    options: { cell: 48, rank: null, face: "hazard", maxZoom: 19 },

    loaded(table) {
      const rank = this.options.rank && table.columns[this.options.rank];
      this.order = Array.from({ length: table.rows }, (_, row) => row);
      if (rank) this.order.sort((a, b) => rank(b) - rank(a) || a - b);
      this._update();
    },
    setFilter(keep) {
      if (!keep && !this.filter) return;
      this.filter = keep;
      this._update();
    },
    position(row) { return this.table.latlng(row); },

    _update() {
      if (!this._ready()) return;
      const map = this._map, scale = Math.pow(2, map.getZoom()), { cell } = this.options;
      const view = map.getPixelBounds(), groups = [], grid = new Map(), { X, Y, ox, oy } = this.table;
      for (const row of this.order) {
        const x = (X[row] + ox) * scale, y = (Y[row] + oy) * scale;
        if (x < view.min.x - cell || x > view.max.x + cell || y < view.min.y - cell || y > view.max.y + cell) continue;
        if (this.filter && !this.filter(this.table, row)) continue;
        const near = this._near(grid, x, y, cell);
        if (near) {
          near.rows.push(row);
        } else {
          const group = { x, y, rows: [row] };
          groups.push(group);
          const key = spot(Math.floor(x / cell), Math.floor(y / cell));
          if (grid.has(key)) grid.get(key).push(group);
          else grid.set(key, [group]);
        }
      }
      this._replace(groups, map.getZoom());
    },

    // The first button nearer than a cell, so that no two buttons of a layer lie on each other.
    _near(grid, x, y, cell) {
      const cx = Math.floor(x / cell), cy = Math.floor(y / cell), reach = cell * cell;
      for (let i = cx - 1; i <= cx + 1; i++) {
        for (let j = cy - 1; j <= cy + 1; j++) {
          const here = grid.get(spot(i, j));
          if (!here) continue;
          for (const group of here) {
            const dx = group.x - x, dy = group.y - y;
            if (dx * dx + dy * dy < reach) return group;
          }
        }
      }
      return null;
    },

    // Buttons that stay keep their element, so that the focus of a keyboard stays where it was.
    _replace(groups, zoom) {
      const before = this.buttons || new Map(), after = new Map();
      groups.forEach(({ rows }) => {
        const key = [zoom, P.lang, rows.length, ...rows.slice(0, 12), rows.reduce((sum, row) => sum + row, 0)].join();
        after.set(key, before.get(key) || this._button(rows));
        before.delete(key);
      });
      before.forEach((marker) => this.group.removeLayer(marker));
      after.forEach((marker) => { if (!this.group.hasLayer(marker)) this.group.addLayer(marker); });
      this.buttons = after;
    },

    _button(rows) {
      const face = FACES[this.options.face](this.table, rows);
      const dot = P.el("span", { class: "dot " + face.kind, "aria-hidden": "true" }, face.text);
      if (face.colour) dot.style.setProperty("--dot", "var(--" + face.colour + ")");
      // A hazard stands above its place, a change to the right, clear of the number of the stop that is there
      const hazard = this.options.face === "hazard";
      const iconAnchor = { hazard: [22, 56], change: [-4, 22] }[this.options.face] || [22, 22];
      const icon = L.divIcon({ className: "button", html: dot, iconSize: [44, 44], iconAnchor });
      const label = [face.text, face.label].filter(Boolean).join(" · "); // begins with what is seen
      const marker = L.marker(this.position(rows[0]), { icon, alt: label, riseOnHover: true, zIndexOffset: hazard ? 0 : 2000 });
      marker.on("add", () => {
        marker._icon.setAttribute("aria-label", label);
        marker._icon.title = label;
      });
      marker.on("click", () => this._open(rows, marker));
      marker.on("keypress", (event) => { if (event.originalEvent.key === "Enter") this._open(rows, marker); });
      return marker;
    },

    // One: its card. Many: nearer, or where they lie on one spot, all their cards.
    _open(rows, marker) {
      const map = this._map;
      const bounds = L.latLngBounds(rows.map((row) => this.position(row)));
      const apart = map.project(bounds.getNorthEast(), 19).distanceTo(map.project(bounds.getSouthWest(), 19)) > 48;
      if (rows.length > 1 && apart && map.getZoom() < this.options.maxZoom) {
        map.fitBounds(bounds, { padding: [60, 60], maxZoom: Math.min(this.options.maxZoom, map.getZoom() + 3) });
      } else {
        P.openCards(map, marker.getLatLng(), rows.slice(0, 12).map((row) => ({ layer: this, row })), [0, -14]);
      }
    },
  });
})(window.Patrol);
