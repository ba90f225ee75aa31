"""What a hook replaced in the program, so that a hook that fails can put everything back."""

from __future__ import annotations

from . import log

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

    def undo(self):
        """Restore what we replaced, except where somebody has replaced it again since."""
        while self._done:
            owner, name, own, value = self._done.pop()
            if vars(owner).get(name) is not value:
                continue
            if own is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, own)

    def failed(self):
        """Switch the hook off, inside an ``except``: report the exception once, restore the originals."""
        try:
            if self._done:
                log.hook_failed(self.topic)
                self.undo()
        except Exception:
            pass
