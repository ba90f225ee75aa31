"""What tables and traces are made of: a request's workers, and their spans cut to its window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, AnyStr, Generic, NamedTuple

from concviz.core.export.request import Progress, Request
from concviz.core.model import Kind, Known, Reason, Site, State, Worker
from concviz.core.text import clean
from concviz.core.timeline.answers import Totals
from concviz.core.timeline.words import NOBODY

_CHUNK = 16_384
_EVER_NS = 1 << 62
_STATES, _REASONS, _KNOWNS = tuple(State), tuple(Reason), tuple(Known)
STATE_WORDS = tuple(state.name.lower() for state in State)
REASON_WORDS = tuple(reason.name.lower() if reason else "" for reason in Reason)
KNOWN_WORDS = tuple(known.name.lower() for known in Known)
"""Their words by their numbers; asking an enumeration for its name takes ten times as long."""
_TITLES = tuple(
    tuple(f"{state} ({reason})" if reason else state for reason in REASON_WORDS) for state in STATE_WORDS
)


class Row(NamedTuple):
    """One span, or the part of it inside the window. Instants are nanoseconds since the session began."""

    t0_ns: int
    t1_ns: int
    state: State
    reason: Reason
    known: Known
    site: int
    """Index into ``Timeline.words.sites``, −1 where there is none."""
    site_known: Known
    """SAMPLED: the worker was seen there from outside, in the middle of this span."""
    after: bool
    """As in ``answers.Columns``: it ran after the site, and where is not known."""
    peer: int
    """As in ``answers.Columns``."""

    @property
    def title(self) -> str:
        """``running``, ``ready (gil)``, ``waiting (io)``."""
        return _TITLES[self.state][self.reason]


class Arrow(NamedTuple):
    """A wake-up of one worker by another; ``number`` is its own in this export, from 1 on."""

    t_ns: int
    waker: int
    woken: int
    number: int


def label(worker: Worker) -> str:
    """What to call a worker; safe anywhere."""
    return clean(worker.name) or worker.id


def about(worker: Worker) -> dict[str, str]:
    """What else is known about a worker, for who reads a trace."""
    facts = {"id": worker.id, "kind": str(worker.kind), "about": clean(worker.about),
             "outcome": str(worker.outcome), "detail": clean(worker.detail)}
    return {key: text for key, text in facts.items() if text}


class Table:
    """The workers, spans, wake-ups and curves of a request, in an order that never changes."""

    def __init__(self, request: Request, progress: Progress) -> None:
        """Of ``request``; ``progress`` is told as ``each_worker`` goes on."""
        self.request, self.timeline = request, request.timeline
        self.zero_ns = self.timeline.start_ns
        whole = request.from_ns <= self.zero_ns, request.to_ns >= self.timeline.end_ns
        # What began before the session did, or outlived it, is cut only where a cut was asked for.
        self.from_ns = -_EVER_NS if whole[0] else request.from_ns
        self.to_ns = _EVER_NS if whole[1] else request.to_ns
        self._all = all(whole) and not request.lanes
        self._progress = progress
        self._places: dict[int, Place] = {}

    @cached_property
    def workers(self) -> list[Worker]:
        """Those asked for, in the order they appeared; parents stand before their children."""
        workers = self.timeline.workers
        shown = range(len(workers)) if self._all else self.request.shown()
        return [workers[index] for index in _parents_first(self.timeline.roots(), self.timeline.children)
                if index in shown]

    def each_worker(self) -> Iterator[Worker]:
        """The workers one after another, telling the progress by the spans that lie behind."""
        sizes = [self.timeline.lanes[worker.index].spans.total for worker in self.workers]
        total, done = sum(sizes) or 1, 0
        for worker, size in zip(self.workers, sizes):
            yield worker
            done += size
            self._progress(done / total)

    def rows(self, worker: Worker) -> Iterator[Row]:
        """The spans of a worker, in order; empty ones are left out unless it ran."""
        columns = self.timeline.columns(worker.index, self.from_ns, self.to_ns)
        samples = _Samples(self, worker)
        for first in range(0, len(columns), _CHUNK):
            part = slice(first, first + _CHUNK)
            for t0, t1, state, reason, known, site, after, peer in zip(
                columns.t0_ns[part].tolist(), columns.t1_ns[part].tolist(), columns.state[part].tolist(),
                columns.reason[part].tolist(), columns.known[part].tolist(), columns.site[part].tolist(),
                columns.after[part].tolist(), columns.peer[part].tolist(),
            ):
                t0, t1, site_known = max(t0, self.from_ns), min(t1, self.to_ns), Known.EXACT
                seen = samples.middle(t0, t1) if samples.left else None
                if seen is not None and (site < 0 or state == State.RUNNING):
                    site, site_known = self._sampled(worker, seen, site)
                yield Row(t0 - self.zero_ns, t1 - self.zero_ns, _STATES[state], _REASONS[reason],
                          _KNOWNS[known], site, site_known, after and site_known is Known.EXACT, peer)

    def _sampled(self, worker: Worker, t_ns: int, otherwise: int) -> tuple[int, Known]:
        """Where it was seen standing at an instant, if samples tell that of its span."""
        span = self.timeline.span_at(worker.index, t_ns)
        if span is None or span.site is None or span.site_known is Known.EXACT:
            return otherwise, Known.EXACT
        return self.timeline.words.site(span.site), span.site_known

    @cached_property
    def arrows(self) -> dict[int, list[Arrow]]:
        """By the woken worker's index: which other worker of the request woke it, in order of time."""
        among = {worker.index for worker in self.workers}
        found: dict[int, list[Arrow]] = {}
        for arrow in self.wakes():
            if arrow.waker != arrow.woken and arrow.waker in among:
                found.setdefault(arrow.woken, []).append(arrow)
        return found

    def wakes(self) -> Iterator[Arrow]:
        """Every wake-up of a worker of the request by any worker, in order of time."""
        among = {worker.index for worker in self.workers}
        wakes = self.timeline.wakes.between(self.from_ns, self.to_ns)
        for number, (t, waker, woken) in enumerate(zip(*(column.tolist() for column in wakes)), 1):
            if woken in among:
                yield Arrow(t - self.zero_ns, waker, woken, number)

    def totals(self, worker: Worker) -> Totals:
        """What a worker's spans in the window add up to."""
        cut = self.from_ns, self.to_ns
        whole = cut == (-_EVER_NS, _EVER_NS)
        return self.timeline.totals(worker.index, *(() if whole else cut))

    def curve(self, name: str) -> list[tuple[int, int]]:
        """(nanoseconds since the session began, value from there on) of concurrency or parallelism."""
        series = self.timeline.concurrency if name == "concurrency" else self.timeline.parallelism
        steps = series.steps(self.request.from_ns, self.request.to_ns)
        return [(t - self.zero_ns, value) for t, value in steps]

    def who(self, peer: int) -> str:
        """The id of a worker, or the word for what is none ('timer', 'I/O'); '' is nobody."""
        if peer >= 0:
            return self.timeline.workers[peer].id
        return "" if peer == NOBODY else clean(self.timeline.words.word_of(peer))

    def place(self, site: int) -> Place:
        """A site's text."""
        if site not in self._places:
            found = self.timeline.words.site_of(site)
            self._places[site] = Place.of(found) if found else NOWHERE
        return self._places[site]


