"""The screen's handle on a program that a recorder of its own runs; nothing here blocks."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from concviz.core.launch import DEFAULT_HZ, control, folder, sessions
from concviz.core.launch.errors import NO_SESSION, LaunchError
from concviz.core.launch.target import Target

if TYPE_CHECKING:
    from concviz.core.control.controller import Controller

GRACE_MS = 3000
# The screen may ignore some of these; the program must not find them ignored.
_DEFAULTS = (
    signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE, signal.SIGTSTP,
)
# concviz may run from a clone that is not installed, and a folder full of the user's modules must not
# shadow the standard library: so by path, and without the working directory.
_BOOT = "import sys; sys.path.append(sys.argv.pop(1)); from concviz.core.launch.capture import main; main()"
_GONE = "the screen went away: the program was left running, free, and is recorded on"


class Recording:
    """A program started under observation, its terminal, and how it ended.

    Made by :meth:`start`, or by :meth:`join` where another screen has started it. The program and its
    recorder live in a session of their own: they go on when the screen goes, whether it says so
    (:meth:`detach`) or dies.
    """

    def __init__(
        self, session: Path, keeper_pid: int | None, controller: Controller | None = None
    ) -> None:
        self.session = session
        """The session folder; it can be opened at once."""
        self.controller = controller
        """What can hold the program; None: nothing."""
        self.joined = keeper_pid is None
        """Somebody else has started it."""
        self.keeper_pid = keeper_pid or 0
        """The parent of its recorder, which lives as long as the program has a terminal; 0: not known."""
        self.becomes: Path | None = None
        """The file that whoever started it packs the session into when the program has ended."""
        self._control = control.Sender(session)
        self._status: int | None = None

    @classmethod
    def start(
        cls, target: Target, session: Path | None = None, *,
        rows: int = 24, columns: int = 80, hz: int = DEFAULT_HZ,
        controlled: Callable[[Path], Controller] | None = None,
    ) -> Recording:
        """Start ``target`` on a terminal of ``rows`` × ``columns``, recording into ``session``.

        Args:
            target: from ``target.parse``.
            session: a folder that doesn't exist or is empty; one in the default place if None.
            rows, columns: the size the program sees.
            hz: how often to sample from outside; 0: not at all.
            controlled: makes a controller for the session, before the program starts. The recording closes it
                when the program is left to itself (``detach``); otherwise whoever ends first does.

        Raises:
            LaunchError: the session folder cannot be made, or the recorder not be started.
        """
        made = sessions.create(target.name) if session is None else folder.create(session)
        folder.write_start(made, target, captured=True, start_ns=time.perf_counter_ns())
        if target.why:
            folder.note(made, f"python: {target.why}")
        controller = None
        try:
            controller = controlled(made) if controlled else None
            os.mkfifo(control.path(made), 0o600)
            pid = _spawn_recorder(made, target, controller, [str(rows), str(columns), str(hz)])
        except OSError as error:
            if controller:
                controller.close()
            raise LaunchError(f"the recorder cannot be started: {error.strerror}", NO_SESSION) from None
        return cls(made, pid, controller)

    @classmethod
    def join(cls, session: Path) -> Recording | None:
        """Take part in a recording that goes on; None where the program is over, or not to be reached.

        It can be reached where a screen has started it (``concviz run``): then its recorder listens. Where
        all of them were killed, the FIFO that they left is taken away.
        """
        over = folder.read_status(session) is not None or not folder.recorder_lives(session)
        heard = control.is_heard(session)
        if over and not heard and not folder.program_lives(session):
            control.remove(session)
        return None if over or not heard else cls(session, None)

    @property
    def exit_status(self) -> int | None:
        """The program's exit code, minus the signal's number if one killed it, None while it runs.

        Where the recorder itself was killed nobody knows how the program ended: it counts as killed. So does
        one that another screen has started, where its recorder is gone without a word.
        """
        self._control.flush()
        if self._status is None:
            recorder = self._poll_recorder()
            self._status = folder.read_status(self.session)
            if self._status is None:
                self._status = recorder
        return self._status

    def send_input(self, data: bytes) -> None:
        """Type ``data`` into the program's terminal; b"\\x03" is Ctrl-C, b"\\x04" the end of its input."""
        if data:
            self._control.send(control.INPUT, data)

    def resize(self, rows: int, columns: int) -> None:
        """Give the program's terminal another size; it is told by SIGWINCH."""
        self._control.send(control.RESIZE, control.SIZE.pack(rows, columns))

    def interrupt(self) -> None:
        """Send SIGINT to the job in the foreground, even if the program has switched Ctrl-C off."""
        self._control.send(control.INTERRUPT)

    def end(self, grace_ms: int = GRACE_MS) -> None:
        """Send SIGTERM to the program and its children, and SIGKILL to what is left after ``grace_ms``."""
        self._control.send(control.END, control.GRACE.pack(grace_ms))

    def detach(self, *, gone: bool = False) -> None:
        """Leave the program running, free and recorded on; the last status stays readable.

        Args:
            gone: nobody has left the screen, it went away: the session says so.
        """
        if gone:
            folder.note(self.session, _GONE)
        if self.controller:
            self.controller.close()
        self._control.close()

    def _poll_recorder(self) -> int | None:
        """How the recorder ended; None while it lives, or its keeper does its work."""
        if self.joined:
            # asked each time: at first it is whoever started the recorder
            return None if folder.recorder_lives(self.session) else -signal.SIGKILL
        try:
            pid, status = os.waitpid(self.keeper_pid, os.WNOHANG)
        except ChildProcessError:
            return None
        return os.waitstatus_to_exitcode(status) if pid else None


def _spawn_recorder(
    session: Path, target: Target, controller: Controller | None, words: list[str],
) -> int:
    """Start the recorder detached: in a session of its own, what it has to say going to log.txt."""
    import concviz

    root = os.path.dirname(os.path.dirname(os.path.abspath(concviz.__file__)))
    log = os.path.join(session, "log.txt")
    path = str(controller.path) if controller else ""
    argv = [sys.executable, "-P", "-c", _BOOT, root, str(session), target.path, path, *words]
    return os.posix_spawn(
        sys.executable, argv, {**os.environ, **(controller.environment if controller else {})},
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_OPEN, 2, log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
        ],
        setsid=True,
        setsigdef=_DEFAULTS,
    )
