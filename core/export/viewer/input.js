// Keys, pointer and wheel become moves.

const KEYS = [
  ["w  s", "zoom in, zoom out (also the wheel)"],
  ["a  d   ←  →", "move through time (also drag, shift-wheel)"],
  ["↑  ↓   j  k", "choose a lane (the wheel over the names scrolls)"],
  ["Enter", "fold or unfold the lane"],
  [".  ,", "next, previous event of the lane"], [">  <", "the same of any lane"],
  ["[  ]", "who woke it, whom it woke next"], ["f   double click", "fit the chosen span, then its lane"], ["0", "all of the session"],
  ["/", "search: only lanes with this in their name or source lines"], ["t", "colours"], ["Esc", "let go"], ["?", "this list"],
];
const ZOOM = 1.5, PAN_PX = 120;

function keyMap(view, moves, tools) {
  const middle = () => {
    const x = view.chosen ? view.x(view.chosen.t) : -1;
    return x >= 0 && x <= view.width ? x : view.hover?.x ?? view.width / 2;
  };
  return {
    w: () => view.zoom(1 / ZOOM, middle()), s: () => view.zoom(ZOOM, middle()),
    "+": () => view.zoom(1 / ZOOM, middle()), "-": () => view.zoom(ZOOM, middle()),
    a: () => view.pan(-PAN_PX), d: () => view.pan(PAN_PX),
    ArrowLeft: () => view.pan(-PAN_PX), ArrowRight: () => view.pan(PAN_PX),
    ArrowUp: () => moves.lane(-1), ArrowDown: () => moves.lane(1), k: () => moves.lane(-1), j: () => moves.lane(1),
    PageUp: () => moves.lane(-10), PageDown: () => moves.lane(10),
    ".": () => moves.event(1, false), ",": () => moves.event(-1, false),
    ">": () => moves.event(1, true), "<": () => moves.event(-1, true),
    "[": () => moves.wake(-1), "]": () => moves.wake(1),
    f: () => moves.fit(), 0: () => view.all(), Home: () => view.pan(-1e9), End: () => view.pan(1e9),
    Enter: () => view.chosen && view.fold(view.chosen.worker),
    t: tools.theme, "/": tools.search, "?": tools.help,
    Escape: () => { view.chosen = null; view.changed(); },
  };
}

function listenKeys(view, moves, tools) {
  const keys = keyMap(view, moves, tools);
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey || tools.busy()) return;
    if (event.target instanceof HTMLButtonElement && (event.key === "Enter" || event.key === " ")) return;
    const act = Object.hasOwn(keys, event.key) ? keys[event.key] : undefined;
    if (!act) return;
    event.preventDefault();
    act();
  });
}

function listenPointer(view, plot) {
  let drag = null;
  const at = event => {
    const box = plot.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  plot.addEventListener("pointerdown", event => {
    if (event.button !== 0) return;
    plot.setPointerCapture(event.pointerId);
    drag = { ...at(event), moved: 0 };
  });
  plot.addEventListener("pointermove", event => {
    const now = at(event);
    if (drag) {
      const dx = now.x - drag.x, dy = now.y - drag.y;
      drag.moved += Math.abs(dx) + Math.abs(dy);
      if (drag.moved > 3) {
        view.pan(-dx);
        view.scroll(-dy);
        plot.classList.toggle("dragging", view.dragging = true);
      }
      Object.assign(drag, now);
    }
    view.point(now);
  });
  const end = event => {
    plot.classList.toggle("dragging", view.dragging = false);
    if (drag && drag.moved <= 3 && event.type === "pointerup") click(view, at(event));
    drag = null;
  };
  plot.addEventListener("pointerup", end);
  plot.addEventListener("pointercancel", end);
  plot.addEventListener("pointerleave", () => view.point(null));
}

function click(view, { x, y }) {
  const row = view.rowAt(y);
  if (!row) return;
  view.choose(row.worker, view.t(Math.min(x, view.width)), false);
}

function listenWheel(view, plot, names) {
  const pixels = event => event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1;
  plot.addEventListener("wheel", event => {
    event.preventDefault();
    const unit = pixels(event), dx = event.deltaX * unit, dy = event.deltaY * unit;
    if (event.shiftKey || Math.abs(dx) > Math.abs(dy)) view.pan(dx || dy);
    else {
      const left = plot.getBoundingClientRect().left;
      view.zoom(Math.exp(Math.min(Math.max(dy, -240), 240) * 0.0025), Math.min(event.clientX - left, view.width));
    }
  }, { passive: false });
  names.addEventListener("wheel", event => {
    event.preventDefault();
    view.scroll(event.deltaY * pixels(event));
  }, { passive: false });
}
