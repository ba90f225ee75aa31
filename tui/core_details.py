"""What the inspector says about one core at one instant: who was on it, since when, and how that is known."""

from __future__ import annotations

from concviz.core.model import Known
from concviz.core.timeline.stays import Stay
from concviz.tui.core_lanes import CoreLanes
from concviz.tui.details import Words, known_words
from concviz.tui.lines import Part, cut, width_of
from concviz.tui.palette import Palette
from concviz.tui.units import clock, duration, share

NOBODY = "nobody of this program was seen on it"
NOT_KNOWN = "it was not looked at then"
FORBIDDEN = "no process of this program may use it"
ALL_MAY = "every process of this program may use it"
_AROUND_NS = 200_000_000
_MOST_NAMES = 6
Row = tuple[str, Words, Words]


class CoreInspection:
    """Collects what is known of the selected core at the cursor."""

    def __init__(self, lanes: CoreLanes, palette: Palette) -> None:
        self.lanes, self.cores, self.palette = lanes, lanes.cores, palette
        self.t_ns = lanes.t_ns
        self.start_ns = lanes.view.timeline.start_ns

    def rows(self) -> list[Row]:
        """A label, words, and words for the right edge; nothing that is not known."""
        core = self.lanes.chosen
        stay = self.cores.at(core, self.t_ns)
        title = [self._strong(f"core {core}")]
        rows: list[Row] = [("", [*title, *self._who(stay)], self._load(core))]
        if stay is not None:
            rows += [("since", self._since(core, stay), []), ("seen", self._seen(stay), [])]
        rows += [("in sight", self._in_sight(core), []), ("allowed", self._allowed(core), [])]
        return [row for row in rows if row[1]]

    def _plain(self, text: str) -> Part:
        return (text, self.palette.text(background=self.palette.panel))

    def _quiet(self, text: str) -> Part:
        return (text, self.palette.text(self.palette.muted, background=self.palette.panel))

    def _strong(self, text: str, color: str | None = None) -> Part:
        return (text, self.palette.text(color, bold=True, background=self.palette.panel))

    def _clock(self, t_ns: int) -> str:
        return clock(t_ns - self.start_ns)

    def _who(self, stay: Stay | None) -> Words:
        if stay is None:
            return [self._quiet(f"  {NOBODY}")]
        names = self.lanes.names
        pid, tid = self.cores.occupants[stay.who]
        name, process = names.name(stay.who, self.t_ns), names.process(pid)
        words = [
            self._strong(f"  {names.letter(pid)} ", names.color(pid, self.palette)), self._strong(name),
        ]
        of = f" of {process}" if process != name else ""
        told = f", tid {tid}" if tid and tid != pid else ""
        known = self._quiet(known_words(Known.SAMPLED))
        return [*words, self._quiet(f"{of}  pid {pid}{told}"), known]

    def _load(self, core: int) -> Words:
        busy = self.cores.busy.share(core, self.t_ns, _AROUND_NS)
        return [] if busy is None else [self._quiet(f"{100 * busy:.0f} % busy")]

    def _since(self, core: int, stay: Stay) -> Words:
        since = self.cores.since(core, stay)
        words = [self._plain(self._clock(since))]
        if self.t_ns > since:
            words.append(self._quiet(f" · for {duration(self.t_ns - since)}"))
        other = self.cores.from_core(core, stay.who, since)
        if other is not None:
            words.append(self._quiet(f" · before that on core {other}"))
        return words

    def _seen(self, stay: Stay) -> Words:
        ran = f"ran {100 * stay.share:.0f} % of the time between"
        return [
            self._plain(f"at {self._clock(stay.t0_ns)}, again {duration(stay.t1_ns - stay.t0_ns)} later"),
            self._quiet(f" · {ran}"),
        ]

    def _in_sight(self, core: int) -> Words:
        port = self.lanes.view.viewport
        end_ns = min(port.t1_ns, port.limit_ns)
        if end_ns <= port.t0_ns:
            return []
        columns = -(-(end_ns - port.t0_ns) // port.cell_ns)
        cells = self.cores.cells(core, port.t0_ns, port.cell_ns, columns)  # those that are seen beside it
        whole = int(cells.known.sum()) * port.cell_ns
        if not whole:
            return [self._quiet(NOT_KNOWN)]
        ours, others = int(cells.ours_ns.sum()), int(cells.others_ns.sum())
        idle = max(0, whole - ours - others)
        return [
            self._plain(f"this program {share(ours, whole)}"),
            self._quiet(f" · others {share(others, whole)} · idle {share(idle, whole)}"),
        ]

    def _allowed(self, core: int) -> Words:
        rights, names = self.cores.rights, self.lanes.names
        masks = {pid: rights.of(pid, self.t_ns) for pid in rights.living(self.t_ns)}
        may = [pid for pid, mask in masks.items() if mask is not None and mask >> core & 1]
        may_not = [pid for pid in masks if pid not in may]
        if not masks:
            return []
        if not may:
            return [self._strong(FORBIDDEN, self.palette.bad)]
        if not may_not:
            return [self._quiet(ALL_MAY)]
        told = [f"{names.letter(pid)} {names.process(pid)}" for pid in may[:_MOST_NAMES]]
        more = f" and {len(may) - _MOST_NAMES} more" if len(may) > _MOST_NAMES else ""
        return [self._plain(f"only to {', '.join(told)}{more}")]


def narrow(rows: list[Row], width: int) -> list[Row]:
    """The same rows for a narrow panel: words that do not fit go on in lines below."""
    found: list[Row] = []
    for name, words, right in rows:
        current: Words = []
        for text, ink in [*words, *right]:
            piece = text.strip(" ·")
            if current and width_of([*current, (text, ink)]) > width:
                found.append((name, current, []))
                name, current, text = "", [], piece
            current.append((cut(text, width), ink))
        found.append((name, current, []))
    return found
