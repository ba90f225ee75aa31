// Draws lanes: wide spans one by one, the short ones between in columns with the exact share of each state.
// What it costs depends on the pixels and not on how many spans there are.

const WIDE_PX = 1.5, WORD_PX = 48, LEAST_BAR = 2, LEAST_GAP = 1.5, TILE_PX = 4, FONT = "11px ui-monospace, monospace";
const NONE = 0, GIL = 1, LOOP = 2, CORE = 3, IO = 4, LOCK = 5, SLEEP = 6, AWAIT = 7, QUEUE = 8, CHILD = 9, EXECUTOR = 10, HELD = 11;
const DASHES = { [QUEUE]: [5, 3], [CHILD]: [2, 2], [EXECUTOR]: [11, 5], [NONE]: [1, 7] };
const FLAT = 1024;  // in a key: one colour instead of the pattern
const REPEAT = 16;  // every tile is as wide as this, or a part of it

class Painter {
  constructor(session, theme, context) {
    Object.assign(this, { session, theme, context });
    this.fills = new Map();
    this.widths = new Map();
    this.scale = window.devicePixelRatio || 1;
  }

  forget(scale) {
    this.fills.clear();
    this.scale = scale;
  }

  color(state, reason) {
    const colors = this.theme.colors;
    return state === RUNNING ? colors.running : state === READY ? colors.ready : colors.reasons[reason];
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
    const tile = document.createElement("canvas");
    tile.width = REPEAT * this.scale;
    tile.height = BAR * this.scale;
    const pen = tile.getContext("2d");
    pen.scale(this.scale, this.scale);
    pen.fillStyle = ground;
    pen.fillRect(0, 0, REPEAT, BAR);
    pen.strokeStyle = pen.fillStyle = color;
    pen.lineWidth = state === READY ? 1.8 : 1.6;
    if (state === READY) hatch(pen, reason); else stroke(pen, reason);
    const pattern = this.context.createPattern(tile, "repeat");
    pattern.setTransform(new DOMMatrix().scale(1 / this.scale));
    return pattern;
  }

