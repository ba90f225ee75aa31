// Draws lanes: wide spans one by one, the short ones between in columns with the exact share of each state.
// What it costs depends on the pixels and not on how many spans there are.

const WIDE_PX = 1.5, WORD_PX = 48, LEAST_BAR = 2, LEAST_GAP = 1.5, TILE_PX = 4, FONT = "11px ui-monospace, monospace";
const NONE = 0, GIL = 1, LOOP = 2, CORE = 3, IO = 4, LOCK = 5, SLEEP = 6, AWAIT = 7, QUEUE = 8, CHILD = 9, EXECUTOR = 10, HELD = 11;
const DASHES = { [QUEUE]: [5, 3], [CHILD]: [2, 2], [EXECUTOR]: [11, 5], [NONE]: [1, 7] };
const REPEAT = 16;  // every tile is as wide as this, or a part of it

class Painter {
  constructor(session, theme, context) {
    Object.assign(this, { session, theme, context });
    this.fills = new Map();
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
    const key = state | (known << 2) | (reason << 4) | (flat ? 1024 : 0);
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
    const lane = worker.lane, { context } = this, unsure = [];
    const shift = -((view.t0 / view.pxNs) % REPEAT);  // so that patterns move with the spans
    context.save();
    context.translate(shift, y);
    const words = [], stacks = [];
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
    for (const stack of stacks) this.stack(stack, unsure);  // after: a neighbour must not hide the narrow
    for (const [span, x, x1] of words) this.word(lane, span, x, x1);
    this.marks(unsure);
    context.restore();
  }

  span(lane, i, x, x1) {
    const state = stateOf(lane, i);
    const flat = state !== RUNNING && x1 - x < TILE_PX;
    this.context.fillStyle = this.fill(state, reasonOf(lane, i), knownOf(lane, i), flat);
    this.context.fillRect(x, 0, x1 - x, BAR);
  }

  // One column of short spans from span i and instant t on; returns where the next thing begins.
  column(lane, i, t, view, shift, stacks) {
    const x = view.x(t), until = Math.max(view.t(Math.floor(x) + 1), t + view.pxNs * 0.25);
    let j = Math.min(placeBefore(lane.starts, until, i, lane.n), lane.n - 1), stop = Math.min(until, lane.starts[j + 1]);
    if (j > i && (lane.starts[j + 1] - lane.starts[j]) / view.pxNs >= WIDE_PX) stop = lane.starts[j];
    const times = stop > t ? sums(lane, i, t, j, stop) : [1, 0, 0], x1 = view.x(stop);
    const more = Math.max(0, 1 - (x1 - x)) / 2;
    stacks.push([x - more - shift, x1 + more - shift, times, this.tell(lane, i, j)]);
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

  stack([x, x1, [running, ready, waiting], [reason, readyReason, known]], unsure) {
    note(unsure, x, x1, known);
    const alive = running + ready + waiting, { context } = this, wide = x1 - x;
    let run = (BAR * running) / alive, over = 0;
    if (running) run = Math.min(Math.max(run, LEAST_BAR), ready + waiting ? BAR - LEAST_GAP : BAR);
    if (ready) over = waiting ? Math.min(Math.max((BAR * ready) / alive, LEAST_GAP), BAR - run - LEAST_GAP / 2) : BAR - run;
    const rest = BAR - run - over;
    if (waiting) {
      context.fillStyle = this.fill(WAITING, reason, known, false);
      context.fillRect(x, 0, wide, rest);
    }
    if (ready) {
      context.fillStyle = this.fill(READY, readyReason, known, false);
      context.fillRect(x, rest, wide, over);
    }
    if (running) {
      context.fillStyle = this.fill(RUNNING, NONE, known, false);
      context.fillRect(x, BAR - run, wide, run);
    }
  }

  word(lane, i, x, x1) {
    const reason = reasonOf(lane, i);
    if (!reason || x1 - x < WORD_PX) return;
    const { context } = this, room = x1 - x - 20;
    context.font = FONT;
    let text = this.session.reasons[reason];
    if (lane.site[i] >= 0) {
      const [file, line] = this.session.sites[lane.site[i]], longer = `${text} ${baseName(file)}:${line}`;
      if (context.measureText(longer).width <= room) text = longer;
    }
    const wide = context.measureText(text).width;
    if (wide > room) return;
    context.fillStyle = this.ground(stateOf(lane, i), reason);
    context.fillRect(x + 7, 1, wide + 6, BAR - 2);
    context.fillStyle = this.theme.colors.foreground;
    context.fillText(text, x + 10, BAR / 2 + 4);
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
