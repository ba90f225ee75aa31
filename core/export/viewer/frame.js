// What stands around the lanes on the plot: curves, axis, the chosen span and its wake-ups, marks, the cursor.

const DIAMOND = 3.5;

// The plot. While no more than the pointer moves it is the picture that was kept, with the cursor at another place;
// it is kept as soon as the pointer moves alone, because to keep each frame of a drag would cost more than the frame.
function drawPlot(view, painter, canvas) {
  const { context, base } = painter;
  if (view.stale || !painter.kept) drawAll(view, painter, canvas);
  if (!view.stale && painter.kept) {
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(base.canvas, 0, 0);
    context.setTransform(painter.scale, 0, 0, painter.scale, 0, 0);
  } else if (!view.stale) {
    base.canvas.width = canvas.width;
    base.canvas.height = canvas.height;
    base.drawImage(canvas, 0, 0);
  }
  painter.kept = !view.stale;
  view.stale = false;
  drawCursor(view, context, painter.theme.colors);
}

function drawAll(view, painter, canvas) {
  const { context, session } = painter, colors = painter.theme.colors;
  const scale = window.devicePixelRatio || 1, wide = canvas.clientWidth, high = canvas.clientHeight;
  if (canvas.width !== Math.round(wide * scale) || canvas.height !== Math.round(high * scale)) {
    canvas.width = Math.round(wide * scale);
    canvas.height = Math.round(high * scale);
    painter.forget(scale);
  }
  view.width = Math.max(1, Math.floor(wide - roomForEnds(session, painter, wide)));
  view.height = high;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.fillStyle = colors.background;
  context.fillRect(0, 0, wide, high);
  drawLanes(view, painter, canvas, wide);
  context.fillStyle = colors.background;
  context.fillRect(0, 0, wide, HEAD - 4);
  drawCurve(view, context, session.concurrency, 2, colors.accent, colors.faint);
  drawCurve(view, context, session.parallelism, 2 + CURVE + CURVE_APART, colors.running, colors.faint);
  drawAxis(view, context, colors);
  drawMarks(view, context, session.moments, colors.accent);
}

function drawLanes(view, painter, canvas, wide) {
  const { context, session } = painter, colors = painter.theme.colors;
  drawGrid(view, context, colors);
  const first = Math.floor(view.top / ROW), last = Math.min(view.rows.length, first + Math.ceil(view.height / ROW) + 1);
  context.save();
  context.beginPath();
  context.rect(0, HEAD - 4, view.width, view.height);
  context.clip();
  const found = [], ended = [];
  for (let place = first; place < last; place++) {
    const row = view.rows[place], y = view.y(place);
    if (view.chosen?.worker === row.worker) {
      context.fillStyle = colors.raised;
      context.fillRect(0, y - 2, view.width, ROW);
    }
    const worker = session.workers[row.worker];
    if (worker.lane.n) found.push([worker, y + 1]);
    ended.push([worker, y + 1]);
  }
  painter.lanes(found, view, canvas);
  drawChosen(view, context, session, colors);
  context.restore();
  context.font = FONT;
  context.fillStyle = colors.bad;
  for (const [worker, y] of ended) drawEnd(worker, view, painter, y, wide);
}

// Behind the lane of a worker that failed, was cancelled or killed: a sign and what happened.
function drawEnd(worker, view, painter, y, wide) {
  const words = endWords(worker, painter, wide);
  if (!words || worker.end_ns < view.t0 || worker.end_ns > view.t1) return;
  painter.context.fillText(words, view.x(worker.end_ns) + END_APART, y + 12);
}

// A sign and what happened, in words for which there is room; "" where it ended well, or has not ended.
function endWords(worker, painter, wide) {
  const sign = { failed: "✗", cancelled: "⊘", killed: "†" }[worker.outcome];
  if (!sign || worker.end_ns === null) return "";
  const fuller = [`${sign} ${worker.detail || worker.outcome}`, `${sign} ${worker.outcome}`];
  return fuller.find(words => painter.width(words) <= END_MOST * wide) ?? sign;
}

// Pixels to keep free on the right of a plot, as in pictures: such words must not cover the lanes that end there.
function roomForEnds(session, painter, wide) {
  if (painter.ends?.wide !== wide) {
    const { from_ns: from, to_ns: to, workers } = session, least = worker => {
      const words = worker.lane && worker.end_ns > from && worker.end_ns <= to && endWords(worker, painter, wide);
      return words ? wide - (wide - painter.width(words) - 2 * END_APART) * (to - from) / (worker.end_ns - from) : 0;
    };
    painter.ends = { wide, room: workers.reduce((most, worker) => Math.max(most, least(worker)), 0) };
  }
  return painter.ends.room;
}

function ticks(view) {
  const least = view.pxNs * 96;
  let step = 1;
  while (step * 10 < least) step *= 10;
  step *= [1, 2, 5, 10].find(factor => step * factor >= least);
  const found = [];
  for (let t = Math.ceil(view.t0 / step) * step; t <= view.t1; t += step) found.push([view.x(t), clock(t, step)]);
  return found;
}

function drawGrid(view, context, colors) {
  context.fillStyle = faded(colors.faint, colors.background, 0.45);
  for (const [x] of ticks(view)) context.fillRect(Math.round(x), HEAD - 4, 1, view.height);
}

function drawAxis(view, context, colors) {
  context.font = FONT;
  context.fillStyle = colors.muted;
  for (const [x, words] of ticks(view)) {
    const half = context.measureText(words).width / 2;
    context.fillText(words, Math.min(Math.max(x - half, 0), view.width - 2 * half), HEAD - MARK - 12);
  }
}

