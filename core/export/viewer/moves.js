// Going from one thing to the next: events of a lane, of any lane, and along wake-ups.

// Who made span i ready, and when: { by, t }; null where that is not known.
function wakeOf(session, index, i) {
  const lane = session.workers[index].lane;
  for (let k = i; k >= 0 && k > i - 64; k--) {
    if (stateOf(lane, k) === WAITING || lane.peer[k] === -1) continue;
    const peer = lane.peer[k], before = k > 0 && stateOf(lane, k - 1) === READY;
    if (before && (lane.peer[k - 1] === peer || lane.peer[k - 1] === -1)) k--;  // ready since then
    return { by: peer, t: lane.starts[k] };
  }
  return null;
}

// Whom a worker woke, at or after an instant.
function nextWakeBy(session, index, t) {
  const { t: times, by, of } = session.wakes;
  for (let k = placeBefore(times, t - 0.5) + 1; k < times.length; k++) {
    if (by[k] === index && session.workers[of[k]].lane) return { of: of[k], t: times[k] };
  }
  return null;
}

function edgeAfter(lane, t) {
  const k = placeBefore(lane.starts, t) + 1;
  return k <= lane.n && lane.n ? lane.starts[k] : null;
}

function edgeBefore(lane, t) {
  let k = placeBefore(lane.starts, t);
  while (k >= 0 && lane.starts[k] >= t) k--;
  return k >= 0 && lane.n ? lane.starts[k] : null;
}

// The next (1) or the previous (-1) event of a lane, or of any: [worker, instant], null if there is none.
function edgeFrom(session, rows, worker, t, direction) {
  const among = worker === null ? rows.map(row => row.worker) : [worker];
  let best = null;
  for (const index of among) {
    const lane = session.workers[index].lane, found = direction > 0 ? edgeAfter(lane, t) : edgeBefore(lane, t);
    if (found !== null && (best === null || (found - best[1]) * direction < 0)) best = [index, found];
  }
  return best;
}

class Moves {
  constructor(session, view) {
    Object.assign(this, { session, view });
  }

  event(direction, any) {
    const { view } = this, chosen = view.chosen;
    const t = chosen?.t ?? (direction > 0 ? view.t0 : view.t1);
    const found = edgeFrom(this.session, view.rows, any || !chosen ? null : chosen.worker, t, direction);
    if (found) view.choose(...found);
  }

  wake(direction) {
    const { session, view } = this, chosen = view.chosen;
    if (!chosen || chosen.span < 0) return;
    if (direction < 0) {
      const wake = wakeOf(session, chosen.worker, chosen.span);
      if (wake && wake.by >= 0 && session.workers[wake.by].lane) view.choose(wake.by, wake.t);
      return;
    }
    const next = nextWakeBy(session, chosen.worker, chosen.t);
    if (next) view.choose(next.of, next.t);
  }

  lane(by) {
    const { view } = this;
    if (!view.rows.length) return;
    const chosen = view.chosen, place = chosen ? view.places.get(chosen.worker) ?? 0 : by > 0 ? -1 : 0;
    const row = view.rows[Math.min(Math.max(place + by, 0), view.rows.length - 1)];
    view.choose(row.worker, this.instant(row.worker), false);
  }

  // Where to look in a lane that is chosen by itself: where one looked before, or where it is in sight.
  instant(worker) {
    const { view } = this, lane = this.session.workers[worker].lane;
    const t = view.chosen?.t ?? (view.t0 + view.t1) / 2;
    return lane.n ? Math.min(Math.max(t, lane.starts[0]), lane.starts[lane.n]) : t;
  }

  fit() {
    const { view } = this, chosen = view.chosen;
    if (!chosen) return;
    const lane = this.session.workers[chosen.worker].lane, before = [view.t0, view.t1].join();
    if (chosen.span >= 0) view.fit(lane.starts[chosen.span], lane.starts[chosen.span + 1]);
    if ([view.t0, view.t1].join() === before && lane.n) view.fit(lane.starts[0], lane.starts[lane.n]);
  }
}
