// Puts the page together.

const byId = id => document.getElementById(id);

async function main() {
  const session = await unpack(byId("data").textContent);
  const plot = byId("plot"), tip = byId("tip"), search = byId("search"), help = byId("keys");
  const view = new View(session, () => {
    if (view.stale) {
      names.draw();
      details.draw();
    }
    drawPlot(view, painter, plot);
    showTip(session, view, tip);
  });
  const theme = new Theme(session, () => { painter?.forget(); view.changed(); });
  var painter = new Painter(session, theme, plot.getContext("2d"));
  const moves = new Moves(session, view);
  const names = new Names(session, view, byId("names"),
    worker => view.fold(worker), worker => view.choose(worker, moves.instant(worker), false));
  const details = new Details(session, view, byId("details"), (worker, t) => view.choose(worker, t));
  const tools = {
    theme: () => { byId("theme").textContent = theme.next(); legend(session, painter); },
    search: () => search.focus(),
    help: () => (help.open ? help.close() : help.showModal()),
    busy: () => document.activeElement === search || help.open,
  };
  listenKeys(view, moves, tools);
  listenPointer(view, plot);
  plot.addEventListener("dblclick", () => moves.fit());
  listenWheel(view, plot, byId("names"));
  listenTools(session, view, moves, tools, search);
  fillFrame(session, painter, help);
  new ResizeObserver(() => view.scroll(0)).observe(plot);
  view.changed();
  document.body.dataset.ready = "true";
  window.concviz = { session, view };  // for who wants to ask the page from the browser's console
}

function showTip(session, view, tip) {
  const at = view.dragging ? null : view.hover, text = at ? tipText(session, view, at.x, at.y) : "";
  tip.hidden = !text;
  if (!text) return;
  tip.textContent = text;
  const lanes = byId("lanes").getBoundingClientRect(), plot = byId("plot").getBoundingClientRect();
  const x = plot.left - lanes.left + at.x, y = at.y;
  tip.style.left = `${Math.max(0, Math.min(x + 14, lanes.width - tip.offsetWidth - 8))}px`;
  tip.style.top = `${y + 18 + tip.offsetHeight > lanes.height ? y - tip.offsetHeight - 8 : y + 18}px`;
}

function listenTools(session, view, moves, tools, search) {
  byId("zoom-in").addEventListener("click", () => view.zoom(1 / ZOOM, view.width / 2));
  byId("zoom-out").addEventListener("click", () => view.zoom(ZOOM, view.width / 2));
  byId("fit").addEventListener("click", () => view.all());
  byId("theme").addEventListener("click", tools.theme);
  byId("help").addEventListener("click", tools.help);
  const matching = row => matches(session, session.workers[row.worker], view.needle);
  search.addEventListener("input", () => {
    view.search(search.value);
    const found = view.needle ? view.rows.filter(matching).length : 0;
    byId("found").textContent = view.needle ? (found ? plural(found, "lane") : "none") : "";
  });
  search.addEventListener("keydown", event => {
    if (event.key === "Escape") { search.value = ""; search.dispatchEvent(new Event("input")); }
    if (event.key !== "Enter" && event.key !== "Escape") return;
    const row = view.needle ? view.rows.find(matching) : undefined;
    if (event.key === "Enter" && row) {
      const place = firstAt(session, session.workers[row.worker], view.needle);
      view.choose(row.worker, place ?? moves.instant(row.worker));
    }
    byId("plot").focus();
  });
}

function fillFrame(session, painter, help) {
  const whole = session.to_ns - session.from_ns, all = session.workers.length;
  const lanes = session.workers.filter(worker => worker.lane).length, part = whole < session.session_ns;
  const facts = [
    part ? `${duration(whole)} of ${duration(session.session_ns)}` : duration(whole),
    lanes < all ? `${lanes} of ${plural(all, "worker")}` : plural(all, "worker"),
    !part && lanes === all && plural(session.events, "event"), session.python && `Python ${session.python}`,
    session.started.slice(0, 16).replace("T", " "), ...session.notes.map(note => `! ${note}`),
  ];
  byId("title").textContent = session.heading;
  byId("facts").textContent = byId("facts").title = facts.filter(Boolean).join("  ·  ");
  for (const name of ["concurrency", "parallelism"]) {
    const { t, value, area } = session[name], last = t.length - 1;
    const mean = (area[last] + value[last] * (session.to_ns - t[last])) / whole;
    const box = element("div", name, name);
    box.append(element("span", "quiet", `  mean ${mean.toPrecision(2)}, peak ${value.reduce((a, b) => Math.max(a, b), 0)}`));
    byId("figures").append(box);
  }
  const list = element("dl", "");
  for (const [key, words] of KEYS) list.append(element("dt", "", key), element("dd", "", words));
  const close = element("button", "", "close");
  close.addEventListener("click", () => help.close());
  help.append(element("h2", "", "Keys"), list, close);
  legend(session, painter);
}

// The states that occur, each with its shape.
function legend(session, painter) {
  const used = new Set();
  for (const worker of session.workers) {
    if (worker.lane) for (const code of worker.lane.code) used.add(((code & 3) << 4) | (code >> 4));
  }
  const items = [...used].sort((a, b) => a - b).map(key => {
    const state = key >> 4, reason = key & 15, item = element("span", "item"), swatch = document.createElement("canvas");
    const scale = (swatch.width = 28 * devicePixelRatio) / 28, pen = swatch.getContext("2d");
    swatch.height = BAR * scale;
    pen.scale(scale, scale);
    pen.fillStyle = painter.fill(state, reason, EXACT, false);
    pen.fillRect(0, 0, 28, BAR);
    item.append(swatch, element("span", "", stateWords(session, state, reason)));
    return item;
  });
  const marks = ["sampled", "inferred"].map(words => element("span", `item ${words}`, words));
  if (session.moments.length) marks.push(element("span", "item moment", "worth a look"));
  byId("legend").replaceChildren(...items, ...marks);
}

main().catch(error => {
  document.body.prepend(element("p", "trouble", `This page cannot be shown: ${error.message}`));
});
