// The tree beside the lanes, as elements: only those in sight exist. All text is set as text.

const SIGNS = { process: "◆", thread: "┃", task: "•" }, KNOWN_SIGNS = ["", "≈", "?"];

function element(tag, name, text = "") {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = text;
  return made;
}

class Names {
  constructor(session, view, box, fold, choose) {
    Object.assign(this, { session, view, box, fold, choose, shown: "" });
    const longest = session.workers.reduce(
      (most, worker) => (worker.lane ? Math.max(most, worker.short.length + 3 * this.depth(worker)) : most), 0);
    document.documentElement.style.setProperty("--names", `${Math.min(Math.max(longest + 8, 28), 42)}ch`);
  }

  depth(worker) {
    let depth = 0;
    for (let up = worker.parent; up !== null && depth < 99; up = this.session.workers[up].parent) depth++;
    return depth;
  }

  draw() {
    const { view, box } = this, first = Math.floor(view.top / ROW);
    const rows = view.rows.slice(first, first + Math.ceil(box.clientHeight / ROW) + 1);
    box.scrollTop = 0;
    const shown = JSON.stringify([first, view.top, view.chosen?.worker, rows]);
    if (shown === this.shown) return;
    this.shown = shown;
    const chosen = rows.find(row => row.worker === view.chosen?.worker);
    box.setAttribute("aria-activedescendant", chosen ? `worker-${chosen.worker}` : "");
    box.replaceChildren(...rows.map((row, i) => this.item(row, view.y(first + i) - HEAD)));
  }

  item(row, y) {
    const worker = this.session.workers[row.worker], item = element("div", "name");
    item.style.transform = `translateY(${y}px)`;
    item.style.paddingLeft = `${Math.min(row.depth, 12) * 14 + 6}px`;
    item.dataset.worker = row.worker;
    item.title = worker.name;
    item.id = `worker-${row.worker}`;
    item.setAttribute("role", "treeitem");
    item.setAttribute("aria-level", row.depth + 1);
    item.setAttribute("aria-selected", this.view.chosen?.worker === row.worker);
    const fold = element("span", "fold", row.parent ? (row.open ? "▾" : "▸") : "");
    if (row.parent) {
      item.setAttribute("aria-expanded", row.open);
      fold.addEventListener("click", event => { event.stopPropagation(); this.fold(row.worker); });
    }
    item.append(
      fold, element("span", "sign", SIGNS[worker.kind]), element("span", "word", worker.short),
      element("span", "known", KNOWN_SIGNS[worker.known]));
    item.addEventListener("click", () => this.choose(row.worker));
    return item;
  }
}
