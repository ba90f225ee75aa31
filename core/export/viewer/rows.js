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

function matches(worker, needle) {
  return `${worker.name}\n${worker.id}\n${worker.about}\n${worker.kind}`.toLowerCase().includes(needle.toLowerCase());
}

// Workers with the needle in their name, and those above them.
function matching(session, needle) {
  const wanted = new Set();
  for (const worker of session.workers) {
    if (!worker.lane || !matches(worker, needle)) continue;
    for (let up = worker.index; up !== null && !wanted.has(up); up = session.workers[up].parent) wanted.add(up);
  }
  return wanted;
}
