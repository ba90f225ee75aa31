// Draws lanes: wide spans one by one, the short ones between in columns with the exact share of each state.
// What it costs depends on the pixels and not on how many spans there are.

const WIDE_PX = 1.5, WORD_PX = 48, LEAST_BAR = 2, LEAST_GAP = 1.5, TILE_PX = 4, FONT = "11px ui-monospace, monospace";
const FLAT = 1024;  // in a key: one colour instead of the pattern

class Painter {
  constructor(session, theme, context) {
    Object.assign(this, { session, theme, context });
    this.fills = new Map();
    this.tiles = new Map();
    this.widths = new Map();
    this.overlay = new Overlay();
    this.base = document.createElement("canvas").getContext("2d");  // the plot without its cursor, …
    this.kept = false;  // … as it is now
    this.boxes = new Map();
    this.look = { run: 0, over: 0, reason: NONE, readyReason: NONE, known: EXACT };
    this.scale = window.devicePixelRatio || 1;
  }

  forget(scale = this.scale) {
    this.fills.clear();
    this.tiles.clear();
    this.scale = scale;
  }

  color(state, reason) {
    const colors = this.theme.colors;
    if (state === RUNNING) return colors.running;
    return state === READY && reason !== HELD ? colors.ready : colors.reasons[reason];
  }

  ground(state, reason) {
    const colors = this.theme.colors;
    return state === RUNNING ? colors.background : colors.tints[reason || (state === READY ? LOOP : NONE)];
  }

  fill(state, reason, known, flat) {
    const key = state | (known << 2) | (reason << 4) | (flat ? FLAT : 0);
    let fill = this.fills.get(key);
    if (fill === undefined) {
      const ground = this.ground(state, reason), color = faded(this.color(state, reason), ground, FADED[known]);
      fill = state === RUNNING ? color
        : flat ? faded(color, ground, state === READY ? 0.35 : 0.7) : this.pattern(state, reason, color, ground);
      this.fills.set(key, fill);
    }
    return fill;
  }

  pattern(state, reason, color, ground) {
    const pattern = this.context.createPattern(drawTile(state, reason, color, ground, this.scale), "repeat");
    pattern.setTransform(new DOMMatrix().scale(1 / this.scale));
    return pattern;
  }

  // The pixels of a state's tile, for columns.
  tile(state, reason, known) {
    const key = state | (known << 2) | (reason << 4);
    let tile = this.tiles.get(key);
    if (tile === undefined) {
      const ground = this.ground(state, reason), color = faded(this.color(state, reason), ground, FADED[known]);
      const canvas = drawTile(state, reason, color, ground, this.scale), { width: wide, height: high } = canvas;
      const { data } = canvas.getContext("2d").getImageData(0, 0, wide, high);
      this.tiles.set(key, tile = { wide, high, pixels: new Uint32Array(data.buffer) });
    }
    return tile;
  }

  // All lanes that are in sight: [worker, top of its bar].
  lanes(found, view, canvas) {
    const { context } = this, later = [];
    this.bar = Math.round(BAR * this.scale);
    this.overlay.begin(canvas.width, canvas.height, this.bar);
    for (const [worker, y] of found) later.push(this.lane(worker, view, y));
    this.overlay.finish(context);
    for (const { worker, words, unsure, shift, y } of later) {
      context.save();
      context.translate(shift, y);
      for (const [span, x, x1] of words) this.word(worker, span, x, x1);
      this.marks(unsure);
      context.restore();
    }
  }

