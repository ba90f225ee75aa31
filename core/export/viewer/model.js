// What the page holds, unpacked: workers with their spans as typed arrays (data.py has the layout).
// All instants and lengths are nanoseconds since the session began, as numbers: exact up to 2^53 (104 days).

const RUNNING = 0, READY = 1, WAITING = 2;
const EXACT = 0, SAMPLED = 1, INFERRED = 2;
const TYPES = { u1: Uint8Array, u4: Uint32Array, i4: Int32Array };
const REACH_NS = 250e6;  // how far a sampled line tells of the time around it

async function unpack(base64) {
  const text = atob(base64.trim());
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const buffer = await new Response(stream).arrayBuffer();
  const length = new DataView(buffer).getUint32(0, true);
  const session = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const columns = {};
  let at = 4 + length;
  for (const [name, type, count] of session.columns) {
    columns[name] = new TYPES[type](buffer, at, count);
    at += Math.ceil(columns[name].byteLength / 8) * 8;
  }
  return connect(session, columns);
}

function connect(session, columns) {
  let first = 0;
  session.workers.forEach((worker, index) => {
    worker.index = index;
    worker.children = [];
    if (worker.spans === undefined) return;  // only somebody's waker: it has no lane
    worker.lane = laneOf(worker, columns, first);
    first += worker.spans;
    if (worker.parent !== null) session.workers[worker.parent].children.push(index);
  });
  session.roots = session.workers.filter(w => w.lane && w.parent === null).map(w => w.index);
  // a child process may have been read before the thread that started it
  const begin = (one, other) => session.workers[one].start_ns - session.workers[other].start_ns || one - other;
  for (const siblings of [session.roots, ...session.workers.map(w => w.children)]) siblings.sort(begin);
  session.wakes = {
    t: longs(columns, "wake_t", 0, undefined, session.from_ns), by: columns.wake_by, of: columns.wake_of,
  };
  session.concurrency = curveOf(columns, "concurrency", session.from_ns);
  session.parallelism = curveOf(columns, "parallelism", session.from_ns);
  return session;
}

function longs(columns, name, first, count, add) {
  const low = columns[name + "_low"], high = columns[name + "_high"];
  const found = new Float64Array(count ?? low.length);
  for (let i = 0; i < found.length; i++) found[i] = high[first + i] * 4294967296 + low[first + i] + add;
  return found;
}

// Span i lasts from starts[i] to starts[i + 1]; run and ready: the time in these states before it.
function laneOf(worker, columns, first) {
  const n = worker.spans, lengths = longs(columns, "span_ns", first, n, 0);
  const code = columns.span_code.subarray(first, first + n);
  const starts = new Float64Array(n + 1), run = new Float64Array(n + 1), ready = new Float64Array(n + 1);
  starts[0] = worker.first_ns;
  for (let i = 0; i < n; i++) {
    const state = code[i] & 3;
    starts[i + 1] = starts[i] + lengths[i];
    run[i + 1] = run[i] + (state === RUNNING ? lengths[i] : 0);
    ready[i + 1] = ready[i] + (state === READY ? lengths[i] : 0);
  }
  return {
    n, starts, run, ready, code,
    site: columns.span_site.subarray(first, first + n), peer: columns.span_peer.subarray(first, first + n),
    after: columns.span_after.subarray(first, first + n),
  };
}

function curveOf(columns, name, from) {
  const t = longs(columns, name + "_t", 0, undefined, from), value = columns[name];
  const area = new Float64Array(t.length);
  for (let i = 1; i < t.length; i++) area[i] = area[i - 1] + value[i - 1] * (t[i] - t[i - 1]);
  return { t, value, area };
}

// Place of the last number that is not greater than t, -1 if all are.
function placeBefore(numbers, t, low = 0, high = numbers.length) {
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (numbers[middle] <= t) low = middle + 1; else high = middle;
  }
  return low - 1;
}

// The same from place i on, where it is likely near: of n spans the last that begins at or before t.
function placeFrom(starts, t, i, n) {
  let step = 1;
  while (i + step < n && starts[i + step] <= t) step *= 2;
  return placeBefore(starts, t, i, Math.min(i + step, n));
}

function spanAt(lane, t) {
  if (!lane.n || t < lane.starts[0] || t > lane.starts[lane.n]) return -1;
  let i = Math.min(placeBefore(lane.starts, t), lane.n - 1);
  while (i + 1 < lane.n && lane.starts[i + 1] <= t) i++;
  return i;
}

const stateOf = (lane, i) => lane.code[i] & 3;
const knownOf = (lane, i) => (lane.code[i] >> 2) & 3;
const reasonOf = (lane, i) => lane.code[i] >> 4;

// Running time of a lane before instant t, which lies in span k; the same of its ready time.
const runTime = (lane, k, t) => lane.run[k] + ((lane.code[k] & 3) === RUNNING ? t - lane.starts[k] : 0);
const readyTime = (lane, k, t) => lane.ready[k] + ((lane.code[k] & 3) === READY ? t - lane.starts[k] : 0);

// Running, ready and waiting time between two instants, which lie in the spans i and j.
function sums(lane, i, t0, j, t1) {
  const run = runTime(lane, j, t1) - runTime(lane, i, t0), ready = readyTime(lane, j, t1) - readyTime(lane, i, t0);
  return [run, ready, t1 - t0 - run - ready];
}

// The sampled line that tells of span i near an instant, as [site, instant]; null where none does.
function seenNear(worker, i, t) {
  const lane = worker.lane, seen = worker.seen;
  let best = null;
  for (let k = 0; k < seen.length; k += 2) {
    const at = seen[k];
    const inside = at >= lane.starts[i] && at <= lane.starts[i + 1];
    const near = Math.abs(at - t) <= REACH_NS && stateOf(lane, spanAt(lane, at)) === stateOf(lane, i);
    if ((inside || near) && (best === null || Math.abs(at - t) < Math.abs(best[1] - t))) best = [seen[k + 1], at];
  }
  return best;
}
