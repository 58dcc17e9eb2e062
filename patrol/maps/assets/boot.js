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

  function inflate(id) {
    var stream = new Blob([bytes(id)]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Response(stream).arrayBuffer();
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