  // Draw the wide spans of a lane and put the others into the overlay; what is to be drawn above both is returned.
  lane(worker, view, y) {
    const lane = worker.lane, { context } = this, unsure = [], words = [];
    const shift = -Math.round((view.t0 / view.pxNs) % REPEAT);  // so that patterns move with the spans
    context.save();
    context.translate(shift, y);
    let i = Math.max(0, placeBefore(lane.starts, view.t0)), t = Math.max(lane.starts[0], view.t0);
    while (i < lane.n && t < view.t1) {
      const end = lane.starts[i + 1], x = view.x(t) - shift;
      if ((end - t) / view.pxNs >= WIDE_PX) {
        const x1 = view.x(Math.min(end, view.t1)) - shift;
        this.span(lane, i, x, x1);
        words.push([i, x, x1]);
        note(unsure, x, x1, knownOf(lane, i));
        t = end;
        i++;
        continue;
      }
      const until = Math.max(view.t(Math.floor(view.x(t)) + 1), t + view.pxNs * 0.25);
      let j = placeFrom(lane.starts, until, i, lane.n);
      let stop = Math.min(until, lane.starts[j + 1]);
      if (j > i && (lane.starts[j + 1] - lane.starts[j]) / view.pxNs >= WIDE_PX) stop = lane.starts[j];
      this.column(lane, i, t, j, stop, view, shift);
      note(unsure, x, view.x(stop) - shift, this.look.known);
      [i, t] = stop >= lane.starts[j + 1] ? [j + 1, stop] : [j, stop];
    }
    this.flush();
    this.overlay.put(Math.round(y * this.scale));
    context.restore();
    return { worker, words, unsure, shift, y };
  }

  // One column: the spans i to j between two instants, as heights of what they were.
  column(lane, i, t, j, stop, view, shift) {
    const { overlay, scale, look } = this;
    this.tell(lane, i, j);
    const run = runTime(lane, j, stop) - runTime(lane, i, t), ready = readyTime(lane, j, stop) - readyTime(lane, i, t);
    if (stop > t) measure(look, run, ready, stop - t); else measure(look, 1, 0, 1);  // a step that took no time
    const more = Math.max(0, 1 - (stop - t) / view.pxNs) / 2, begin = Math.round(shift * scale);
    const x0 = Math.round((view.x(t) - more) * scale), x1 = Math.max(x0 + 1, Math.round((view.x(stop) + more) * scale));
    const low = Math.round((BAR - look.run) * scale), middle = Math.round((BAR - look.run - look.over) * scale);
    const bottom = this.bar;
    if (middle > 0) overlay.fill(x0, x1, 0, middle, this.tile(WAITING, look.reason, look.known), begin);
    if (low > middle) overlay.fill(x0, x1, middle, low, this.tile(READY, look.readyReason, look.known), begin);
    if (bottom > low) overlay.fill(x0, x1, low, bottom, this.tile(RUNNING, NONE, look.known), begin);
  }

  // Of the spans i to j: the reason of a wait, of a ready span, and the least certain way of knowing.
  // Looked at are the first two, two in the middle, and the last.
  tell(lane, i, j) {
    const { look } = this, middle = (i + j) >>> 1;
    let longest = -1;
    look.reason = look.readyReason = NONE;
    look.known = EXACT;
    for (let n = 0; n < 5; n++) {
      const k = n === 0 ? i : n === 1 ? Math.min(i + 1, j) : n === 2 ? middle : n === 3 ? Math.min(middle + 1, j) : j;
      const code = lane.code[k], state = code & 3, length = lane.starts[k + 1] - lane.starts[k];
      look.known = Math.max(look.known, (code >> 2) & 3);
      if (state === READY) look.readyReason = code >> 4;
      if (state === WAITING && length > longest) {
        longest = length;
        look.reason = code >> 4;
      }
      if (i === j) return;
    }
  }

  // Boxes wait for each other: to draw all of one fill together is far quicker than to change the fill.
  box(state, reason, known, flat, x, y, wide, high) {
    const key = state | (known << 2) | (reason << 4) | (flat ? FLAT : 0);
    let boxes = this.boxes.get(key);
    if (boxes === undefined) this.boxes.set(key, boxes = []);
    boxes.push(x, y, wide, high);
  }

