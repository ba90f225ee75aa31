"""What the inspector says about one core at one instant: who was on it, since when, and how that is known."""

from __future__ import annotations

from concviz.core.language import N_, NP_, _, pgettext
from concviz.core.model import Known
from concviz.core.timeline.stays import Stay
from concviz.tui.core_lanes import CoreLanes
from concviz.tui.details import Words, known_words
from concviz.tui.inks import Inks
from concviz.tui.lines import cut, width_of
from concviz.tui.palette import Palette
from concviz.tui.units import clock, duration, share

NOBODY = N_("nobody of this program was seen on it")
NOT_KNOWN = N_("it was not looked at then")
FORBIDDEN = N_("no process of this program may use it")
ALL_MAY = N_("every process of this program may use it")
_AROUND_NS = 200_000_000
_MOST_NAMES = 6
Row = tuple[str, Words, Words]


class CoreInspection:
    """Collects what is known of the selected core at the cursor."""

    def __init__(self, lanes: CoreLanes, palette: Palette) -> None:
        self.lanes, self.cores, self.palette, self.inks = lanes, lanes.cores, palette, Inks(palette)
        self.t_ns = lanes.t_ns
        self.start_ns = lanes.view.timeline.start_ns

    def rows(self) -> list[Row]:
        """A label, words, and words for the right edge; nothing that is not known."""
        core = self.lanes.chosen
        stay = self.cores.at(core, self.t_ns)
        title = [self.inks.strong(_("core {n}").format(n=core))]
        rows: list[Row] = [("", [*title, *self._who(stay)], self._load(core))]
        if stay is not None:
            rows += [(NP_("core", "since"), self._since(core, stay), []),
                     (NP_("core", "seen"), self._seen(stay), [])]
        rows += [(NP_("core", "in sight"), self._in_sight(core), []),
                 (NP_("core", "allowed"), self._allowed(core), [])]
        return [(pgettext("core", name), words, right) for name, words, right in rows if words]

    def _clock(self, t_ns: int) -> str:
        return clock(t_ns - self.start_ns)

    def _who(self, stay: Stay | None) -> Words:
        if stay is None:
            return [self.inks.quiet(f"  {_(NOBODY)}")]
        names = self.lanes.names
        pid, tid = self.cores.occupants[stay.who]
        name, process = names.name(stay.who, self.t_ns), names.process(pid)
        words = [
            self.inks.strong(f"  {names.letter(pid)} ", names.color(pid, self.palette)),
            self.inks.strong(name),
        ]
        of = " " + _("of {process}").format(process=process) if process != name else ""
        told = f", tid {tid}" if tid and tid != pid else ""
        known = self.inks.quiet(known_words(Known.SAMPLED))
        return [*words, self.inks.quiet(f"{of}  pid {pid}{told}"), known]

    def _load(self, core: int) -> Words:
        busy = self.cores.busy.share(core, self.t_ns, _AROUND_NS)
        words = _("{percent} % busy")
        return [] if busy is None else [self.inks.quiet(words.format(percent=f"{100 * busy:.0f}"))]

    def _since(self, core: int, stay: Stay) -> Words:
        since = self.cores.since(core, stay)
        words = [self.inks.plain(self._clock(since))]
        if self.t_ns > since:
            length = duration(self.t_ns - since)
            words.append(self.inks.quiet(" · " + _("for {length}").format(length=length)))
        other = self.cores.from_core(core, stay.who, since)
        if other is not None:
            words.append(self.inks.quiet(" · " + _("before that on core {n}").format(n=other)))
        return words

    def _seen(self, stay: Stay) -> Words:
        seen = _("at {at}, again {length} later")
        ran = _("ran {percent} % of the time between").format(percent=f"{100 * stay.share:.0f}")
        told = seen.format(at=self._clock(stay.t0_ns), length=duration(stay.t1_ns - stay.t0_ns))
        return [self.inks.plain(told), self.inks.quiet(f" · {ran}")]

    def _in_sight(self, core: int) -> Words:
        port = self.lanes.view.viewport
        end_ns = min(port.t1_ns, port.limit_ns)
        if end_ns <= port.t0_ns:
            return []
        columns = -(-(end_ns - port.t0_ns) // port.cell_ns)
        cells = self.cores.cells(core, port.t0_ns, port.cell_ns, columns)  # those that are seen beside it
        whole = int(cells.known.sum()) * port.cell_ns
        if not whole:
            return [self.inks.quiet(_(NOT_KNOWN))]
        ours, others = int(cells.ours_ns.sum()), int(cells.others_ns.sum())
        idle = max(0, whole - ours - others)
        rest, nobody = _("others"), _("idle")
        return [
            self.inks.plain(_("this program") + f" {share(ours, whole)}"),
            self.inks.quiet(f" · {rest} {share(others, whole)} · {nobody} {share(idle, whole)}"),
        ]

    def _allowed(self, core: int) -> Words:
        rights, names = self.cores.rights, self.lanes.names
        masks = {pid: rights.of(pid, self.t_ns) for pid in rights.living(self.t_ns)}
        may = [pid for pid, mask in masks.items() if mask is not None and mask >> core & 1]
        may_not = [pid for pid in masks if pid not in may]
        if not masks:
            return []
        if not may:
            return [self.inks.strong(_(FORBIDDEN), self.palette.bad)]
        if not may_not:
            return [self.inks.quiet(_(ALL_MAY))]
        told = [f"{names.letter(pid)} {names.process(pid)}" for pid in may[:_MOST_NAMES]]
        more = " " + _("and {n} more").format(n=len(may) - _MOST_NAMES) if len(may) > _MOST_NAMES else ""
        return [self.inks.plain(_("only to {names}").format(names=", ".join(told)) + more)]


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
