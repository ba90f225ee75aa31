"""The controller: holds, steps and releases one program. Needs no screen; may be used from any thread."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from concviz.core.control import wishes
from concviz.core.control.decisions import Schedule
from concviz.core.control.desk import Desk
from concviz.core.control.server import Server
from concviz.core.control.view import GRANULARITIES, View

_WORDS = {number: word for word, number in GRANULARITIES.items()}
_PATH_LIMIT = 90
"""A Unix socket's address holds 108 bytes (unix(7))."""


class Controller:
    """Holds the program whose session is ``session``; from its start where ``hold`` comes before that.

    The program must be started with ``path`` in its environment (``environment.observed``). Where this
    object ends, in whatever way, the program runs free.
    """

    def __init__(
        self, session: Path, clock: Callable[[], int] = time.perf_counter_ns, *,
        replay: Schedule | None = None, upto: int | None = None,
    ) -> None:
        """Open the socket and begin to listen.

        Args:
            session: the folder the program records into.
            clock: monotonic nanoseconds, as the program's own.
            replay: hold the program from its start and repeat these decisions; then it is held.
            upto: repeat so many of them only.

        Raises:
            OSError: no socket can be made.
        """
        self._folder = _short_folder()
        self.path = Path(self._folder.name) / "s"
        """Where gates connect to."""
        self.environment: dict[str, str] = dict(replay.environment) if replay else {}
        """Variables that the program should run with, so that it does the same when it is run again."""
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._closed = False
        self._desk = Desk(session, clock, self._send, self._changed.notify_all, self._watch)
        self._server = Server(self.path, self._desk, self._lock)
        self._server.start()
        if replay is not None:
            self.hold(_WORDS[replay.granularity])
            self._want(wishes.Follow(replay.decisions[:upto]))

    def _send(self, conn: int, answer: bytes) -> None:
        self._server.send(conn, answer)

    def _watch(self, conn: int, pid: int) -> bool:
        return self._server.watch(conn, pid)

    def hold(self, granularity: str = "sync") -> None:
        """Stop every worker at its next gate; ends what is going on.

        Args:
            granularity: how near the gates are: "sync", "line" or "opcode".
        """
        with self._lock:
            if self._closed:
                return
            self._desk.hold(GRANULARITIES[granularity], self.environment)
        self._server.wake()

    def release(self) -> None:
        """Let everybody go on; does nothing where nobody is held."""
        with self._lock:
            self._desk.release()
        self._server.wake()

    def step(self) -> None:
        """Let the next one make a step: a loop's first handle, or the thread that has waited longest.

        Asked for again before that is over, it makes another one after it.
        """
        self._want(wishes.Steps())

    def run(self, choice_id: str) -> None:
        """Let one of the ready list make a step; nothing happens if it is not ready any more."""
        self._want(wishes.Run(choice_id))

    def until(self, worker_key: str) -> None:
        """Go on in the program's own order until this worker has made a step."""
        self._want(wishes.Until(worker_key))

    def until_line(self, file: str = "", line: int = 0) -> None:
        """Go on until a worker ends or comes to this line; without one, to any line it was not at before."""
        self._want(wishes.UntilLine(file, line))

    def drive(self, policy: wishes.Policy) -> None:
        """Go on by a policy, on and on."""
        self._want(wishes.Auto(policy))

    def _want(self, wish: wishes.Wish) -> None:
        with self._lock:
            if not self._closed:
                self._desk.want(wish)

    def view(self) -> View:
        """How things stand now."""
        with self._lock:
            return self._desk.view()

    def wait(self, predicate: Callable[[View], bool], timeout_s: float) -> View | None:
        """Wait until a view fulfils ``predicate`` and return it; None if none did within ``timeout_s``."""
        deadline_s = time.monotonic() + timeout_s
        with self._changed:
            while not predicate(seen := self.view()):
                if not self._changed.wait(max(0.0, deadline_s - time.monotonic())):
                    return None
            return seen

    def close(self) -> None:
        """Release everybody and close the socket; also twice, from any thread and at any moment."""
        with self._lock:
            self._closed = True
            self._desk.close()
        self._server.close()
        self._folder.cleanup()

    def __enter__(self) -> Controller:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _short_folder() -> tempfile.TemporaryDirectory[str]:
    """A folder for us alone (mode 0700), whose path is short enough for a socket's address."""
    made = tempfile.TemporaryDirectory(prefix="concviz-", ignore_cleanup_errors=True)
    if len(made.name.encode()) > _PATH_LIMIT:
        made.cleanup()
        made = tempfile.TemporaryDirectory(prefix="concviz-", dir="/tmp", ignore_cleanup_errors=True)
    return made
