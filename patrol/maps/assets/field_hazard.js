// Reporting a hazard: what, where, in which words, with photos. What is begun survives a reload.
(function (P) {
  "use strict";
  const CATEGORIES = ["fire", "equip", "veg", "ext", "nat", "user"];
  const FIRST = 2; // how urgently to call: before anything else is filled in
  let dialog = null;

  P.typeName = (type) => (P.lang === "zh" ? [type[1], type[2]] : [type[2], type[1]]);
  const typeOf = (code) => P.shift.types.find((type) => type[0] === code);

  P.calls = function () {
    return P.el("p", { class: "calls" }, ...P.shift.numbers.map(([name, number, dial]) => {
      const said = (P.has("call_" + name) ? P.say("call_" + name) : name) + " " + number;
      return dial ? P.el("a", { class: "call", href: "tel:" + dial }, said) : P.el("span", null, said);
    }));
  };

  function picker(draft) {
    const select = P.el("select", { id: "hazard-type" }, P.el("option", { value: "" }, P.say("type_unknown")));
    CATEGORIES.forEach((category) => {
      const group = P.el("optgroup", { label: P.say("cat_" + category) });
      P.shift.types.filter((type) => type[3] === category).forEach((type) => {
        const [own, other] = P.typeName(type);
        group.append(P.el("option", { value: type[0] }, `${type[0]} ${own} (${other})`));
      });
      if (group.children.length) select.append(group);
    });
    select.value = draft.type || "";
    select.addEventListener("change", () => { keep({ type: select.value, called: false, owed: false }); fill(); });
    return labelled("hazard_type", select);
  }

  function labelled(word, control) {
    return P.el("p", { class: "field" }, P.el("label", { for: control.id }, P.say(word)), control);
  }

  // The draft is kept at every letter.
  function keep(part) {
    Object.assign(P.state.draft, part);
    P.save();
  }

  function written(word, name, control) {
    control.id = "hazard-" + name;
    control.value = P.state.draft[name] || "";
    control.addEventListener("input", () => keep({ [name]: control.value }));
    return labelled(word, control);
  }

  function button(word, answer, kind) {
    const made = P.el("button", { type: "button", class: kind }, P.say(word));
    made.addEventListener("click", answer);
    return made;
  }

  function placing() {
    const shown = P.el("output", { class: "place-text" }, P.placeText(P.state.draft.place));
    const put = (place, task) => {
      keep({ place, ...(task === undefined ? {} : { task_id: task }) });
      shown.textContent = P.placeText(place);
    };
    const here = button("place_here", () => {
      shown.textContent = P.say("locating");
      P.here().then((place) => P.state.draft && put(place), () => { shown.textContent = P.say("no_position"); });
    });
    const tap = button("place_map", () => {
      dialog.close();
      P.pick().then((place) => {
        if (place) keep({ place });
        P.showMap(false);
        open();
      });
    });
    const stops = P.el("select", { "aria-label": P.say("place_stop") }, P.el("option", { value: "" }, P.say("place_choose")));
    P.shift.stops.forEach((stop) => {
      const label = P.lang === "zh" ? stop.label_zh || stop.label : stop.label || stop.label_zh;
      stops.append(P.el("option", { value: stop.code }, `${stop.code} ${label}`));
    });
    stops.addEventListener("change", () => {
      const stop = P.shift.stops.find((one) => String(one.code) === stops.value);
      if (stop) put({ lon: stop.lon, lat: stop.lat }, stop.task_id);
    });
    return P.el("fieldset", { class: "place" }, P.el("legend", null, P.say("place")),
      P.el("div", { class: "buttons" }, here, tap), stops, P.el("p", { role: "status" }, shown));
  }

  function photos() {
    const list = P.el("ul", { class: "photos" });
    const draw = () => {
      list.replaceChildren(...P.state.draft.photos.map((id, number) => {
        const image = P.el("img", { alt: P.say("photo_n", { n: number + 1 }), width: 88, height: 88 });
        P.photo(id).then((data) => { if (data) image.src = "data:image/jpeg;base64," + data; });
        const remove = button("remove", () => {
          keep({ photos: P.state.draft.photos.filter((one) => one !== id) });
          draw();
        });
        remove.setAttribute("aria-label", P.say("remove") + " " + P.say("photo_n", { n: number + 1 }));
        return P.el("li", null, image, remove);
      }));
    };
    const input = P.el("input", { type: "file", id: "hazard-photo", accept: "image/*", multiple: "multiple" });
    input.addEventListener("change", async () => {
      for (const file of input.files) {
        try {
          const id = P.uuid();
          if (!(await P.keepPhoto(id, await P.shrink(file)))) P.announce(P.say("photo_not_kept"));
          if (!P.state.draft) return;
          keep({ photos: [...P.state.draft.photos, id], taken: { ...P.state.draft.taken, [id]: P.now() } });
        } catch (error) { P.announce(P.say("photo_bad")); }
        draw();
      }
      input.value = "";
    });
    draw();
    return P.el("div", { class: "field" }, P.el("label", { for: "hazard-photo" }, P.say("add_photo")), input, list);
  }

  // Who sees a wire down or a fire calls before anything else; the rest of the form waits for it. Who has no signal may
  // note it first: then the call is owed, and stays in sight above the form, and at the foot of the page till it is sent.
  function urgent(call) {
    const { called, owed } = P.state.draft, first = call === FIRST, waits = first && !called && !owed;
    const parts = [P.el("h3", null, P.say(first ? (owed ? "owed" : "call_before") : "call_soon")), P.calls()];
    const away = first ? P.el("p", null, P.say("stay_away")) : "";
    const answer = (part) => () => { keep(part); fill(); };
    if (waits) {
      parts.push(away, P.el("div", { class: "buttons" }, button("called", answer({ called: true })),
        button("no_signal", answer({ owed: true }))));
    } else if (first && owed) {
      parts[1].append(button("owed_called", answer({ called: true, owed: false })));
      return [[P.el("div", { class: "urgent owed", role: "alert" }, ...parts), away], false];
    } else {
      parts.push(away);
    }
    return [[P.el("div", { class: "urgent", role: "alert" }, ...parts)], waits];
  }

  // At the foot of the page: calls that are owed for hazards noted here and not yet sent.
  function drawOwed() {
    const box = document.getElementById("owed"), owing = P.state.hazards.filter((hazard) => hazard.owed);
    box.hidden = !owing.length;
    if (!owing.length) return box.replaceChildren();
    const calls = P.calls();
    calls.append(button("owed_called", () => P.change("!called", ({ hazards }) => {
      hazards.forEach((hazard) => { if (hazard.owed) Object.assign(hazard, { called: true, owed: false }); });
    })));
    const names = [...new Set(owing.map((hazard) => P.typeName(typeOf(hazard.type))[0]))].join(", ");
    return box.replaceChildren(P.el("p", null, P.say("owed") + " · " + names), calls);
  }

  // Before a type is chosen the numbers stand there all the same.
  const calm = () => P.el("div", { class: "urgent" }, P.el("h3", null, P.say("call_first")), P.calls());

  function fill() {
    const { draft } = P.state, type = typeOf(draft.type), call = type ? type[4] : 0;
    const fault = P.el("p", { class: "fault", role: "alert" });
    const [warning, waits] = call ? urgent(call) : [type ? [] : [calm()], false];
    const rest = waits ? [] : [
      placing(),
      written("pole_no", "pole", P.el("input", { type: "text", maxlength: 40, autocomplete: "off" })),
      written("describe", "description", P.el("textarea", { rows: 3, maxlength: 4000 })),
      photos(), fault,
    ];
    const save = waits ? null : button("save", () => {
      const wrong = !draft.type && !(draft.description || "").trim() ? "need_words" : !draft.place ? "need_place" : "";
      if (wrong) fault.textContent = P.say(wrong);
      else finish();
    }, "main");
    dialog.replaceChildren(P.el("h2", { id: "hazard-head" }, P.say("hazard_title")), picker(draft), ...warning, ...rest,
      P.el("div", { class: "buttons" }, save || "", button("cancel", giveUp)));
    const first = waits ? dialog.querySelector(".call") : dialog.querySelector("select");
    if (first) first.focus();
  }

  function finish() {
    const { draft } = P.state;
    P.state.draft = null;
    P.change("!hazard", ({ hazards }) => {
      const at = hazards.findIndex((one) => one.id === draft.id);
      if (at < 0) hazards.push(draft);
      else hazards[at] = draft;
    });
    dialog.close();
    P.announce(P.say("hazard_saved"));
  }

  function giveUp() {
    P.state.draft = null;
    P.save();
    dialog.close();
  }

  function open() {
    if (!dialog) {
      dialog = P.el("dialog", { id: "hazard", "aria-labelledby": "hazard-head" });
      dialog.addEventListener("cancel", (event) => { event.preventDefault(); giveUp(); });
      document.body.append(dialog);
    }
    fill();
    if (!dialog.open) dialog.showModal();
    dialog.scrollTop = 0;
  }

  P.reportHazard = function (hazard) {
    P.state.draft = hazard ? JSON.parse(JSON.stringify(hazard))
      : { id: P.uuid(), captured_at: P.now(), type: "", description: "", pole: "", place: null, photos: [], taken: {} };
    P.save();
    open();
  };

  // The hazards of this page, to be looked at and mended.
  function drawMine() {
    const box = document.getElementById("mine"), { hazards } = P.state;
    box.hidden = !hazards.length;
    box.replaceChildren(P.el("h2", null, P.say("my_hazards")), P.el("ol", { class: "plain" }, ...hazards.map((hazard) => {
      const type = typeOf(hazard.type), name = type ? P.typeName(type)[0] : P.say("type_unknown");
      const meta = [hazard.captured_at.slice(11, 16), P.placeText(hazard.place), P.say("photos") + " " + hazard.photos.length];
      const edit = button("edit", () => P.reportHazard(hazard)), remove = button("remove", () => {
        P.change("!remove", (state) => { state.hazards = state.hazards.filter((one) => one.id !== hazard.id); });
        P.announce(P.say("hazard_removed"));
      });
      [edit, remove].forEach((one) => one.setAttribute("aria-label", one.textContent + " " + name));
      return P.el("li", null, P.el("strong", null, name), P.el("span", { class: "words" }, hazard.description),
        P.el("span", { class: "meta" }, meta.join(" · ")), P.el("div", { class: "buttons" }, edit, remove));
    })));
  }

  function drawOnMap(group) {
    group.clearLayers();
    P.state.hazards.filter((hazard) => hazard.place).forEach((hazard) => {
      const dot = P.el("span", { class: "dot mine", "aria-hidden": "true" }, "+");
      const icon = L.divIcon({ className: "button", html: dot, iconSize: [44, 44] });
      const marker = L.marker([hazard.place.lat, hazard.place.lon], { icon, zIndexOffset: 3000 });
      const name = () => marker._icon.setAttribute("aria-label", P.say("my_hazards"));
      group.addLayer(marker.on("add", name).on("click", () => P.reportHazard(hazard)));
    });
  }

  P.startHazards = function (map) {
    const group = L.layerGroup().addTo(map), draw = () => { drawMine(); drawOwed(); drawOnMap(group); };
    P.onState(draw);
    P.onLanguage(() => { draw(); if (dialog && dialog.open) fill(); });
    draw();
    if (P.state.draft) {
      open();
      P.announce(P.say("draft_back"));
    }
  };

  // What is sent is in the hands of the office, which is told to call.
  P.sentHazards = function () {
    P.state.hazards.forEach((hazard) => { hazard.owed = false; });
    drawOwed();
  };

  // The hazards of a report.
  P.hazards = () => P.state.hazards.map((hazard) => {
    const out = { id: hazard.id, captured_at: hazard.captured_at };
    const words = (hazard.description || "").trim(), pole = (hazard.pole || "").trim();
    if (hazard.type) out.type = hazard.type;
    if (words) out.description = words;
    if (pole) out.pole = pole;
    if (hazard.task_id) out.task_id = hazard.task_id;
    if (hazard.place) Object.assign(out, hazard.place);
    if (hazard.photos.length) out.photos = hazard.photos.map((id) => id + ".jpg");
    return out;
  });
})(window.Patrol);
