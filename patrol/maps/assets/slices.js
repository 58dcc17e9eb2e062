// Work in slices. A phone that is busy for long does not answer a finger, so what takes long lets go every SLICE
// milliseconds and goes on when the browser has done what waited.
(function (P) {
  "use strict";
  const SLICE = 24;
  let since = performance.now();
  const waiting = [], channel = new MessageChannel();
  channel.port1.onmessage = () => {
    since = performance.now();
    waiting.shift()();
  };

  // Whether this slice is over; then `await P.rest()` before going on.
  P.tired = () => performance.now() - since > SLICE;
  P.rest = () => new Promise((go) => {
    waiting.push(go);
    channel.port2.postMessage(0);
  });

  // Go through 0..count-1 in slices: step(from, to) does a few thousand at a time.
  P.inSlices = async function (count, few, step) {
    for (let from = 0; from < count; from += few) {
      if (P.tired()) await P.rest();
      step(from, Math.min(count, from + few));
    }
  };

  // Drawing: one job after the other, most wanted first. drawn() becomes true when nothing is left to draw.
  // A job may be a generator: what a step has drawn is on the canvas before the next one begins. The browser only notes
  // strokes and paints them when a task ends, so that the time of a task says nothing about what it has ordered.
  const jobs = [];
  let running = false;
  P.draw = function (job) {
    jobs.push(job);
    if (!running) run();
  };
  async function run() {
    running = true;
    await P.rest(); // what asked for this goes first: it may ask for more, or take it back
    while (jobs.length) {
      if (P.tired()) await P.rest();
      for (const _ of jobs.shift()() || []) await P.rest();
    }
    running = false;
    document.dispatchEvent(new Event("patrol-drawn"));
  }
  P.drawn = () => !running;
  // For paper, which does not wait.
  P.drawNow = () => { while (jobs.length) Array.from(jobs.shift()() || []); };
})(window.Patrol);
