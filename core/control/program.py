"""The processes of the program under control, and names for them that are the same in every run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from concviz.core.control.whereabouts import Places
from concviz.core.language import N_

_WORDS = {
    "uvloop": N_(
        "uvloop picks its callbacks itself: each waits for a turn, in its order, and its clock runs on"
    ),
    "gevent": N_("gevent switches its greenlets itself: only the thread as a whole can be stepped"),
    "eventlet": N_("eventlet switches its greenlets itself: only the thread as a whole can be stepped"),
    "trio": N_("trio runs its tasks itself: only the thread as a whole can be stepped"),
    "curio": N_("curio runs its tasks itself: only the thread as a whole can be stepped"),
    "freethreaded": N_("a free-threaded build: threads between two gates run at the same time"),
    "subinterpreter": N_("threads of subinterpreters that run already are not held"),
}


@dataclass
class Process:
    """One process, or one interpreter in it, that has said hello."""

    path: str
    """Stable name: "0" is the first, "0.1" its second child, in the order in which they
    were forked or, those that were not, said hello."""
    pid: int
    stem: str
    """Name of its log."""
    places: Places
    flags: tuple[str, ...] = ()
    alive: bool = True
    threads: int = 0
    """Connected threads."""
    since_ns: int = 0
    births: list[int] = field(default_factory=list)
    """Deadlines (ns) of threads and processes that it has begun and that have not been heard of."""
    settled: bool = False
    """Something came from it since it began or since its end began, or somebody looked what it does."""
    computes: bool = False
    """It was seen to, when it was looked at, and nothing has come from it since."""
    watched: bool = False
    """Will its end be told (``Processes.over``)?"""
    leaving: bool = False
    """Its connection has ended: it is over before long, or another program, or free."""
    children: int = 0

    def notes(self) -> list[str]:
        """What cannot be stepped in it, a line each."""
        return [f"pid {self.pid}: {_WORDS[flag]}" for flag in self.flags if flag in _WORDS]


class Processes(dict[int, Process]):
    """Those that are there, by the connection on which they have said hello."""

    def joined(self, conn: int, process: Process) -> None:
        """A process has said hello."""
        self._drop(lambda known: known.leaving and known.pid == process.pid)  # another program by now
        self[conn] = process
        process.alive = True
        for parent in self.values():
            if parent.births and parent.path == process.path.rpartition(".")[0]:
                parent.births.pop(0)

    def gone(self, conn: int, now_ns: int) -> None:
        """A connection has ended, perhaps a process's."""
        process = self.get(conn)
        if process is not None:
            process.births.clear()
            process.leaving = True
            self.ends(process, now_ns)

    def ends(self, process: Process, now_ns: int) -> None:
        """A process is about to end: whether it has must not depend on how soon somebody asks."""
        if process.watched:
            process.settled, process.since_ns = False, now_ns
        elif process.leaving:
            self._drop(lambda known: known is process)

    def looked_at(self, process: Process, computes: bool, now_ns: int) -> None:
        """It kept silent, and somebody has looked what it does: the others may go on without it."""
        process.settled, process.computes, process.since_ns = True, computes, now_ns
        if process.leaving:
            self._drop(lambda known: known is process)

    def over(self, conn: int) -> None:
        """A process that was watched is over, and who waits for it is told so."""
        process = self.get(conn)
        self._drop(lambda known: known is process)

    def _drop(self, which: Callable[[Process], bool]) -> None:
        for conn, process in list(self.items()):
            if which(process):
                process.alive = False
                process.births.clear()
                del self[conn]


class Family:
    """All processes that ever said hello, with their stable names."""

    def __init__(self, parent_of: Callable[[int, str], int]) -> None:
        """``parent_of(pid, stem)`` says who began a process; 0 where that cannot be found out."""
        self._parent_of = parent_of
        self.all: list[Process] = []
        self._latest: dict[int, Process] = {}

    def join(
        self, pid: int, stem: str, flags: tuple[str, ...], places: Places, now_ns: int, nth: int = 0,
    ) -> Process:
        """A process has said hello; one that did already, by this log, is the same one.

        Args:
            nth: which of its parent's forks it is, for of two that are made in one step the second may be
                heard of first; 0: none of them.
        """
        for known in self.all:
            if known.stem == stem:
                return known
        parent = self._ancestor(pid, stem)
        path = self._path(parent, nth) if parent else "0"
        made = Process(path, pid, stem, places, flags, since_ns=now_ns)
        self.all.append(made)
        self._latest[pid] = made
        return made

    def _path(self, parent: Process, nth: int) -> str:
        taken = {known.path for known in self.all}
        place = nth - 1 if nth and f"{parent.path}.{nth - 1}" not in taken else parent.children
        while f"{parent.path}.{place}" in taken:
            place += 1
        parent.children = max(parent.children, place + 1)
        return f"{parent.path}.{place}"

    def _ancestor(self, pid: int, stem: str) -> Process | None:
        """The nearest process above that is known; a pid that is known itself has become another program.

        One whose ancestors have all ended counts as a child of the first.
        """
        if not self.all:
            return None
        for _ in range(64):
            if pid in self._latest:
                return self._latest[pid]
            pid, stem = self._parent_of(pid, stem), ""
            if not pid:
                break
        return self.all[0]
