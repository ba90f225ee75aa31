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
        self._turn = threading.Lock()
        self._samples = False
        self._thread = threading.Thread(target=self._run, name="radar", daemon=True)
        if hz > 0:
            self._thread.start()

    def stop(self) -> None:
        """End sampling; what it has written is complete when this returns.

        A program that ended before the sampler was even imported has nothing left to look at: its end does
        not wait for the import.
        """
        with self._turn:
            self._over.set()
        if self._samples:
            self._thread.join(_PATIENCE_S)

    def _run(self) -> None:
        try:
            from concviz.core.system.sampler import Sampler

            with self._turn:
                if self._over.is_set():
                    return
                self._samples = True
            Sampler(self._session, self._root_pid, hz=self._hz).run(self._over)
        except Exception as error:
            folder.note(self._session, f"sampling from outside ended: {type(error).__name__}: {error}")
