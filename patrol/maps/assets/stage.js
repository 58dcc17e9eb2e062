// One canvas for all that is drawn: lines, areas and symbols, in the order of their zIndex. It covers the view and
// a margin, moves and scales with the map, and is drawn anew behind the scenes when the map rests elsewhere; then the
// new picture takes the place of the old one. (Canvas tiles for each layer cost a phone 400 MB and seconds a zoom.)
(function (P) {
  "use strict";
  const MARGIN = 0.08; // of the view's width and height, on each side
  const FAR = 12, SHARP = 2, FAR_SHARP = 1.5; // pixels of the canvas to one of the page: before FAR nobody sees a half less
  const PAUSE = 1000; // milliseconds from one picture to the next while the page is still being read

  const Stage = L.Layer.extend({
    initialize() { this.layers = []; },
    getEvents() {
      const events = {
        viewreset: this._place, zoom: this._place, moveend: this.redraw, resize: this.redraw, move: this._follow,
      };
      if (this._zoomAnimated) events.zoomanim = (event) => this._transform(event.center, event.zoom);
      return events;
    },
    onAdd() {
      this.box = P.el("div", { class: "stage" + (this._zoomAnimated ? " leaflet-zoom-animated" : "") });
      this.getPane("tilePane").append(this.box);
      this.redraw();
    },
    onRemove() { this.box.remove(); },

    // Draw all layers soon; asked many times at once, this happens once. While the page is read (P.reading) a layer that
    // has come may wait (patient): each new picture costs as much as all there is.
    redraw({ patient = false } = {}) {
      if (!this._map || !this._map._loaded) return;
      if (this.asked) {
        if (!patient && this.waits) this._soon();
        return;
      }
      this.asked = true;
      const rest = patient && P.reading && this.shown ? this.shownAt + PAUSE - performance.now() : 0;
      if (rest > 0) this.waits = setTimeout(() => this._soon(), rest);
      else this._soon();
    },
    _soon() {
      clearTimeout(this.waits);
      this.waits = 0;
      P.draw(() => {
        this.asked = false;
        if (this._map) this._begin();
      });
    },
    // What waits is drawn now.
    hurry() { if (this.waits) this._soon(); },
    _begin() {
      const sheet = this._blank(this.spare || document.createElement("canvas")), run = (this.run = (this.run || 0) + 1);
      const inOrder = [...this.layers].sort((a, b) => a.options.zIndex - b.options.zIndex);
      const wanted = () => run === this.run;
      inOrder.forEach((layer) => P.draw(function* () {
        if (!wanted() || !layer._map) return;
        for (const _ of layer.draw(sheet) || []) {
          yield;
          if (!wanted()) return; // paper did not wait, and has this canvas now
        }
      }));
      P.draw(() => { if (wanted()) this._show(sheet); });
    },

    // What is to be drawn now: place and zoom, and a pen once somebody asks for one.
    _blank(canvas = document.createElement("canvas")) {
      const map = this._map, zoom = map.getZoom(), size = map.getSize(), margin = size.multiplyBy(MARGIN).round();
      const corner = map.containerPointToLayerPoint(margin.multiplyBy(-1)).round();
      const full = size.add(margin.multiplyBy(2)), from = corner.add(map.getPixelOrigin());
      const ratio = Math.min(zoom < FAR ? FAR_SHARP : SHARP, window.devicePixelRatio || 1);
      const sheet = { canvas, zoom, corner, size: full, from, scale: Math.pow(2, zoom), center: map.getCenter() };
      sheet.pen = () => {
        const pen = canvas.getContext("2d");
        if (!sheet.inked) {
          sheet.inked = true;
          const [wide, high] = [Math.round(full.x * ratio), Math.round(full.y * ratio)];
          if (canvas.width !== wide || canvas.height !== high) [canvas.width, canvas.height] = [wide, high];
          pen.setTransform(1, 0, 0, 1, 0, 0);
          pen.clearRect(0, 0, wide, high);
        }
        pen.setTransform(ratio, 0, 0, ratio, 0, 0);
        return pen;
      };
      return sheet;
    },

    _show(sheet) {
      sheet.canvas.style.width = sheet.size.x + "px";
      sheet.canvas.style.height = sheet.size.y + "px";
      this.spare = this.shown && this.shown.canvas; // two canvases take turns, and only the one that is seen has pixels
      this.shown = sheet;
      this.shownAt = performance.now();
      this.box.replaceChildren(...(sheet.inked ? [sheet.canvas] : []));
      if (this.spare) this.spare.width = 0;
      this._place();
    },

    // Put the picture where it belongs while the map is elsewhere than when it was drawn.
    _place() { this._transform(this._map.getCenter(), this._map.getZoom()); },
    _transform(center, zoom) {
      const map = this._map, sheet = this.shown;
      if (!sheet) return;
      const scale = map.getZoomScale(zoom, sheet.zoom);
      const middle = map.getSize().multiplyBy(0.5);
      const moved = map.project(center, zoom).subtract(middle); // the view's corner at the new zoom
      const at = sheet.from.multiplyBy(scale).subtract(moved).add(map.containerPointToLayerPoint([0, 0]));
      L.DomUtil.setTransform(this.box, at, scale);
    },
    // A finger that drags farther than the margin sees the next picture before it lets go.
    _follow() {
      if (!this.shown || !P.drawn() || this._map._animatingZoom) return;
      const view = this._map.getPixelBounds(), { from, size, zoom } = this.shown;
      if (zoom !== this._map.getZoom()) return;
      if (view.min.x < from.x || view.min.y < from.y || view.max.x > from.x + size.x || view.max.y > from.y + size.y) {
        this.redraw();
      }
    },
  });
  P.stage = new Stage();

  // A layer on the stage has draw(sheet), a generator where it draws much.
  P.Drawn = L.Layer.extend({
    options: { tap: 22, styles: [], by: null, zIndex: 1 },
    initialize(options) { L.setOptions(this, options); },
    onAdd(map) {
      this._map = map;
      P.stage.layers.push(this);
      if (P.stage._map) P.stage.redraw({ patient: true });
      else P.stage.addTo(map);
    },
    onRemove() {
      P.stage.layers = P.stage.layers.filter((layer) => layer !== this);
      P.stage.redraw();
    },
    redraw() { if (this._map) P.stage.redraw({ patient: true }); },
  });
})(window.Patrol);
