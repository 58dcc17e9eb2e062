// Starts the page. The page is deflated code and data; this inflates the code and runs it piece by piece.
// Each piece is added as an inline <script>, which the Content-Security-Policy admits by its hash alone.
(function () {
  "use strict";
  var root = document.documentElement;

  function bytes(base64) {
    if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
    var text = atob(base64);
    var out = new Uint8Array(text.length);
    for (var i = 0; i < text.length; i++) out[i] = text.charCodeAt(i);
    return out;
  }

  // A block is read piece by piece, with time between the pieces for a finger: megabytes at once would hold up a phone.
  // Each piece of text is read once and emptied, for megabytes of text are dear on a phone too. take(bytes) may be a
  // promise; after the last piece it is called with nothing.
  function packed(id, take) {
    var pieces = document.querySelectorAll('[data-of="' + id + '"]'), at = 0;
    function more() {
      var piece = pieces[at++];
      if (!piece) return take(null);
      var some = bytes(piece.firstChild.data);
      piece.firstChild.data = "";
      piece.remove();
      return Promise.resolve(take(some)).then(function () { setTimeout(more, 0); });
    }
    setTimeout(more, 0); // in a task of its own: a dozen blocks are asked for at once
  }
  function inflate(id) {
    var pipe = new DecompressionStream("deflate"), writer = pipe.writable.getWriter();
    packed(id, function (some) {
      // What is wrong is told by the other end
      return (some ? writer.write(some) : writer.close()).catch(function () {});
    });
    return pipe.readable;
  }
  function whole(id) { return new Response(inflate(id)).arrayBuffer(); }

  function add(tag, code) {
    var element = document.createElement(tag);
    element.textContent = code;
    document.head.appendChild(element);
  }

  function run() {
    var names = ["style", "leaflet", "patrol", "map"];
    return Promise.all(names.map(function (name) { return whole("code-" + name); })).then(function (parts) {
      // One after the other, each in a task of its own
      return parts.reduce(function (before, part, i) {
        return before.then(function () {
          return new Promise(function (go) {
            if (i === 2) window.patrolPage = { inflate: inflate, packed: packed };
            add(i ? "script" : "style", new TextDecoder().decode(part));
            setTimeout(go, 0);
          });
        });
      }, Promise.resolve());
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
