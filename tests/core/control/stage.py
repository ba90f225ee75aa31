"""A stage for the scheduler: what workers say and what the user wants, in one line each; time is a number."""

from __future__ import annotations

from concviz.core.control import wire
from concviz.core.control.decisions import Decision
from concviz.core.control.program import Process
from concviz.core.control.scheduler import Scheduler
from concviz.core.control.view import SYNC, State
from concviz.core.control.view_of import view_of
from concviz.core.control.whereabouts import LivingTask
from concviz.core.control.wishes import Wish
from concviz.core.model import Site

HELLO = 1000
"""Connections of processes are numbered from here, those of threads by thread."""

class Places:
    """Site n is line n of app.py; tasks have their number as a name."""

    def site(self, number: int) -> Site | None:
        return Site("app.py", number, "work") if number else None

    def task(self, number: int) -> LivingTask | None:
        return LivingTask(f"job {number}", number)

    def thread_name(self, number: int) -> str:
        return ""

    def moved(self) -> None:
        pass


class Stage:
    """A held scheduler with one process; every event happens at ``now_ns``."""

    def __init__(self) -> None:
        self.decided: list[Decision] = []
        self.scheduler = Scheduler(self.decided.append)
        self.now_ns = 0
        self.scheduler.hold(SYNC, 0)
        self.process = Process("0", 100, "100-0-1", Places())
        self.scheduler.process_joined(HELLO, self.process)
        self.scheduler.answers.clear()

    def join(self, *threads: int) -> None:
        for thread in threads:
            self.scheduler.thread_joined(thread, self.process, thread, 100 + thread, self.now_ns)

    def say(self, thread: int, *fields: object) -> None:
        message = wire.parse("\t".join(map(str, fields)).encode())
        assert message is not None
        self.scheduler.said(thread, message, self.now_ns)
        self.scheduler.advance(self.now_ns)

    def at(self, thread: int, kind: str, lock: int = 0, site: int = 0, detail: str = "") -> None:
        self.say(thread, "at", kind, lock, site, detail)

    def step(self) -> list[tuple[int, bytes]]:
        """Ask for a step: the answers that go out at once."""
        self.scheduler.want(Wish(), self.now_ns)
        return self.taken()

    def taken(self) -> list[tuple[int, bytes]]:
        answers, self.scheduler.answers = self.scheduler.answers, []
        return answers

    def takes(self, thread: int, lock: int, site: int = 0) -> None:
        self.at(thread, "acquire", lock, site)
        assert self.step() == [(thread, wire.GO)]
        self.say(thread, "got", lock, site)

    def fails(self, thread: int, lock: int, site: int = 0) -> None:
        self.at(thread, "acquire", lock, site)
        assert self.step() == [(thread, wire.GO)]
        self.say(thread, "blocked", lock, site)

    def leaves(self, thread: int, kind: str, obj: int = 0, site: int = 0, detail: str = "") -> None:
        self.at(thread, kind, obj, site, detail)
        assert self.step() == [(thread, wire.GO)]
        self.say(thread, "leave", kind, obj, site, detail)

    @property
    def state(self) -> State:
        return self.scheduler.state

    @property
    def ready(self) -> list[str]:
        return [choice.key for choice in view_of(self.scheduler, ()).ready]

    def decisions(self) -> list[str]:
        return [str(decision) for decision in self.decided]
