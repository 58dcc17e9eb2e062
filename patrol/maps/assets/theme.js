// Colours come from the page's CSS variables, so that light, dark and paper need no script of their own.
(function (P) {
  "use strict";
  let cache = {};
  P.colour = function (name) {
    if (!(name in cache)) {
      cache[name] = getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim() || "#888";
    }
    return cache[name];
  };
  P.onTheme = function (redraw) {
    const again = () => { cache = {}; redraw(); };
    ["(prefers-color-scheme: dark)", "print"].forEach((query) => {
      const media = matchMedia(query);
      if (media.addEventListener) media.addEventListener("change", again);
      else media.addListener(again); // phones before 2020
    });
  };
  // Widths and sizes grow with the zoom: thin over a county, a finger's breadth in a village.
  P.grow = (zoom) => (zoom < 11 ? 0.45 : zoom < 13 ? 0.65 : zoom < 15 ? 1 : zoom < 17 ? 1.35 : 1.7);
})(window.Patrol);
