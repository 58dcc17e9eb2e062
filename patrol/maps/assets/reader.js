// Reads a packed block (patrol/maps/packing.py describes its layout) into numbers: varints, map coordinates, boxes.
// A large page does this in a Worker, beside the page; where there is none the page does it itself, in slices.
(function (P) {
  "use strict";

  // All of the reader, for it goes to the Worker as its own text. inSlices(count, few, step) is that of slices.js.
  function reader(inSlices) {
    const CHUNK = 64; // parts that share one bounding box

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
      await inSlices(count, 8192, (from, to) => { [at, sum] = decode(bytes, at, out, from, to, steps, sum); });
      return out;
    }

    // Give memory back at once: what waits for the collector adds up to tens of megabytes while a page is read. A
    // buffer that the browser made (a piece of a stream) outlives a transfer; it goes only if it is sent away, here to
    // nobody.
    const free = (buffer) => { if (buffer.transfer) buffer.transfer(0); };
    const nobody = new MessageChannel();
    nobody.port2.close();
    const send = (buffer) => nobody.port1.postMessage(0, [buffer]);

    // Reads a stream of pieces: await take(n) is the next n bytes in memory of their own. A piece is given back when it
    // is copied, so that a block is never in memory twice.
    function taker(stream) {
      const source = stream.getReader();
      let piece = new Uint8Array(0), at = 0;
      return async function take(length) {
        const out = new Uint8Array(length);
        for (let filled = 0; filled < length; ) {
          if (at === piece.length) {
            send(piece.buffer);
            const next = await source.read();
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

    // Web Mercator at zoom 0 (256 pixels), from the first point, so that 32 bits hold a hundredth of a pixel.
    const mercator = (lat) => 128 - (128 / Math.PI) * Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360));
    async function project({ lon, lat, step }) {
      const n = lon.length, X = new Float32Array(n), Y = new Float32Array(n);
      const ox = n ? (256 * (lon[0] * step + 180)) / 360 : 0, oy = n ? mercator(lat[0] * step) : 0;
      await inSlices(n, 4096, (from, to) => {
        for (let i = from; i < to; i++) {
          X[i] = (256 * (lon[i] * step + 180)) / 360 - ox;
          Y[i] = mercator(lat[i] * step) - oy;
        }
      });
      return { X, Y, ox, oy };
    }

    // The bounding boxes of every CHUNK parts: [x0, y0, x1, y1, x0, ...].
    async function boxesOf({ parts, first, X, Y }) {
      const chunks = Math.ceil(parts / CHUNK), boxes = new Float32Array(chunks * 4);
      await inSlices(chunks, 128, (from, to) => {
        for (let c = from; c < to; c++) {
          let x0 = Infinity, y0 = Infinity, x1 = -Infinity, y1 = -Infinity;
          const end = first[Math.min(parts, (c + 1) * CHUNK)];
          for (let i = first[c * CHUNK]; i < end; i++) {
            x0 = Math.min(x0, X[i]); x1 = Math.max(x1, X[i]);
            y0 = Math.min(y0, Y[i]); y1 = Math.max(y1, Y[i]);
          }
          boxes.set([x0, y0, x1, y1], c * 4);
        }
      });
      return boxes;
    }

    // {rows, parts, shape, cols, step, rowOf, first, lon, lat, X, Y, ox, oy, boxes, chunk, raw}; raw are the bytes of
    // the columns, which are read when somebody asks.
    async function read(stream) {
      const next = taker(stream), size = new DataView((await next(4)).buffer).getUint32(0, true);
      const head = JSON.parse(new TextDecoder().decode(await next(size))), lengths = head.len.values();
      const take = () => next(lengths.next().value);
      const numbers = async (count, Type, steps) => {
        const bytes = await take(), out = await slowly(bytes, count, Type, steps);
        free(bytes.buffer);
        return out;
      };
      const { rows, parts, shape, cols } = head, block = { rows, parts, shape, cols, step: 1e-6 * (head.coarse || 1) };
      if (shape !== "point") {
        block.rowOf = await numbers(parts, Uint32Array, true);
        const counts = await numbers(parts, Uint32Array);
        block.first = new Uint32Array(parts + 1); // first point of each part
        for (let i = 0; i < parts; i++) block.first[i + 1] = block.first[i] + counts[i];
        free(counts.buffer);
      }
      block.lon = await numbers(head.points, Int32Array, true);
      block.lat = await numbers(head.points, Int32Array, true);
      Object.assign(block, await project(block));
      if (shape !== "point") Object.assign(block, { boxes: await boxesOf(block), chunk: CHUNK });
      block.raw = [];
      for (const { t } of cols) block.raw.push(t === "p" ? [await take(), await take(), await take()] : [await take()]);
      return block;
    }
    return { read, varints };
  }

  // What the Worker does: it gets the pieces of one block after the other, nothing after the last, and gives the block.
  function helper(reader) {
    const { read } = reader(async (count, few, step) => step(0, count)); // nobody waits for a finger here
    const buffers = (block) => [...Object.values(block), ...block.raw.flat()]
      .filter((value) => ArrayBuffer.isView(value)).map((value) => value.buffer);
    let pipe = null;
    self.onmessage = ({ data }) => {
      if (!pipe) {
        const ends = new DecompressionStream("deflate");
        pipe = ends.writable.getWriter();
        read(ends.readable).then(
          (block) => self.postMessage({ block }, buffers(block)),
          (error) => self.postMessage({ error: String(error) }),
        );
      }
      (data ? pipe.write(data) : pipe.close()).catch(() => {}); // what is wrong is told by the other end
      if (!data) pipe = null;
    };
    self.postMessage("ready");
  }

  const PATIENCE_MS = 3000;

  // A Worker that has answered, or null where the browser lets none start, as some do for pages that are files.
  async function start() {
    if (!document.documentElement.dataset.worker) return null; // the policy of a small page admits none
    let worker = null;
    const answered = new Promise((go) => {
      try {
        const address = URL.createObjectURL(new Blob(["(" + helper + ")(" + reader + ")"], { type: "text/javascript" }));
        worker = new Worker(address);
        worker.onmessage = () => go(true);
        worker.onerror = () => go(false);
        setTimeout(() => go(false), PATIENCE_MS);
      } catch (error) {
        go(false);
      }
    });
    if (await answered) return worker;
    if (worker) worker.terminate();
    return null;
  }

  const here = reader(P.inSlices), started = start();
  P.varints = here.varints;

  // A block, its pieces read by the Worker if there is one.
  P.readBlock = async function (id) {
    const worker = await started;
    if (!worker) return here.read(window.patrolPage.inflate(id));
    return new Promise((go, fail) => {
      worker.onmessage = ({ data }) => (data.block ? go(data.block) : fail(new Error(data.error)));
      worker.onerror = (event) => fail(new Error(event.message));
      window.patrolPage.packed(id, (some) => worker.postMessage(some, some ? [some.buffer] : []));
    });
  };
})(window.Patrol);