  lane(worker, view, y) {
    const lane = worker.lane, { context } = this, unsure = [], words = [], stacks = [];
    const shift = -Math.round((view.t0 / view.pxNs) % REPEAT);  // so that patterns move with the spans
    context.save();
    context.translate(shift, y);
    this.boxes = new Map();
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
      } else {
        [i, t] = this.column(lane, i, t, view, shift, stacks);
      }
    }
    this.flush();
    for (const stack of stacks) this.stack(stack, unsure);  // after: a neighbour must not hide the narrow
    this.flush();
    for (const [span, x, x1] of words) this.word(lane, span, x, x1);
    this.marks(unsure);
    context.restore();
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

  // One column of short spans from span i and instant t on; returns where the next thing begins.
  column(lane, i, t, view, shift, stacks) {
    const x = view.x(t), until = Math.max(view.t(Math.floor(x) + 1), t + view.pxNs * 0.25);
    let j = Math.min(placeBefore(lane.starts, until, i, lane.n), lane.n - 1), stop = Math.min(until, lane.starts[j + 1]);
    if (j > i && (lane.starts[j + 1] - lane.starts[j]) / view.pxNs >= WIDE_PX) stop = lane.starts[j];
    const look = lookOf(stop > t ? sums(lane, i, t, j, stop) : [1, 0, 0], this.tell(lane, i, j));
    const x0 = x - shift, x1 = view.x(stop) - shift, more = Math.max(0, 1 - (x1 - x0)) / 2;
    const last = stacks[stacks.length - 1];
    if (last && x0 <= last.x1 + 0.1 && last.look.every((part, k) => part === look[k])) last.x1 = x1 + more;
    else stacks.push({ x0: x0 - more, x1: x1 + more, look });
    return stop >= lane.starts[j + 1] ? [j + 1, stop] : [j, stop];
  }

  // Of the spans i to j: the reason of a wait, of a ready span, and the least certain way of knowing.
  tell(lane, i, j) {
    const middle = (i + j) >>> 1, found = [NONE, NONE, EXACT];
    let longest = -1;
    for (const k of [i, Math.min(i + 1, j), middle, Math.min(middle + 1, j), j]) {
      const state = stateOf(lane, k), length = lane.starts[k + 1] - lane.starts[k];
      found[2] = Math.max(found[2], knownOf(lane, k));
      if (state === READY) found[1] = reasonOf(lane, k);
      if (state === WAITING && length > longest) [longest, found[0]] = [length, reasonOf(lane, k)];
    }
    return found;
  }

  stack({ x0, x1, look: [run, over, reason, readyReason, known] }, unsure) {
    const wide = x1 - x0, rest = BAR - run - over;
    note(unsure, x0, x1, known);
    if (rest) this.box(WAITING, reason, known, false, x0, 0, wide, rest);
    if (over) this.box(READY, readyReason, known, false, x0, rest, wide, over);
    if (run) this.box(RUNNING, NONE, known, false, x0, BAR - run, wide, run);
  }

  word(lane, i, x, x1) {
    const reason = reasonOf(lane, i);
    if (!reason || x1 - x < WORD_PX) return;
    const { context } = this, room = x1 - x - 20;
    let text = this.session.reasons[reason];
    if (lane.site[i] >= 0) {
      const [file, line] = this.session.sites[lane.site[i]], longer = `${text} ${baseName(file)}:${line}`;
      if (this.width(longer) <= room) text = longer;
    }
    const wide = this.width(text);
    if (wide > room) return;
    context.fillStyle = this.ground(stateOf(lane, i), reason);
    context.fillRect(x + 7, 1, wide + 6, BAR - 2);
    context.fillStyle = this.theme.colors.foreground;
    context.font = FONT;
    context.fillText(text, x + 10, BAR / 2 + 4);
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

// How a column looks: the heights of its running and its ready part in half pixels, reasons, certainty.
// What took any time at all can be seen.
function lookOf([running, ready, waiting], [reason, readyReason, known]) {
  const alive = running + ready + waiting, half = value => Math.round(2 * value) / 2;
  let run = half((BAR * running) / alive), over = 0;
  if (running) run = Math.min(Math.max(run, LEAST_BAR), ready + waiting ? BAR - LEAST_GAP : BAR);
  if (ready) over = waiting ? Math.min(Math.max(half((BAR * ready) / alive), LEAST_GAP), BAR - run - 0.5) : BAR - run;
  return [run, over, reason, readyReason, known];
}

function note(unsure, x, x1, known) {
  if (known === EXACT) return;
  const last = unsure[unsure.length - 1];
  if (last && last[2] === known && x <= last[1] + 2) last[1] = Math.max(last[1], x1);
  else unsure.push([x, x1, known]);
}

function hatch(pen, reason) {
  pen.beginPath();
  for (let x = -REPEAT; x < 2 * REPEAT; x += 8) {
    if (reason === CORE) { pen.moveTo(x + 2, 0); pen.lineTo(x + 2, BAR); pen.moveTo(x + 6, 0); pen.lineTo(x + 6, BAR); }
    else if (reason === LOOP) { pen.moveTo(x, 0); pen.lineTo(x + BAR, BAR); }
    else if (reason === GIL) { pen.moveTo(x, BAR); pen.lineTo(x + BAR, 0); }
    else { pen.moveTo(x, 4); pen.lineTo(x + 8, 4); pen.moveTo(x, 12); pen.lineTo(x + 8, 12); }
  }
  pen.stroke();
}

function stroke(pen, reason) {
  const y = BAR / 2;
  pen.beginPath();
  if (reason === IO) {
    for (let x = -8; x < REPEAT + 8; x++) pen.lineTo(x, y - 3 * Math.sin((x * Math.PI) / 4));
  } else if (reason === LOCK) {
    pen.moveTo(0, y - 2); pen.lineTo(REPEAT, y - 2); pen.moveTo(0, y + 2); pen.lineTo(REPEAT, y + 2);
  } else if (reason === HELD) {
    for (let x = 2; x < REPEAT; x += 4) { pen.moveTo(x, 0); pen.lineTo(x, BAR); }
  } else if (reason === SLEEP) {
    for (let x = 4; x < REPEAT; x += 8) { pen.moveTo(x + 1.5, y); pen.arc(x, y, 1.5, 0, 7); }
    pen.fill();
    return;
  } else {
    pen.setLineDash(DASHES[reason] ?? []);
    pen.moveTo(0, y);
    pen.lineTo(REPEAT, y);
  }
  pen.stroke();
}
