"""Going back: the program is ended, and a fresh one repeats the steps before.

Nothing that a program did can be taken back, so going back means doing it again (see ``core/control``).
"""

from __future__ import annotations

from concviz.core.control.controller import Controller
from concviz.core.control.decisions import Schedule, ScheduleError
from concviz.core.launch import target
from concviz.core.launch.recording import Recording


class Rewinding:
    """A way back that has begun.

    Args:
        recording: of the program to end. upto: how many of its steps to repeat.
        before: the way back that led to this program, which may not have repeated all of its steps yet.

    Raises:
        ScheduleError: what was done cannot be repeated; the program goes on.
    """

    def __init__(self, recording: Recording, upto: int, before: Rewinding | None = None) -> None:
        self.upto = upto
        self.schedule = self._known(recording, before)
        self._old = recording
        # It stays held until it is gone: nothing that the reader has not seen may happen in between.
        recording.end(grace_ms=0)

    def _known(self, recording: Recording, before: Rewinding | None) -> Schedule:
        try:
            made = Schedule.load(recording.session)
        except ScheduleError:
            if before is None:
                raise
            return before.schedule
        return before.schedule if before is not None and len(made.decisions) < self.upto else made

    def further(self, steps: int) -> None:
        """Back was asked for once more, while this is still under way."""
        self.upto = max(0, self.upto - steps)

    @property
    def cleared(self) -> bool:
        """Is the old process gone? Before that the new one might not get its port, or its files."""
        return self._old.exit_status is not None

    def begin(self, rows: int, columns: int) -> Recording:
        """Start the fresh process on a terminal of this size; it repeats the steps and is held then.

        Raises:
            LaunchError: it cannot be started any more.
        """
        self._old.detach()
        return Recording.start(
            target.again(self._old.session), rows=rows, columns=columns,
            controlled=lambda session: Controller(session, replay=self.schedule, upto=self.upto),
        )
