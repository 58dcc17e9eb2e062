// SHA-256 (FIPS 180-4) of bytes, in hex. crypto.subtle is missing where a page is no secure context.
(function (P) {
  "use strict";
  const turn = (x, n) => (x >>> n) | (x << (32 - n));

  // The first 32 bits of the fractions of a root of the first primes.
  function fractions(count, power) {
    const out = [];
    for (let n = 2; out.length < count; n++) {
      let prime = true;
      for (let d = 2; d * d <= n; d++) if (n % d === 0) prime = false;
      if (prime) out.push(((Math.pow(n, power) % 1) * 4294967296) | 0);
    }
    return out;
  }
  const K = fractions(64, 1 / 3), START = fractions(8, 1 / 2);

  function padded(bytes) {
    const size = bytes.length, out = new Uint8Array(((size + 8) >> 6 << 6) + 64);
    out.set(bytes);
    out[size] = 128;
    const view = new DataView(out.buffer);
    view.setUint32(out.length - 8, Math.floor(size / 536870912));
    view.setUint32(out.length - 4, size << 3);
    return view;
  }

  P.sha256 = function (bytes) {
    const view = padded(bytes), h = START.slice(), w = new Int32Array(64);
    for (let at = 0; at < view.byteLength; at += 64) {
      for (let i = 0; i < 16; i++) w[i] = view.getInt32(at + 4 * i);
      for (let i = 16; i < 64; i++) {
        const x = w[i - 15], y = w[i - 2];
        const s0 = turn(x, 7) ^ turn(x, 18) ^ (x >>> 3), s1 = turn(y, 17) ^ turn(y, 19) ^ (y >>> 10);
        w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
      }
      let [a, b, c, d, e, f, g, last] = h;
      for (let i = 0; i < 64; i++) {
        const s1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25), one = (last + s1 + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
        const s0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22), two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        last = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0;
      }
      [a, b, c, d, e, f, g, last].forEach((value, i) => { h[i] = (h[i] + value) | 0; });
    }
    return h.map((value) => (value >>> 0).toString(16).padStart(8, "0")).join("");
  };
})(window.Patrol);
