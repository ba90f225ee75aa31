// What is shown: a window of time, a scroll position, what is chosen. Changes here ask for one new frame.

const ROW = 22, BAR = 16, CURVE = 20, CURVE_APART = 8, AXIS = 22, MARK = 8;
const HEAD = 2 * (CURVE + CURVE_APART) + AXIS + MARK + 6;
const LEAST_NS = 100;  // the shortest window
const END_APART = 5, END_MOST = 0.2;  // of the words behind a lane: pixels before them, their share of the plot

class View {
  constructor(session, draw) {
    this.session = session;
    this.draw = draw;
    this.t0 = session.from_ns;
    this.t1 = session.to_ns;
    this.top = 0;  // pixels of lanes above the first that is seen
    this.width = this.height = 1;  // of the plot, in CSS pixels
    this.folded = new Set();
    this.needle = "";
    this.chosen = null;  // { worker, span, t }
    this.hover = null;  // { x, y }
    this.dragging = false;
    this.waiting = false;
    this.stale = true;  // more than the pointer has moved since the last frame
    this.rebuild();
  }

  changed() {
    this.stale = true;
    this.ask();
  }

  point(at) {
    this.hover = at && at.x <= this.width ? at : null;  // beside the plot is no time
    this.ask();
  }

  ask() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => { this.waiting = false; this.draw(); });
  }

  rebuild() {
    this.rows = buildRows(this.session, this.folded, this.needle);
    this.places = new Map(this.rows.map((row, place) => [row.worker, place]));
    this.scroll(0);
  }

  get pxNs() { return (this.t1 - this.t0) / this.width; }
  x(t) { return (t - this.t0) / this.pxNs; }
  t(x) { return this.t0 + x * this.pxNs; }
  y(place) { return HEAD + place * ROW - this.top; }

  rowAt(y) {
    const place = Math.floor((y - HEAD + this.top) / ROW);
    return y < HEAD || place < 0 ? undefined : this.rows[place];
  }

  show(t0, t1) {
    const { from_ns: from, to_ns: to } = this.session;
    const length = Math.min(Math.max(t1 - t0, Math.min(LEAST_NS, to - from)), to - from);
    const middle = (t0 + t1) / 2;
    this.t0 = Math.min(Math.max(middle - length / 2, from), to - length);
    this.t1 = this.t0 + length;
    this.changed();
  }

  zoom(factor, x) {
    const at = this.t(x), length = (this.t1 - this.t0) * factor;
    const before = (x / this.width) * length;
    this.show(at - before, at - before + length);
  }

  pan(pixels) {
    const by = pixels * this.pxNs;
    this.show(this.t0 + by, this.t1 + by);
  }

  fit(t0, t1) {
    const margin = (t1 - t0) * 0.1;
    this.show(t0 - margin, t1 + margin);
  }

  all() { this.show(this.session.from_ns, this.session.to_ns); }

  scroll(by) {
    const most = Math.max(0, this.rows.length * ROW - (this.height - HEAD) + 8);
    this.top = Math.round(Math.min(Math.max(0, this.top + by), most));
    this.changed();
  }

  // Choose what a worker does at an instant, and bring both into sight.
  choose(worker, t, follow = true) {
    const lane = this.session.workers[worker].lane;
    if (!lane) return;
    this.reveal(worker);
    const span = spanAt(lane, t);
    this.chosen = { worker, span, t };
    const place = this.places.get(worker), y = this.y(place), least = HEAD + ROW;
    if (y < least) this.scroll(y - least);
    if (y > this.height - 2 * ROW) this.scroll(y - this.height + 2 * ROW);
    if (follow && (t < this.t0 || t > this.t1)) {
      const half = (this.t1 - this.t0) / 2;
      this.show(t - half, t + half);
    }
    this.changed();
  }

  reveal(worker) {
    if (this.places.has(worker)) return;
    this.needle = "";
    for (let up = this.session.workers[worker].parent; up !== null; up = this.session.workers[up].parent) {
      this.folded.delete(up);
    }
    this.rebuild();
  }

  fold(worker) {
    if (!this.folded.delete(worker)) this.folded.add(worker);
    this.rebuild();
  }

  search(needle) {
    this.needle = needle.trim();
    this.rebuild();
  }
}
