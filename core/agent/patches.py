"""What a hook replaced in the program, so that it can be put back: for good where it fails, or for now."""

from __future__ import annotations

import sys

from . import log
from .blame import is_the_hooks, passes

_ABSENT = object()


class Upon:
    """What lies upon a hook's replacement: ``below`` is that, or the original while the hook rests."""

    __slots__ = ("below",)


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
            _exchange(owner, name, value, own)

    def resume(self):
        """Replace again what ``suspend`` restored, except where somebody has replaced it since."""
        for owner, name, own, value in self._done:
            _exchange(owner, name, own, value)

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
        if self._done and not passes(error):
            try:
                log.hook_failed(self.topic)
                self.undo()
            except Exception:
                pass


def _exchange(owner, name, old, new):
    """Put ``new`` where ``owner.name`` is ``old``, or has it below; what is something else stays."""
    there = vars(owner).get(name, _ABSENT)
    if isinstance(there, Upon):
        if there.below is _found(owner, name, old):
            there.below = _found(owner, name, new)
    elif there is old and new is _ABSENT:
        delattr(owner, name)
    elif there is old:
        setattr(owner, name, new)


def _found(owner, name, own):
    """``own``, or where the class itself has none what it inherits."""
    if own is not _ABSENT:
        return own
    return next(vars(cls)[name] for cls in owner.__mro__[1:] if name in vars(cls))