class Place(NamedTuple):
    """A site in text that is safe anywhere."""

    file: str
    line: int
    function: str
    call: str

    @classmethod
    def of(cls, site: Site) -> Place:
        """The text of a site."""
        return cls(clean(site.file, 500), site.line, clean(site.function), clean(site.call))

    def __str__(self) -> str:
        """``fetch (/srv/app.py:42)``."""
        return f"{self.function} ({self.file}:{self.line})" if self.file else ""


NOWHERE = Place("", 0, "", "")


class Facts(Generic[AnyStr]):
    """What a trace tells of spans beside state and time, encoded once for each place and each peer."""

    def __init__(self, table: Table, encode: Callable[[dict[str, str]], AnyStr]) -> None:
        """``encode`` makes text or bytes of names and values; what it makes may stand one after another."""
        self._table = table
        self._encode: Callable[[dict[str, str]], AnyStr] = encode
        self._encoded: dict[tuple[int, ...], AnyStr] = {}

    def of(self, row: Row) -> AnyStr:
        """How a span is known, where the worker stood, who woke it or whom it waits for."""
        key: tuple[int, ...] = (row.known, row.site, row.site_known, row.after)
        place = self._encoded.get(key)
        if place is None:
            place = self._encoded[key] = self._encode(self._of_place(row))
        if row.peer == NOBODY:
            return place
        key = (row.peer, row.state == State.WAITING)
        peer = self._encoded.get(key)
        if peer is None:
            peer = self._encoded[key] = self._encode(self._of_peer(row))
        return place + peer

    def _of_place(self, row: Row) -> dict[str, str]:
        place = self._table.place(row.site)
        facts = {"known": KNOWN_WORDS[row.known], "site": str(place), "call": place.call}
        if place.file and row.site_known is not Known.EXACT:
            facts["site_known"] = KNOWN_WORDS[row.site_known]
        if row.after:
            facts["after"] = "true"
        return {key: text for key, text in facts.items() if text}

    def _of_peer(self, row: Row) -> dict[str, str]:
        table = self._table
        who = label(table.timeline.workers[row.peer]) if row.peer >= 0 else table.who(row.peer)
        return {"waits_for" if row.state is State.WAITING else "woken_by": who} if who else {}


class _Samples:
    """The instants at which a worker's thread was seen standing somewhere, to be gone through once."""

    def __init__(self, table: Table, worker: Worker) -> None:
        workers = table.timeline.workers
        is_task = worker.kind is Kind.TASK
        thread = workers[worker.parent] if is_task and worker.parent is not None else worker
        seen: Any = table.timeline.whereabouts.of(
            thread.pid, thread.tid, max(worker.start_ns, table.from_ns),
            min(table.to_ns, _EVER_NS if worker.end_ns is None else worker.end_ns),
        )
        self._times: list[int] = seen["t"].tolist() if thread.kind is Kind.THREAD else []
        self._at = 0

    @property
    def left(self) -> bool:
        """Are there any that have not been passed?"""
        return self._at < len(self._times)

    def middle(self, t0_ns: int, t1_ns: int) -> int | None:
        """The middle one of those in a span, which begins no earlier than the one asked for before."""
        times, at = self._times, self._at
        while at < len(times) and times[at] < t0_ns:
            at += 1
        first = at
        while at < len(times) and times[at] < t1_ns:
            at += 1
        self._at = at
        return times[(first + at) // 2] if at > first else None


def _parents_first(roots: tuple[int, ...], children: Any) -> Iterator[int]:
    waiting = list(reversed(roots))
    while waiting:
        index = waiting.pop()
        yield index
        waiting += reversed(children(index))


def arrows_into(table: Table, worker: Worker) -> Iterator[tuple[Row, list[Arrow]]]:
    """The spans of a worker, each with the wake-ups that led to it: the first in which it does not wait."""
    arrows = table.arrows.get(worker.index, [])
    at = 0
    for row in table.rows(worker):
        first = at
        if row.state is not State.WAITING:
            while at < len(arrows) and (arrows[at].t_ns < row.t1_ns or arrows[at].t_ns <= row.t0_ns):
                at += 1
        yield row, arrows[first:at]
