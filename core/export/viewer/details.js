// What is known about the chosen span and its worker, in words; and the short form beside the pointer.

function spanLines(session, worker, i) {
  const lane = worker.lane, state = stateOf(lane, i), t0 = lane.starts[i], t1 = lane.starts[i + 1];
  const known = session.known[knownOf(lane, i)];
  return {
    state: stateWords(session, state, reasonOf(lane, i)),
    length: duration(t1 - t0) + (worker.end_ns === null && i === lane.n - 1 ? " so far" : ""),
    when: betweenWords(t0, t1),
    known: known === "exact" ? "" : known,
  };
}

function tipText(session, view, x, y) {
  const row = view.rowAt(y);
  if (!row) return marksAt(session, view, x, y);
  const worker = session.workers[row.worker], lane = worker.lane, t = view.t(x), i = spanAt(lane, t);
  if (i < 0) return worker.short;
  const a = spanAt(lane, Math.max(t - view.pxNs, lane.starts[0]));
  const b = spanAt(lane, Math.min(t + view.pxNs, lane.starts[lane.n]));
  if (b - a > 2) return crowdText(session, worker, a, b);
  const lines = spanLines(session, worker, i), site = whereWords(session, worker, i, t);
  return [
    `${worker.short}: ${lines.state}, ${lines.length}`, lines.when,
    (site.after ? "after " : "") + site.words + (site.sampled ? "  (sampled)" : ""),
    lines.known,
  ].filter(Boolean).join("\n");
}

// Several spans under one pixel.
function crowdText(session, worker, a, b) {
  const lane = worker.lane, t0 = lane.starts[a], t1 = lane.starts[b + 1], times = sums(lane, a, t0, b, t1);
  const parts = times.map((ns, state) => (ns ? `${session.states[state]} ${share(ns, t1 - t0)}` : "")).filter(Boolean);
  return `${worker.short}: ${count(b - a + 1)} spans in ${duration(t1 - t0)}\n${parts.join(" · ")}`;
}

// Where a worker stood in span i, near t; after: it ran, but not there: a task went on from there.
function whereWords(session, worker, i, t) {
  const lane = worker.lane, exact = lane.site[i], seen = seenNear(worker, i, t);
  const sampled = seen !== null && (exact < 0 || (worker.kind === "task" && stateOf(lane, i) === RUNNING));
  const site = sampled ? seen[0] : exact;
  return { site, sampled, after: !sampled && lane.after[i] === 1, words: siteWords(session, site) };
}

class Details {
  constructor(session, view, box, go) {
    Object.assign(this, { session, view, box, go, shown: undefined });
  }

  draw() {
    const chosen = this.view.chosen;
    if (chosen === this.shown) return;
    this.shown = chosen;
    this.box.replaceChildren();
    if (!chosen) {
      const hint = "Click a span, or choose a lane with ↓: what it was, where it stood, who woke it.";
      this.box.append(element("p", "quiet", hint));
      return;
    }
    const worker = this.session.workers[chosen.worker];
    this.title(worker);
    const list = element("dl", "");
    this.list = list;
    if (chosen.span >= 0) this.span(worker, chosen); else this.row("state", "not alive at this instant");
    this.totals(worker);
    this.box.append(list);
  }

  title(worker) {
    const number = worker.kind === "process" ? `pid ${worker.pid}` : worker.tid && `tid ${worker.tid}`;
    const ids = [worker.kind, number, worker.about];
    const title = element("h2", "", worker.name);
    title.prepend(element("span", "sign", SIGNS[worker.kind] + " "));
    this.box.append(title, element("p", "quiet", ids.filter(Boolean).join(" · ")));
  }

  row(name, text, ...buttons) {
    const value = element("dd", "", text);
    value.append(...buttons);
    this.list.append(element("dt", "", name), value);
  }

  span(worker, { span: i, t }) {
    const { session } = this, lane = worker.lane, lines = spanLines(session, worker, i);
    this.row("state", `${lines.state}, ${lines.length}${lines.known && `  (${lines.known})`}`);
    this.row("time", lines.when);
    const where = whereWords(session, worker, i, t);
    if (where.site >= 0) {
      const [file] = session.sites[where.site];
      const how = where.sampled ? "seen at" : where.after ? "after" : "at";
      this.row(how, where.words + (where.sampled ? "  (sampled)" : ""));
      const call = callWords(session, where.site);
      if (call && !where.after) this.row("calls", call);
      this.row("file", file);
    }
    this.peers(worker, i, lane);
  }

  peers(worker, i, lane) {
    const { session } = this, wake = wakeOf(session, worker.index, i);
    if (stateOf(lane, i) === WAITING && lane.peer[i] !== -1) {
      this.row("waits for", "", ...this.link(worker, lane.peer[i], lane.starts[i]));
    }
    if (wake) this.row("woken by", "", ...this.link(worker, wake.by, wake.t), `  at ${clock(wake.t, 1000)}`);
    const next = nextWakeBy(session, worker.index, lane.starts[i]);
    if (next) this.row("wakes next", "", ...this.link(worker, next.of, next.t), `  at ${clock(next.t, 1000)}`);
  }

  link(worker, peer, t) {
    const words = peerWords(this.session, worker.index, peer);
    if (peer < 0 || peer === worker.index || !this.session.workers[peer].lane) return [words];
    const button = element("button", "link", words);
    button.type = "button";
    button.addEventListener("click", () => this.go(peer, t));
    return [button];
  }

  totals(worker) {
    const { session } = this, lane = worker.lane;
    const alive = lane.starts[lane.n] - lane.starts[0];
    if (lane.n && alive) {
      const times = sums(lane, 0, lane.starts[0], lane.n - 1, lane.starts[lane.n]);
      const parts = times.map((ns, state) => ns && `${session.states[state]} ${duration(ns)} (${share(ns, alive)})`);
      this.row("in all", parts.filter(Boolean).join(" · "));
    }
    const ended = worker.end_ns === null ? "" : `, ${worker.outcome} after ${duration(worker.end_ns - worker.start_ns)}`;
    this.row("life", `began ${clock(worker.start_ns, 1e6)}${ended}${worker.detail && `: ${worker.detail}`}`);
  }
}
