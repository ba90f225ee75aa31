"""The sampler beside the program, in a thread of the recorder: its failures are noted and hurt nobody."""

from __future__ import annotations

import threading
from pathlib import Path

from concviz.core.launch import folder

_PATIENCE_S = 2.0


class Radar:
    """Samples the processes below ``root_pid`` from outside until :meth:`stop`.

    The thread imports the sampler itself: the program is running by then and nothing waits for it.
    """

    def __init__(self, session: Path, root_pid: int, hz: int) -> None:
        self._session, self._root_pid, self._hz = session, root_pid, hz
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="radar", daemon=True)
        if hz > 0:
            self._thread.start()

    def stop(self) -> None:
        """End sampling; what it has written is complete when this returns."""
        self._over.set()
        if self._thread.ident is not None:
            self._thread.join(_PATIENCE_S)

    def _run(self) -> None:
        try:
            from concviz.core.system.sampler import Sampler

            Sampler(self._session, self._root_pid, hz=self._hz).run(self._over)
        except Exception as error:
            folder.note(self._session, f"sampling from outside ended: {type(error).__name__}: {error}")
