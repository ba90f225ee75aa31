"""``threading`` in a forked child: until it is in order there, no gate stops anybody.

After a fork ``threading`` makes its own locks anew, by the names that we have replaced, and takes one.
"""

from __future__ import annotations

import os
from _thread import RLock, allocate_lock

from . import gates

_keeps = False  # is ``threading`` put in order in forked children?
_aside = None  # type: ignore[var-annotated]  # what lets such a child pass until it is


def keep_own_locks(threading):
    """Give it locks that nobody holds up, in every forked child.

    Handlers run in the order in which they were registered: ours after ``threading``'s.
    """
    global _keeps
    _keeps = True

    def keep():
        global _aside
        threading._active_limbo_lock = RLock()
        if hasattr(threading, "_shutdown_locks_lock"):
            threading._shutdown_locks_lock = allocate_lock()
        if _aside is not None:  # else it is about to become another program, and nobody stands aside
            _aside.__exit__()
            _aside = None

    os.register_at_fork(after_in_child=keep)


def begins():
    """In a forked child: it passes all gates until ``threading`` is in order."""
    global _aside
    if _keeps:
        _aside = gates.aside()
        _aside.__enter__()
