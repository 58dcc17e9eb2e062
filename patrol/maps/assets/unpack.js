// Reads a packed block (patrol/maps/packing.py describes its layout) into columns and coordinates.
(function (P) {
  "use strict";

  // Zig-zag varints; running sums where the stream holds steps.
  function varints(bytes, count, Type, steps) {
    const out = new Type(count);
    let at = 0, sum = 0;
    for (let i = 0; i < count; i++) {
      let value = 0, weight = 1, byte;
      do {
        byte = bytes[at++];
        value += (byte & 127) * weight;
        weight *= 128;
      } while (byte & 128);
      value = value % 2 ? -(value + 1) / 2 : value / 2;
      sum = steps ? sum + value : value;
      out[i] = sum;
    }
    return out;
  }

  const day = (number) => new Date(number * 864e5).toISOString().slice(0, 10);

  // A column as a function of the row; numbers and dates that are missing are null.
  function column(meta, take, rows) {
    if (meta.t === "n") {
      const values = varints(take(), rows, Float64Array, meta.d);
      const scale = Math.pow(10, meta.dec || 0);
      return (row) => {
        const value = values[row];
        if (value === meta.na) return null;
        return meta.date ? day(value) : value / scale;
      };
    }
    if (meta.t === "t") {
      const raw = take();
      let texts = null; // split on the first question: most columns of most rows are never asked for
      return (row) => (texts || (texts = new TextDecoder().decode(raw).split("\x1f")))[row];
    }
    const codes = varints(take(), rows, Uint32Array);
    if (meta.t === "w") return (row) => meta.v[codes[row]];
    const widths = varints(take(), rows, Uint8Array);
    const numbers = varints(take(), rows, Float64Array, true);
    return (row) => meta.v[codes[row]] + (widths[row] ? String(numbers[row]).padStart(widths[row], "0") : "");
  }

  // Web Mercator at zoom 0 (256 pixels), from the first point, so that 32 bits hold a hundredth of a pixel.
  const mercator = (lat) => 128 - (128 / Math.PI) * Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360));

  function project(table, lon, lat) {
    const n = lon.length;
    table.ox = n ? (256 * (lon[0] * 1e-6 + 180)) / 360 : 0;
    table.oy = n ? mercator(lat[0] * 1e-6) : 0;
    table.X = new Float32Array(n);
    table.Y = new Float32Array(n);
    for (let i = 0; i < n; i++) {
      table.X[i] = (256 * (lon[i] * 1e-6 + 180)) / 360 - table.ox;
      table.Y[i] = mercator(lat[i] * 1e-6) - table.oy;
    }
    table.latlng = (point) => L.latLng(lat[point] / 1e6, lon[point] / 1e6);
  }

  P.unpack = function (buffer) {
    const bytes = new Uint8Array(buffer);
    const size = new DataView(buffer).getUint32(0, true);
    const head = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + size)));
    let at = 4 + size, stream = 0;
    const take = () => bytes.subarray(at, (at += head.len[stream++]));
    const table = { rows: head.rows, parts: head.parts, shape: head.shape, columns: {} };
    if (head.shape === "point") {
      table.rowOf = null;
    } else {
      table.rowOf = varints(take(), head.parts, Uint32Array, true);
      const counts = varints(take(), head.parts, Uint32Array);
      table.first = new Uint32Array(head.parts + 1); // first point of each part
      for (let i = 0; i < head.parts; i++) table.first[i + 1] = table.first[i] + counts[i];
    }
    const lon = varints(take(), head.points, Int32Array, true);
    project(table, lon, varints(take(), head.points, Int32Array, true));
    head.cols.forEach((meta) => { table.columns[meta.k] = column(meta, take, head.rows); });
    // The value of a row; a name with a star has a Chinese twin: "label*" is label_zh or label.
    table.get = function (row, name) {
      if (!name.endsWith("*")) return name in table.columns ? table.columns[name](row) : "";
      const plain = name.slice(0, -1);
      const both = P.lang === "zh" ? [plain + "_zh", plain] : [plain, plain + "_zh"];
      return table.get(row, both[0]) || table.get(row, both[1]) || "";
    };
    return table;
  };

  P.load = (block) => window.patrolInflate("data-" + block).then(P.unpack);
})(window.Patrol);