  flush() {
    const { context } = this;
    for (const [key, boxes] of this.boxes) {
      context.fillStyle = this.fill(key & 3, (key >> 4) & 15, (key >> 2) & 3, (key & FLAT) !== 0);
      for (let k = 0; k < boxes.length; k += 4) context.fillRect(boxes[k], boxes[k + 1], boxes[k + 2], boxes[k + 3]);
    }
    this.boxes.clear();
  }

  span(lane, i, x, x1) {
    const state = stateOf(lane, i), flat = state !== RUNNING && x1 - x < TILE_PX;
    this.box(state, reasonOf(lane, i), knownOf(lane, i), flat, x, 0, x1 - x, BAR);
  }

  word(worker, i, x, x1) {
    const { context } = this, room = x1 - x - 20;
    if (x1 - x < WORD_PX) return;
    const text = this.wordsIn(worker, i).find(words => this.width(words) <= room);
    if (!text) return;
    const reason = reasonOf(worker.lane, i);
    context.fillStyle = reason ? this.ground(stateOf(worker.lane, i), reason) : this.theme.colors.background;
    context.fillRect(x + 7, 1, this.width(text) + 6, BAR - 2);
    context.fillStyle = this.theme.colors.foreground;
    context.font = FONT;
    context.fillText(text, x + 10, BAR / 2 + 4);
  }

  // What may be written into a span, the longest first; of what runs only where, and not what a task went on
  // from. Kept: to look for a sample takes long.
  wordsIn(worker, i) {
    const { lane } = worker, kept = (worker.inside ??= new Map());
    if (!kept.has(i)) {
      const reason = this.session.reasons[reasonOf(lane, i)], named = reasonOf(lane, i) > 0;
      const { site, sampled, after } = whereWords(this.session, worker, i, (lane.starts[i] + lane.starts[i + 1]) / 2);
      const [file, line, where] = site >= 0 ? this.session.sites[site] : [], sign = sampled ? "≈ " : "";
      const place = site >= 0 ? `${sign}${baseName(file)}:${line}` : "";
      kept.set(i, (named ? [!sampled && place && `${reason} ${place}`, reason]
        : stateOf(lane, i) === RUNNING && !after ? [place && `${place} ${where}`, place] : []).filter(Boolean));
    }
    return kept.get(i);
  }

  width(text) {
    let wide = this.widths.get(text);
    if (wide === undefined) {
      this.context.font = FONT;
      this.widths.set(text, wide = this.context.measureText(text).width);
    }
    return wide;
  }

  // A line below what is not exact: dashes where samples tell it, dots where it is inferred.
  marks(unsure) {
    const { context } = this;
    context.strokeStyle = this.theme.colors.muted;
    context.lineWidth = 1;
    for (const [x, x1, known] of unsure) {
      context.setLineDash(known === SAMPLED ? [3, 2] : [1, 2]);
      context.beginPath();
      context.moveTo(x, BAR + 1.5);
      context.lineTo(x1, BAR + 1.5);
      context.stroke();
    }
    context.setLineDash([]);
  }
}

// The heights of a column's running and ready part, in half pixels; what took any time at all can be seen.
function measure(look, running, ready, alive) {
  const waiting = alive - running - ready;
  let run = Math.round((2 * BAR * running) / alive) / 2, over = 0;
  if (running) run = Math.min(Math.max(run, LEAST_BAR), ready + waiting ? BAR - LEAST_GAP : BAR);
  if (ready) {
    over = BAR - run;
    if (waiting) over = Math.min(Math.max(Math.round((2 * BAR * ready) / alive) / 2, LEAST_GAP), BAR - run - 1);
  }
  look.run = run;
  look.over = over;
}

function note(unsure, x, x1, known) {
  if (known === EXACT) return;
  const last = unsure[unsure.length - 1];
  if (last && last[2] === known && x <= last[1] + 2) last[1] = Math.max(last[1], x1);
  else unsure.push([x, x1, known]);
}
