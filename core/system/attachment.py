"""Attaching to a process's GIL and stacks: tried until it works, or until it is known why it can't."""

from __future__ import annotations

from concviz.core.system import layout as L
from concviz.core.system.gil import Gil, GilUnreadable, Locator, NotYet
from concviz.core.system.stacks import Stacks
from concviz.core.system.writer import Writer

_AGAIN_NS = 8_000_000
_PATIENCE_NS = 3_000_000_000  # a process whose memory does not look like a Python's by then never will


class Attachment:
    """Attaches to a process as soon as that works. A RADAR record says once how it went."""

    def __init__(self, locator: Locator, pid: int, writer: Writer, now_ns: int) -> None:
        self.gil: Gil | None = None
        self.stacks: Stacks | None = None
        self.expected = True
        """Is the GIL still being looked for?"""
        self._locator = locator
        self._pid = pid
        self._writer = writer
        self._since_ns = now_ns
        self._tried_ns = now_ns - _AGAIN_NS

    def step(self, now_ns: int) -> None:
        """Try to attach, if that is still to be done and the last try is a moment ago."""
        if not self.expected or now_ns - self._tried_ns < _AGAIN_NS:
            return
        self._tried_ns = now_ns
        try:
            place = self._locator.place(self._pid)
            if place is not None:
                self.gil = Gil(self._locator.proc, self._pid, place)
                if isinstance(place.frames, str):
                    self._settle(now_ns, "", place.frames)
                else:
                    self.stacks = Stacks(self.gil, place.frames)
                    self._settle(now_ns, "")
            return
        except NotYet:
            why = "its memory does not look like a Python that has begun"
        except GilUnreadable as error:
            self._settle(now_ns, str(error))
            return
        except PermissionError:
            self._settle(now_ns, "no right to look at it (ptrace access)")
            return
        except (OSError, ValueError):
            why = "its executable cannot be looked at"
        if now_ns - self._since_ns > _PATIENCE_NS:
            self._settle(now_ns, why)

    def lose(self, now_ns: int) -> None:
        """The memory that was read is gone: the process ended, or runs another program now. Look again."""
        self.close()
        self.expected = True
        self._since_ns = now_ns

    def close(self) -> None:
        """Let go of the process."""
        if self.gil:
            self.gil.close()
        self.gil = self.stacks = None

    def _settle(self, now_ns: int, why_not: str, why_no_lines: str = "") -> None:
        self.expected = False
        texts = self._writer.text(why_not), self._writer.text(why_no_lines)
        self._writer.add(now_ns, L.Record.RADAR, self._pid, value=texts[0], a=texts[1])
