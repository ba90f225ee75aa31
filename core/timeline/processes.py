"""Which processes there were, who started whom, and how each ended, from every source that knows a part."""

from __future__ import annotations

from concviz.core.model import Kind, Known, Outcome
from concviz.core.text import clean
from concviz.core.timeline.lane import Lane
from concviz.core.timeline.process import ProcessTrack
from concviz.core.timeline.sources import Header
from concviz.core.timeline.timeline import Timeline
from concviz.core.timeline.words import NOBODY
from concviz.core.units import signal_name

_SLACK_NS = 1_000_000_000
"""How much earlier than its parent's record of it a process may have been seen."""
_NOTES = 1000
END_UNKNOWN = "how it ended is not known"
"""The detail of a process that is gone, and nobody has seen how."""


class Processes:
    """The processes of a session; a reused pid, or an ``exec``, is a worker of its own."""

    def __init__(self, timeline: Timeline) -> None:
        """Fill ``timeline``."""
        self._timeline = timeline
        self.tracks: list[ProcessTrack] = []
        self.notes: list[str] = []
        self._by_pid: dict[int, list[ProcessTrack]] = {}
        self._claimed: set[int] = set()  # workers whose parent a CHILD record told

    def root(self, pid: int, t_ns: int, name: str) -> ProcessTrack:
        """The program itself."""
        track = self.last(pid)
        return track if track is not None else self._add(pid, t_ns, None, name)

    def opened(self, header: Header) -> ProcessTrack:
        """A log was opened: the process it belongs to."""
        t, last = header.opened_ns, self.last(header.pid)
        if header.interpreter and last is not None:
            return last
        if last is not None and not last.observed and (last.ended_ns is None or last.ended_ns > t):
            track = last
            track.begin_earlier(t)
        else:
            track = self._add(header.pid, t, self._parent_of(header, last), f"pid {header.pid}")
            if last is not None and last.ended_ns is None and _same(last, header):  # another program
                last.ended_ns, last.code, last.execed = t, 0, True
                track.lane.about = "exec"
        track.observe(header.start_ticks)
        track.seen_ns = min(track.seen_ns, t)
        self._timeline.touch(track.lane)
        return track

    def named(self, track: ProcessTrack, facts: dict[str, tuple[str, ...]]) -> None:
        """Name a process by its command line, unless its parent named it."""
        if track.lane.name == f"pid {track.pid}":
            name = program_name(facts.get("argv", ()))
            if name:
                track.lane.name = name
                self._timeline.touch(track.lane)

    def child(self, t_ns: int, by: ProcessTrack, pid: int, about: str, name: str) -> None:
        """``by`` started the process ``pid``; ``about``: by which method."""
        near = [p for p in self._by_pid.get(pid, ()) if p.lane.start_ns >= t_ns - _SLACK_NS]
        track = min(near, key=lambda p: abs(p.lane.start_ns - t_ns), default=None)
        if track is None:
            last = self.last(pid)
            alive = last is not None and last.ended_ns is None
            track = last if alive and last is not None else self._add(pid, t_ns, by.lane.index, f"pid {pid}")
        if track is by:
            return
        self._claimed.add(track.lane.index)
        track.begin_earlier(t_ns)
        lane = track.lane
        lane.name = name or lane.name
        lane.about = lane.about or about
        if lane.parent != by.lane.index:
            self._timeline.move(lane, by.lane.index)
        self._timeline.touch(lane)

    def ended(self, t_ns: int, pid: int, code: int | None) -> None:
        """``pid`` is over: its parent has waited for it, or the sampler no longer finds it.

        Args:
            code: its exit code, minus the number of the signal that killed it; None unknown.
        """
        track = self._alive_at(pid, t_ns)
        if track is not None:
            track.ended_ns = t_ns if track.ended_ns is None else min(track.ended_ns, t_ns)
            track.code = code if code is not None else track.code

    def born(self, t_ns: int, pid: int, ppid: int, name: str, python: bool) -> None:
        """The sampler discovered a process."""
        track = self.last(pid)
        if track is None or (track.ended_ns is not None and track.ended_ns < t_ns):
            parent = self.last(ppid)
            track = self._add(pid, t_ns, parent.lane.index if parent else self._root_index(), "")
            track.lane.known = Known.SAMPLED
        track.python = track.python or python
        if track.lane.name in ("", f"pid {pid}") and name:
            track.lane.name = clean(name)
        self._timeline.touch(track.lane)

    def lane_of(self, pid: int) -> int:
        """The worker of the latest process of a pid, NOBODY unknown."""
        track = self.last(pid)
        return NOBODY if track is None else track.lane.index

    def last(self, pid: int) -> ProcessTrack | None:
        """The latest process of a pid; None unknown."""
        tracks = self._by_pid.get(pid)
        return tracks[-1] if tracks else None

    def note(self, text: str) -> None:
        """Something the user should know; said once."""
        if text not in self.notes and len(self.notes) < _NOTES:
            self.notes.append(text)

    def _parent_of(self, header: Header, before: ProcessTrack | None) -> int | None:
        if before is not None and before.ended_ns is None and _same(before, header):
            return before.lane.parent
        parent = self.last(header.ppid)
        return parent.lane.index if parent is not None else self._root_index()

    def _root_index(self) -> int | None:
        return self.tracks[0].lane.index if self.tracks else None

    def _alive_at(self, pid: int, t_ns: int) -> ProcessTrack | None:
        tracks = [p for p in self._by_pid.get(pid, ()) if p.lane.start_ns <= t_ns and not p.execed]
        return tracks[-1] if tracks else None

    def _add(self, pid: int, t_ns: int, parent: int | None, name: str) -> ProcessTrack:
        tracks = self._by_pid.setdefault(pid, [])
        id = f"p{pid}" if not tracks else f"p{pid}#{len(tracks) + 1}"
        lane = Lane(len(self._timeline.lanes), id, Kind.PROCESS, parent, pid, pid, name, t_ns)
        self._timeline.add_lane(lane)
        track = ProcessTrack(self._timeline, lane)
        tracks.append(track)
        self.tracks.append(track)
        return track


def _same(track: ProcessTrack, header: Header) -> bool:
    """True unless a log is known to be of another process with the same pid."""
    return 0 in (track.start_ticks, header.start_ticks) or track.start_ticks == header.start_ticks


def program_name(argv: tuple[str, ...]) -> str:
    """What to call a process: 'app.py', '-m pytest', '-c'; '' where nothing is known."""
    if not argv:
        return ""
    program = argv[0].rpartition("/")[2]
    if not program.startswith(("python", "pypy")):
        return program
    rest = list(argv[1:])
    while rest and rest[0].startswith("-") and rest[0] not in ("-m", "-c", "-"):
        option = rest.pop(0)
        if option in ("-X", "-W") and rest:
            rest.pop(0)
    if not rest:
        return program
    if rest[0] == "-m" and len(rest) > 1:
        return f"-m {rest[1]}"
    return rest[0].rpartition("/")[2] or rest[0]


def ending(track: ProcessTrack, closed: bool) -> tuple[Outcome, str]:
    """How a process ended, and the words for it; RUNNING if it has not: the recording ended before it."""
    code = track.code
    if track.execed:
        return Outcome.DONE, "became another program"
    if track.outlives and not closed:
        return Outcome.RUNNING, "outlived the recording"
    if code is None:
        if closed or not track.observed:
            return Outcome.DONE, ""
        return Outcome.KILLED, END_UNKNOWN
    if code < 0:
        return Outcome.KILLED, signal_name(-code)
    return (Outcome.DONE, "") if code == 0 else (Outcome.FAILED, f"exit code {code}")