// Below the axis: a diamond where something worth a look begins, a line while it lasts. Those that overlap are
// told together by the tip.
function drawMarks(view, context, moments, color) {
  const y = HEAD - MARK - 1.5, at = moments.map(([t0, t1]) => [view.x(t0), Math.min(view.x(t1), view.width)]);
  context.fillStyle = color;
  context.globalAlpha = 0.6;
  for (const [x, x1] of at) if (x1 > x && x1 > 0) context.fillRect(Math.max(x, 0), y - 1, x1 - Math.max(x, 0), 2);
  context.globalAlpha = 1;
  for (const [x] of at) {
    if (x < 0 || x > view.width) continue;
    context.beginPath();
    for (const [dx, dy] of [[-DIAMOND, 0], [0, -DIAMOND], [DIAMOND, 0], [0, DIAMOND]]) context.lineTo(x + dx, y + dy);
    context.fill();
  }
}

// What was worth a look at a place of the plot, in words; "" where no mark is.
function marksAt(session, view, x, y) {
  if (Math.abs(y - (HEAD - MARK - 1.5)) > DIAMOND + 3) return "";
  return session.moments.filter(([t0, t1]) => view.x(t0) - DIAMOND - 1 <= x && x <= view.x(t1) + DIAMOND + 1)
    .map(([t0, t1, words]) => {
      const when = t1 - t0 < view.pxNs ? `at ${clock(t0, view.pxNs)}` : betweenWords(t0, t1);
      return `◆ ${words}\n  ${when}`;
    }).join("\n");
}

// The mean of each pixel as an area, its peak as a line; full height is the peak of what is seen.
function drawCurve(view, context, curve, y, color, faint) {
  const { t, value } = curve, columns = [];
  const upTo = (k, at) => curve.area[k] + value[k] * (at - t[k]);
  let k = Math.max(0, placeBefore(t, view.t0)), most = 1;
  for (let x = 0; x < view.width; x++) {
    const t0 = view.t(x), t1 = view.t(x + 1), before = upTo(k, t0);
    let peak = value[k];
    while (k + 1 < t.length && t[k + 1] < t1) peak = Math.max(peak, value[++k]);
    columns.push([(upTo(k, t1) - before) / (t1 - t0), peak]);
    most = Math.max(most, peak);
  }
  context.fillStyle = faint;
  context.fillRect(0, y + CURVE, view.width, 1);
  context.fillStyle = color;
  const area = new Path2D(`M0 ${y + CURVE}`), line = new Path2D();
  columns.forEach(([mean, peak], x) => {
    const low = y + CURVE * (1 - mean / most), high = y + CURVE * (1 - peak / most) + 0.5;
    area.lineTo(x, low);
    area.lineTo(x + 1, low);
    if (x === 0) line.moveTo(0, high); else if (columns[x - 1][1] !== peak) line.lineTo(x, high);
    if (columns[x + 1]?.[1] !== peak) line.lineTo(x + 1, high);
  });
  area.lineTo(view.width, y + CURVE);
  context.globalAlpha = 0.4;
  context.fill(area);
  context.globalAlpha = 1;
  context.lineWidth = 1;
  context.strokeStyle = color;
  context.stroke(line);
}

// A frame around the chosen span; an arrow from who woke it, a line to whom it waits for.
function drawChosen(view, context, session, colors) {
  const chosen = view.chosen, place = chosen && view.places.get(chosen.worker);
  if (!chosen || place === undefined || chosen.span < 0) return;
  const lane = session.workers[chosen.worker].lane, i = chosen.span, y = view.y(place) + 1;
  const x = Math.max(view.x(lane.starts[i]), -4), x1 = Math.min(view.x(lane.starts[i + 1]), view.width + 4);
  context.strokeStyle = colors.cursor;
  context.lineWidth = 2;
  context.strokeRect(x - 1, y - 1, Math.max(x1 - x, 1) + 2, BAR + 2);
  const wake = wakeOf(session, chosen.worker, i);
  if (wake && wake.by >= 0) arrow(view, context, colors, wake.by, chosen.worker, wake.t);
  if (stateOf(lane, i) === WAITING && lane.peer[i] >= 0) {
    arrow(view, context, colors, lane.peer[i], chosen.worker, lane.starts[i + 1]);
  }
}

function arrow(view, context, colors, from, to, t) {
  const a = view.places.get(from), b = view.places.get(to), x = view.x(t);
  if (a === undefined || b === undefined || a === b || x < 0 || x > view.width) return;
  const down = a < b, y0 = view.y(a) + (down ? BAR + 1 : 1), y1 = view.y(b) + (down ? 0 : BAR + 2), back = down ? -6 : 6;
  context.strokeStyle = context.fillStyle = colors.accent;
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(x, y0);
  context.lineTo(x, y1);
  context.stroke();
  context.beginPath();
  context.moveTo(x, y1);
  context.lineTo(x - 4, y1 + back);
  context.lineTo(x + 4, y1 + back);
  context.fill();
  context.beginPath();
  context.arc(x, y0, 2.5, 0, 7);
  context.fill();
}

function drawCursor(view, context, colors) {
  if (!view.hover) return;
  const x = Math.round(view.hover.x), words = clock(view.t(x), view.pxNs);
  context.fillStyle = colors.muted;
  context.fillRect(x, HEAD - 6, 1, view.height);
  context.font = FONT;
  const wide = context.measureText(words).width + 8, left = Math.min(Math.max(x - wide / 2, 0), view.width - wide);
  context.fillStyle = colors.raised;
  context.fillRect(left, HEAD - MARK - 24, wide, 17);
  context.fillStyle = colors.foreground;
  context.fillText(words, left + 4, HEAD - MARK - 12);
}
