"""Stepping without anybody at the keys: a program is driven by a policy or a schedule to its end.

Where a person would have to press a key, this does: a program whose schedule is over is released. One that is
deadlocked is killed; one that does not follow its schedule is asked to end, and killed if it does not, for
what it would do from there on nobody has asked for.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterable

from concviz.core.control.controller import Controller
from concviz.core.control.view import Blocked, Choice, Link, Outside, State, View
from concviz.core.model import Site

_LOOK_S = 0.1
"""How often to look how things stand; what is looked for stays as it is."""
_GRACE_S = 3.0
"""For a program that is asked to end."""


class Headless:
    """Watches a controller that drives a program.

    ``trouble`` is the one line about what went wrong; '' where all went well.
    """

    def __init__(self, controller: Controller, say: Callable[[str], None] = lambda line: None) -> None:
        """Begin to watch; ``say`` is told the trouble as soon as there is any, in a thread of ours."""
        self.trouble = ""
        self._say = say
        self._controller = controller
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="concviz headless", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """The program is over: stop watching."""
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        stuck_at = None
        while not self._over.wait(_LOOK_S):
            seen = self._controller.view()
            if seen.state is State.DEADLOCK and stuck_at != seen.step:
                stuck_at = seen.step  # look once more
                continue
            if seen.divergence:
                self._tell(str(seen.divergence))
                _signal(_pids(seen), signal.SIGTERM)
            elif seen.state is State.DEADLOCK:
                self._tell(deadlock_line(seen))
                _signal(_pids(seen), signal.SIGKILL)
            elif seen.state is not State.HELD:  # with a policy it never is, for there is always a next step
                continue
            self._controller.release()
            if seen.divergence and not self._over.wait(_GRACE_S):
                _signal(_pids(seen), signal.SIGKILL)
            return

    def _tell(self, trouble: str) -> None:
        self.trouble = trouble
        self._say(trouble)


def _pids(seen: View) -> set[int]:
    """The processes of all who stand at a gate or are in a call."""
    whose: tuple[Choice | Blocked | Outside, ...] = (*seen.ready, *seen.blocked, *seen.outside)
    return {each.pid for each in whose}


def _signal(pids: Iterable[int], number: int) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except (ProcessLookupError, PermissionError):
            continue


def deadlock_line(seen: View) -> str:
    """A deadlock in one line: who waits where for what, and where that was taken."""
    if seen.cycle:
        return f"deadlock after {seen.step} steps: " + "; ".join(map(_link_words, seen.cycle))
    waits = (f"{b.name} waits{_at(b.site)} for {b.lock_name or f'lock {b.lock}'}" for b in seen.blocked)
    return f"nobody can go on after {seen.step} steps: " + "; ".join(waits)


def _link_words(link: Link) -> str:
    taken = f"took{_at(link.taken_at)}" if link.taken_at else "has"
    return f"{link.name} waits{_at(link.waits_at)} for {link.waits_for}, which {link.owner_name} {taken}"


def _at(site: Site | None) -> str:
    return f" at {site.file}:{site.line}" if site else ""
