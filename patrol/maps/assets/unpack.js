// Makes tables of the blocks that reader.js has read: columns and coordinates by row.
(function (P) {
  "use strict";

  const day = (number) => new Date(number * 864e5).toISOString().slice(0, 10);

  // A column as a function of the row; numbers and dates that are missing are null. It is read on the first
  // question: most columns of most pages are never asked for.
  function column(meta, raw, rows) {
    let read = null;
    return (row) => (read || (read = READ[meta.t](meta, raw.splice(0), rows)))(row);
  }
  const READ = {
    n(meta, [raw], rows) {
      const values = P.varints(raw, rows, Float64Array, meta.d), scale = Math.pow(10, meta.dec || 0);
      return (row) => {
        const value = values[row];
        if (value === meta.na) return null;
        return meta.date ? day(value) : value / scale;
      };
    },
    t(meta, [raw]) {
      const texts = new TextDecoder().decode(raw).split("\x1f");
      return (row) => texts[row];
    },
    w(meta, [raw], rows) {
      const codes = P.varints(raw, rows, Uint32Array);
      return (row) => meta.v[codes[row]];
    },
    p(meta, raw, rows) {
      const codes = P.varints(raw[0], rows, Uint32Array), widths = P.varints(raw[1], rows, Uint8Array);
      const numbers = P.varints(raw[2], rows, Float64Array, true);
      return (row) => meta.v[codes[row]] + (widths[row] ? String(numbers[row]).padStart(widths[row], "0") : "");
    },
  };

  function tableOf({ cols, raw, lon, lat, step, ...table }) {
    table.columns = {};
    table.words = {}; // of columns with few different ones
    cols.forEach((meta, i) => {
      table.columns[meta.k] = column(meta, raw[i], table.rows);
      if (meta.t === "w") table.words[meta.k] = meta.v;
    });
    table.latlng = (point) => L.latLng(lat[point] * step, lon[point] * step);
    // The value of a row; a name with a star has a Chinese twin: "label*" is label_zh or label.
    table.get = function (row, name) {
      if (!name.endsWith("*")) return name in table.columns ? table.columns[name](row) : "";
      const plain = name.slice(0, -1);
      const both = P.lang === "zh" ? [plain + "_zh", plain] : [plain, plain + "_zh"];
      return table.get(row, both[0]) || table.get(row, both[1]) || "";
    };
    return table;
  }

  // One block after the other: all at once would need the memory of all at once.
  let last = Promise.resolve();
  P.load = (block) => (last = last.then(() => P.readBlock("data-" + block)).then(tableOf));
})(window.Patrol);
