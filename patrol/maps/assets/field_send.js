// One button makes the report-back file (patrol-report/1), and shares it or saves it. Each file has a higher
// revision than the one before; the ids in it stay, so that the office sees what has changed.
(function (P) {
  "use strict";

  async function photos() {
    const out = [];
    for (const hazard of P.state.hazards) {
      for (const id of hazard.photos) {
        const data = await P.photo(id), place = hazard.place || {};
        if (!data) continue;
        const photo = { id, file: id + ".jpg", sha256: P.sha256(P.bytesOf(data)), data };
        if (hazard.taken && hazard.taken[id]) photo.captured_at = hazard.taken[id];
        if (place.lon !== undefined) Object.assign(photo, { lon: place.lon, lat: place.lat });
        out.push(photo);
      }
    }
    return out;
  }

  P.report = async function (revision) {
    const { shift } = P, track = P.track(), kept = await photos(), files = new Set(kept.map((photo) => photo.file));
    const hazards = [...P.hazards(), ...P.findings(shift)];
    hazards.forEach((hazard) => { // a photo that was lost is not promised
      if (hazard.photos) hazard.photos = hazard.photos.filter((name) => files.has(name));
    });
    const report = {
      schema: "patrol-report/1", plan_sha256: shift.plan_sha256, crew_id: shift.crew_id, party: shift.party,
      date: shift.date, revision, results: P.results(shift), hazards, photos: kept,
    };
    if (track.length) report.track = track;
    return report;
  };

  const fileName = (revision) => {
    const crew = P.shift.crew_id.replace(/[^\p{L}\p{N}_-]+/gu, "-").slice(0, 60) || "crew";
    return `report-${P.shift.date}-${crew}-r${revision}`;
  };

  function save(blob, name) {
    const link = P.el("a", { href: URL.createObjectURL(blob), download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  }

  // Phones share texts, few share JSON; where nothing can be shared the file is saved.
  async function hand(text, stem) {
    for (const [type, end] of [["application/json", ".json"], ["text/plain", ".txt"]]) {
      const files = [new File([text], stem + end, { type })];
      if (!navigator.canShare || !navigator.canShare({ files })) continue;
      try {
        await navigator.share({ files, title: stem });
        return stem + end;
      } catch (error) {
        if (error.name === "AbortError") return "";
      }
    }
    save(new Blob([text], { type: "application/json" }), stem + ".json");
    return stem + ".json";
  }

  P.send = async function () {
    const { state } = P;
    if (!Object.keys(state.results).length && !state.hazards.length && !P.track().length) {
      return P.announce(P.say("nothing_to_send"));
    }
    state.revision += 1;
    P.save(); // before anything leaves the phone: no two files have one revision
    const report = await P.report(state.revision), name = await hand(JSON.stringify(report), fileName(state.revision));
    if (!name) return P.announce(P.say("not_sent"));
    P.state.dirty = false;
    P.sentHazards();
    P.save();
    P.drawBar();
    const count = (outcome) => report.results.filter((result) => result.outcome === outcome).length;
    const silent = P.shift.stops.filter((stop) => (P.resultOf(stop) || {}).outcome === "not_done" && !P.resultOf(stop).why);
    const said = [P.say("sent", { file: name, done: count("done"), partly: count("partly"), not_done: count("not_done"),
      hazards: P.state.hazards.length, photos: report.photos.length }), P.say("send_on")];
    if (silent.length) said.push(P.say("no_reason", { codes: silent.map((stop) => stop.code).join(", ") }));
    return P.announce(said.join(" "));
  };
})(window.Patrol);
