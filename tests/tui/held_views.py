"""Hand-made views of held programs, and a controller that shows them and remembers what it was asked."""

from __future__ import annotations

from dataclasses import replace

from concviz.core.control.view import SYNC, Blocked, Choice, Divergence, Link, Outside, Report, State, View
from concviz.core.model import Site

NOW_NS = 1_000_000_000_000 + 2_000_000_000
PID = 4_000_001


def site(line: int, function: str = "pay_in", file: str = "/srv/lost_update.py") -> Site:
    return Site(file, line, function)


def thread(number: int, name: str, kind: str = "acquire", line: int = 24, *, detail: str = "") -> Choice:
    """A thread at a gate."""
    return Choice(
        f"{number}.1.0", f"0/t{number}", PID, number, None, kind, site(line), name,
        NOW_NS - number * 1_500_000_000, detail=detail,
    )


def handle(number: int, name: str, kind: str = "task", why_not: str = "", line: int = 30) -> Choice:
    """A ready handle of a loop."""
    task = number if kind == "task" else None
    where = site(line, "fetch", "/srv/crawl.py") if task else None
    return Choice(
        f"1.1.{number}", f"0/k{number}" if task else "0/t1", PID, 1, task, kind, where, name,
        NOW_NS - number * 20_000_000, choosable=not why_not, why_not=why_not,
    )


def payers() -> View:
    """Two payers before the same lock, and the main thread that waits for the first."""
    outside = Outside("0/t1", PID, 1, None, "MainThread", "join", site(46, "main"), NOW_NS - 4_000_000_000)
    ready = (thread(2, "payer 1"), thread(3, "payer 2"))
    return View(State.HELD, SYNC, 5, ready, outside=(outside,), last="0/t1")


def crawler() -> View:
    """A loop with tasks, a callback and what is behind it; a thread that computes."""
    ready = (
        handle(1, "fetch 1"), handle(2, "fetch 2"), handle(3, "\x1b[31mred\x1b[0m [b]fetch[/b]"),
        handle(4, "_SelectorSocketTransport._call_connection_lost", "callback",
               "a callback of the loop: it is neither overtaken nor overtakes"),
        handle(5, "fetch 5", why_not="behind a callback: callbacks are not overtaken"),
    )
    report = Report("0/t2", "hasher", "in a C call", site(77, "spin"), NOW_NS - 3_200_000_000)
    blocked = Blocked("0/t3", PID, 3, None, "writer", site(81, "write"), NOW_NS - 900_000_000, 1, "journal",
                      "0/t2", "hasher", site(76, "spin"))
    return View(
        State.HELD, SYNC, 12, ready, (blocked,), reports=(report,), last="0/k2", fifo=False,
        notes=("pid 4000021: uvloop runs its handles itself: its tasks cannot be held one by one",),
    )


def deadlock() -> View:
    """Two threads, each with what the other wants; the main thread waits for the first."""
    def stuck(number: int, name: str, lock: str, line: int, other: str) -> Blocked:
        return Blocked(f"0/t{number}", PID, number, None, name, site(line, "transfer", "/srv/lock_order.py"),
                       NOW_NS - 2_000_000_000, number, lock, f"0/t{5 - number}", other)

    def link(number: int, name: str, lock: str, other: str) -> Link:
        waits_at, taken_at = (site(line, "transfer", "/srv/lock_order.py") for line in (24, 23))
        return Link(f"0/t{number}", name, waits_at, lock, f"0/t{5 - number}", other, taken_at)

    outside = Outside("0/t1", PID, 1, None, "MainThread", "join", site(43, "main", "/srv/lock_order.py"),
                      NOW_NS - 4_000_000_000)
    return View(
        State.DEADLOCK, SYNC, 9,
        blocked=(stuck(2, "left to right", "lock 2", 24, "right to left"),
                 stuck(3, "right to left", "lock 1", 24, "left to right")),
        outside=(outside,), last="0/t3",
        cycle=(link(2, "left to right", "lock 2", "right to left"),
               link(3, "right to left", "lock 1", "left to right")),
    )


def many(number: int) -> View:
    """A loop with so many ready tasks."""
    ready = tuple(handle(n, f"job {n}") for n in range(1, number + 1))
    return View(State.HELD, SYNC, 3, ready, last="0/k1")


def over() -> View:
    """The program ended while it was held."""
    return View(State.OVER, SYNC, 14, last="0/t1")


def diverged() -> View:
    """A replay that came to another place than was recorded."""
    return replace(payers(), divergence=Divergence(
        6, "0/t3 before acquire at /srv/lost_update.py:24", "0/t3 before release at /srv/lost_update.py:25"))


VIEWS = {
    "payers": payers(), "crawler": crawler(), "deadlock": deadlock(), "many": many(40), "over": over(),
    "diverged": diverged(), "replaying": replace(payers(), state=State.RUNNING, replaying=8),
}


class Shown:
    """The screen's controller in tests: shows the view it was given last."""

    def __init__(self, *views: View) -> None:
        self.views = list(views)
        self.asked: list[tuple[str, ...]] = []

    def view(self) -> View:
        return self.views[0]

    def becomes(self, view: View) -> None:
        """How things stand from now on."""
        self.views[0] = view

    def hold(self, granularity: str = "sync") -> None:
        self.asked.append(("hold", granularity))

    def release(self) -> None:
        self.asked.append(("release",))

    def step(self) -> None:
        self.asked.append(("step",))

    def run(self, choice_id: str) -> None:
        self.asked.append(("run", choice_id))

    def until(self, worker_key: str) -> None:
        self.asked.append(("until", worker_key))

    def until_line(self) -> None:
        self.asked.append(("until_line",))
