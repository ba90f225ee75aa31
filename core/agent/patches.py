"""What a hook replaced in the program, so that it can be put back: for good where it fails, or for now."""

from __future__ import annotations

import sys

from . import log
from .blame import is_the_hooks as is_the_hooks

_ABSENT = object()


class Patches:
    """The replacements of one hook; ``failed()`` takes them all back and says so in the session."""

    def __init__(self, topic):
        self.topic = topic
        self._done: list = []

    def put(self, owner, name, value):
        """Set ``owner.name``; what was in its own ``__dict__`` is remembered."""
        own = vars(owner).get(name, _ABSENT)
        setattr(owner, name, value)
        self._done.append((owner, name, own, value))

    def holds(self):
        """Whether the hook is on, or would be after ``resume``."""
        return bool(self._done)

    def suspend(self):
        """Restore what we replaced, except where somebody has replaced it again since."""
        for owner, name, own, value in reversed(self._done):
            if vars(owner).get(name) is not value:
                continue
            if own is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, own)

    def resume(self):
        """Replace again what ``suspend`` restored, except where somebody has replaced it since."""
        for owner, name, own, value in self._done:
            if vars(owner).get(name, _ABSENT) is own:
                setattr(owner, name, value)

    def undo(self):
        """``suspend``, for good."""
        self.suspend()
        self._done.clear()

    def failed(self):
        """Switch the hook off, inside an ``except``: report the exception once, restore the originals.

        Raises:
            what is being handled, where it is the program's own (see ``blame``).
        """
        error = sys.exc_info()[1]
        if error is not None and not is_the_hooks(error):
            raise error
        if self._done and not isinstance(error, (RecursionError, MemoryError)):
            try:
                log.hook_failed(self.topic)
                self.undo()
            except Exception:
                pass
