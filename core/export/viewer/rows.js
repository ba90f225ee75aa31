// Which lanes there are to see: the tree of workers, folded and searched.

function buildRows(session, folded, needle) {
  const wanted = needle ? matching(session, needle) : null;
  const rows = [], pending = session.roots.map(index => [index, 0]).reverse();
  while (pending.length) {
    const [index, depth] = pending.pop(), worker = session.workers[index];
    if (wanted && !wanted.has(index)) continue;
    rows.push({ worker: index, depth, parent: worker.children.length > 0, open: wanted !== null || !folded.has(index) });
    if (wanted === null && folded.has(index)) continue;
    for (let i = worker.children.length - 1; i >= 0; i--) pending.push([worker.children[i], depth + 1]);
  }
  return rows;
}

// Has a worker the needle in its name, or stood at a source line that has it?
function matches(session, worker, needle) {
  const sought = needle.toLowerCase();
  const named = `${worker.name}\n${worker.id}\n${worker.about}\n${worker.kind}`.toLowerCase().includes(sought);
  return named || placesOf(worker).some(site => siteWords(session, site).toLowerCase().includes(sought));
}

// The sites of a worker, each once.
function placesOf(worker) {
  if (worker.places === undefined) {
    const found = new Set(worker.lane.site);
    for (let k = 1; k < worker.seen.length; k += 2) found.add(worker.seen[k]);
    found.delete(-1);
    worker.places = [...found];
  }
  return worker.places;
}

// When a worker first stood at a line with the needle in it; null where it never did.
function firstAt(session, worker, needle) {
  const { lane } = worker, sought = needle.toLowerCase();
  const wanted = placesOf(worker).filter(site => siteWords(session, site).toLowerCase().includes(sought));
  const i = lane.site.findIndex(site => wanted.includes(site));
  return i < 0 ? null : lane.starts[i];
}

// Workers that match, and those above them.
function matching(session, needle) {
  const wanted = new Set();
  for (const worker of session.workers) {
    if (!worker.lane || !matches(session, worker, needle)) continue;
    for (let up = worker.index; up !== null && !wanted.has(up); up = session.workers[up].parent) wanted.add(up);
  }
  return wanted;
}
