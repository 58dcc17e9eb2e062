// Reads a packed block (patrol/maps/packing.py describes its layout) into columns and coordinates.
(function (P) {
  "use strict";

  // Zig-zag varints; running sums where the stream holds steps. Returns where the next one begins, and the sum.
  function decode(bytes, at, out, from, to, steps, sum) {
    for (let i = from; i < to; i++) {
      let byte = bytes[at++], value = byte & 127;
      if (byte & 128) {
        let weight = 128;
        do {
          byte = bytes[at++];
          value += (byte & 127) * weight;
          weight *= 128;
        } while (byte & 128);
      }
      value = value % 2 ? -(value + 1) / 2 : value / 2;
      sum = steps ? sum + value : value;
      out[i] = sum;
    }
    return [at, sum];
  }

  function varints(bytes, count, Type, steps) {
    const out = new Type(count);
    decode(bytes, 0, out, 0, count, steps, 0);
    return out;
  }

  async function slowly(bytes, count, Type, steps) {
    const out = new Type(count);
    let at = 0, sum = 0;
    await P.inSlices(count, 8192, (from, to) => { [at, sum] = decode(bytes, at, out, from, to, steps, sum); });
    return out;
  }

  // Give memory back at once: what waits for the collector adds up to tens of megabytes while a page is read. A buffer
  // that the browser made (a piece of a stream) outlives a transfer; it goes only if it is sent away, here to nobody.
  const free = (buffer) => { if (buffer.transfer) buffer.transfer(0); };
  const nobody = new MessageChannel();
  nobody.port2.close();
  const send = (buffer) => nobody.port1.postMessage(0, [buffer]);

  // Reads a stream of pieces: await take(n) is the next n bytes in memory of their own. A piece is given back when it
  // is copied, so that a block is never in memory twice.
  function taker(stream) {
    const reader = stream.getReader();
    let piece = new Uint8Array(0), at = 0;
    return async function take(length) {
      const out = new Uint8Array(length);
      for (let filled = 0; filled < length; ) {
        if (at === piece.length) {
          send(piece.buffer);
          const next = await reader.read();
          if (next.done) throw new Error("a block ends early");
          [piece, at] = [next.value, 0];
        }
        const part = piece.subarray(at, at + length - filled);
        out.set(part, filled);
        filled += part.length;
        at += part.length;
      }
      return out;
    };
  }

  const day = (number) => new Date(number * 864e5).toISOString().slice(0, 10);

  // A column as a function of the row; numbers and dates that are missing are null. It is read on the first
  // question: most columns of most pages are never asked for.
  function column(meta, raw, rows) {
    let read = null;
    return (row) => (read || (read = READ[meta.t](meta, raw.splice(0), rows)))(row);
  }
  const READ = {
    n(meta, [raw], rows) {
      const values = varints(raw, rows, Float64Array, meta.d), scale = Math.pow(10, meta.dec || 0);
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
      const codes = varints(raw, rows, Uint32Array);
      return (row) => meta.v[codes[row]];
    },
    p(meta, raw, rows) {
      const codes = varints(raw[0], rows, Uint32Array), widths = varints(raw[1], rows, Uint8Array);
      const numbers = varints(raw[2], rows, Float64Array, true);
      return (row) => meta.v[codes[row]] + (widths[row] ? String(numbers[row]).padStart(widths[row], "0") : "");
    },
  };

  // Web Mercator at zoom 0 (256 pixels), from the first point, so that 32 bits hold a hundredth of a pixel.
  const mercator = (lat) => 128 - (128 / Math.PI) * Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360));

  async function project(table, lon, lat, step) {
    const n = lon.length;
    table.ox = n ? (256 * (lon[0] * step + 180)) / 360 : 0;
    table.oy = n ? mercator(lat[0] * step) : 0;
    table.X = new Float32Array(n);
    table.Y = new Float32Array(n);
    await P.inSlices(n, 4096, (from, to) => {
      for (let i = from; i < to; i++) {
        table.X[i] = (256 * (lon[i] * step + 180)) / 360 - table.ox;
        table.Y[i] = mercator(lat[i] * step) - table.oy;
      }
    });
    table.latlng = (point) => L.latLng(lat[point] * step, lon[point] * step);
  }

  P.unpack = async function (stream) {
    const next = taker(stream), size = new DataView((await next(4)).buffer).getUint32(0, true);
    const head = JSON.parse(new TextDecoder().decode(await next(size))), lengths = head.len.values();
    const take = () => next(lengths.next().value);
    const numbers = async (count, Type, steps) => {
      const bytes = await take(), out = await slowly(bytes, count, Type, steps);
      free(bytes.buffer);
      return out;
    };
    const table = { rows: head.rows, parts: head.parts, shape: head.shape, columns: {} };
    if (head.shape === "point") {
      table.rowOf = null;
    } else {
      table.rowOf = await numbers(head.parts, Uint32Array, true);
      const counts = await numbers(head.parts, Uint32Array);
      table.first = new Uint32Array(head.parts + 1); // first point of each part
      for (let i = 0; i < head.parts; i++) table.first[i + 1] = table.first[i] + counts[i];
      free(counts.buffer);
    }
    const lon = await numbers(head.points, Int32Array, true), lat = await numbers(head.points, Int32Array, true);
    await project(table, lon, lat, 1e-6 * (head.coarse || 1));
    for (const meta of head.cols) {
      const raw = [await take()];
      if (meta.t === "p") raw.push(await take(), await take());
      table.columns[meta.k] = column(meta, raw, head.rows);
    }
    // The value of a row; a name with a star has a Chinese twin: "label*" is label_zh or label.
    table.get = function (row, name) {
      if (!name.endsWith("*")) return name in table.columns ? table.columns[name](row) : "";
      const plain = name.slice(0, -1);
      const both = P.lang === "zh" ? [plain + "_zh", plain] : [plain, plain + "_zh"];
      return table.get(row, both[0]) || table.get(row, both[1]) || "";
    };
    return table;
  };

  // One block after the other: all at once would need the memory of all at once.
  let last = Promise.resolve();
  P.load = (block) => (last = last.then(() => window.patrolInflate("data-" + block)).then(P.unpack));
})(window.Patrol);
