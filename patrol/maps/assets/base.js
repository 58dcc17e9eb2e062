// The namespace, words in two languages, and elements that hold text and never markup.
window.Patrol = (function () {
  "use strict";
  const words = JSON.parse(document.getElementById("words").textContent);
  const P = { words, layers: {}, listeners: [] };

  // The language: what was chosen here before, else the phone's, else that of the plan.
  P.KEY = "patrol.lang"; // all file:// pages share one store, so the key has a name of its own
  P.firstLang = function () {
    let kept = null;
    try { kept = localStorage.getItem(P.KEY); } catch (error) { kept = null; }
    if (kept in words) return kept;
    const phone = (navigator.language || "").slice(0, 2).toLowerCase();
    return phone in words ? phone : document.documentElement.dataset.lang;
  };
  P.lang = P.firstLang();

  // A word, with {names} filled in; an unknown key stays visible as itself.
  P.say = function (key, values) {
    const word = words[P.lang][key];
    if (word === undefined) return key;
    return values ? word.replace(/\{(\w+)\}/g, (all, name) => (name in values ? values[name] : all)) : word;
  };
  P.has = (key) => key in words[P.lang];

  // An element with attributes and children; strings become text nodes, so markup in them stays text.
  P.el = function (tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value !== undefined && value !== null && value !== false) element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  };

  P.onLanguage = (listener) => P.listeners.push(listener);

  P.setLanguage = function (lang, keep) {
    P.lang = lang;
    const root = document.documentElement;
    root.lang = lang === "zh" ? "zh-CN" : lang;
    root.dataset.lang = lang;
    if (keep) {
      try { localStorage.setItem(P.KEY, lang); } catch (error) { /* a private window: not kept */ }
    }
    document.title = P.say("page_title");
    P.sayAll(document);
    P.listeners.forEach((listener) => listener(lang));
  };

  // Every element that carries a key says it in the present language.
  P.sayAll = function (root) {
    root.querySelectorAll("[data-say]").forEach((e) => { e.textContent = P.say(e.dataset.say); });
    root.querySelectorAll("[data-label]").forEach((e) => {
      e.setAttribute("aria-label", P.say(e.dataset.label));
      e.title = P.say(e.dataset.label);
    });
  };

  // Layers are made by the script that folium writes: Patrol.layer("Lines", "roads", {...}). A layer with
  // levels of detail reads these first, the coarsest before all, so that there is soon something to see. What is seen
  // only near by (options.late: from which zoom) is not read before somebody asks: await layer.need().
  P.layer = function (kind, block, options) {
    const layer = new P[kind](Object.assign({ block }, options));
    const read = async () => {
      for (const [name, maxZoom] of layer.options.levels || []) await layer.levelLoaded(await P.load(name), maxZoom);
      layer.table = await P.load(block);
      await layer.loaded(layer.table);
      return layer;
    };
    let reading = null;
    layer.need = () => (reading = reading || read());
    layer.ready = layer.options.late ? Promise.resolve(layer) : layer.need();
    P.layers[block] = layer;
    return layer;
  };
  return P;
})();
