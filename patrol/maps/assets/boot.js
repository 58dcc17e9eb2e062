// Starts the page. The page is deflated code and data; this inflates the code and runs it piece by piece.
// Each piece is added as an inline <script>, which the Content-Security-Policy admits by its hash alone.
(function () {
  "use strict";
  var root = document.documentElement;

  function bytes(id) {
    var block = document.getElementById(id), stored = block.textContent;
    block.remove(); // each is read once, and megabytes of text are dear on a phone
    if (Uint8Array.fromBase64) return Uint8Array.fromBase64(stored);
    var text = atob(stored);
    var out = new Uint8Array(text.length);
    for (var i = 0; i < text.length; i++) out[i] = text.charCodeAt(i);
    return out;
  }

  // Piece by piece, with time between the pieces for a finger: inflating megabytes at once would hold up a phone.
  var PIECE = 1 << 17;
  function inflate(id) {
    var packed = bytes(id), pipe = new DecompressionStream("deflate"), writer = pipe.writable.getWriter(), at = 0;
    function more() {
      if (at >= packed.length) return writer.close();
      return writer.write(packed.subarray(at, (at += PIECE))).then(function () { setTimeout(more, 0); });
    }
    var whole = new Response(pipe.readable).arrayBuffer();
    more().catch(function () {}); // what is wrong is told by the other end
    return whole;
  }

  function add(tag, code) {
    var element = document.createElement(tag);
    element.textContent = code;
    document.head.appendChild(element);
  }

  function run() {
    var names = ["style", "leaflet", "patrol", "map"];
    return Promise.all(names.map(function (name) { return inflate("code-" + name); })).then(function (parts) {
      parts.forEach(function (part, i) {
        if (i === 2) window.patrolInflate = inflate;
        add(i ? "script" : "style", new TextDecoder().decode(part));
      });
    });
  }

  // An old browser, or a chat app's viewer: the plan below the map reads without any of this.
  function fail(error) {
    root.classList.remove("js");
    root.classList.add("no-map");
    if (error) console.warn("patrol: no map", error);
  }

  if (typeof DecompressionStream === "undefined" || typeof Promise === "undefined") return fail();
  root.classList.add("js");
  run().catch(fail);
})();
