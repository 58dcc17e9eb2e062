// What the crew has entered: kept in the phone's own store at every change, and undone step by step.
//
// All pages opened from files share one store, so every key begins with the plan, the crew and the day.
(function (P) {
  "use strict";
  const UNDO = 30; // steps
  const fresh = () => ({ revision: 0, dirty: false, ids: {}, results: {}, hazards: [], draft: null, undo: [] });
  const listeners = [];
  let prefix = "";

  P.storeKey = (name) => prefix + name;
  P.kept = true; // whether the phone has kept the last change

  P.store = function (name, value) {
    try {
      localStorage.setItem(P.storeKey(name), value);
      return true;
    } catch (error) { return false; } // full, or a private window
  };
  P.stored = function (name) {
    try { return localStorage.getItem(P.storeKey(name)); } catch (error) { return null; }
  };

  function read() {
    try { return Object.assign(fresh(), JSON.parse(P.stored("state"))); } catch (error) { return fresh(); }
  }

  P.openState = function (shift) {
    prefix = ["patrol", shift.plan_sha256, shift.crew_id, shift.date, ""].join("/");
    P.state = read();
    P.kept = P.store("state", JSON.stringify(P.state));
    addEventListener("storage", (event) => { // the same page in another window
      if (event.key !== P.storeKey("state")) return;
      P.state = read();
      tell(true);
    });
  };

  // A listener is told whether anything at all may be different, not only what was just entered.
  P.onState = (listener) => listeners.push(listener);
  const tell = (all) => listeners.forEach((listener) => listener(all));
  const content = (state) => JSON.stringify([state.results, state.hazards]);

  P.save = function () {
    P.kept = P.store("state", JSON.stringify(P.state));
  };

  // Change what was entered. Changes of one name that follow each other, such as letters typed, are one step back.
  P.change = function (name, edit) {
    const { state } = P, before = content(state), last = state.undo[state.undo.length - 1];
    edit(state);
    if (content(state) === before) return P.save();
    if (!last || last.name !== name || name.startsWith("!")) state.undo.push({ name, before });
    state.undo = state.undo.slice(-UNDO);
    state.dirty = true;
    P.save();
    return tell(false);
  };

  P.undo = function () {
    const step = P.state.undo.pop();
    if (!step) return false;
    [P.state.results, P.state.hazards] = JSON.parse(step.before);
    P.state.dirty = true;
    P.save();
    tell(true);
    return true;
  };

  // A random UUID (version 4). crypto.randomUUID is missing where a page is no secure context.
  P.uuid = function () {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  };

  // The id of what is said about one thing: the same however often it is said.
  P.idOf = function (thing) {
    const { ids } = P.state;
    if (!Object.prototype.hasOwnProperty.call(ids, thing)) ids[thing] = P.uuid();
    return ids[thing];
  };

  // This moment as ISO 8601 with the phone's offset.
  P.now = function () {
    const now = new Date(), offset = -now.getTimezoneOffset(), two = (n) => String(Math.floor(n)).padStart(2, "0");
    const local = new Date(now.getTime() + offset * 60000).toISOString().slice(0, 19);
    return local + (offset < 0 ? "-" : "+") + two(Math.abs(offset) / 60) + ":" + two(Math.abs(offset) % 60);
  };
})(window.Patrol);
