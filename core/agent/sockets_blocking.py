"""Which sockets may block. While none may, as in a program that is all asyncio, their traffic needs no hook.

A socket is told by its descriptor, so that nothing of ours refers to it. One that was closed stays among
those that may block until it is looked for in vain; that costs some speed, and hides no wait.
"""

from __future__ import annotations

import os
import stat
from _thread import allocate_lock

from . import governor, waits
from .blame import pass_on

CALLS, MOST_CALLS = 512, 1 << 16  # of sockets that don't block, until it is asked whether any may


class Blocking:
    """The sockets that may block; ``patches`` rest while there is none.

    Each call of a socket that does not block takes 1 from ``left``; below 0 it calls ``look``.
    """

    __slots__ = ("_calls", "_fds", "_looking", "_patches", "_rests", "_traffic", "left")

    def __init__(self, patches, traffic):
        """``traffic``: the governor of the same patches, which may have them rest, too."""
        self._patches, self._traffic = patches, traffic
        self._fds: dict = {}  # descriptor -> an object: which time it became one that may block
        self._rests = False
        self._looking = allocate_lock()
        self.left = self._calls = CALLS

    def hook(self, patches, socket):
        """Hear of every socket that is made, and of every change, by ``patches`` that never rest."""
        base = socket._socket.socket
        fileno, gettimeout = base.fileno, base.gettimeout

        def heard(original):
            def method(self, *args, **kwargs):
                try:
                    result = original(self, *args, **kwargs)
                except BaseException as error:
                    waits.hide(error)
                    raise
                try:
                    changed(fileno(self), gettimeout(self) != 0.0)
                except Exception:
                    patches.failed()
                return result

            return waits.dress(method, original)

        changed = self._changed
        for name in ("__init__", "setblocking", "settimeout"):
            patches.put(socket.socket, name, heard(getattr(socket.socket, name)))

    def _changed(self, fd, may_block):
        if not may_block:
            self._fds.pop(fd, None)
            return
        self._fds[fd] = object()
        if self._rests:
            self._rests = False
            if self._traffic not in governor.resting:
                self._patches.resume()

    def look(self):
        """``left`` is used up: have the patches rest if no socket may block, or go on. Never raises."""
        if not self._looking.acquire(False):
            return
        try:
            for fd, since in list(self._fds.items()):
                if not _is_socket(fd):
                    self._forget(fd, since)
            self._calls = CALLS if not self._fds else min(2 * self._calls, MOST_CALLS)
            self.left = self._calls
            if not self._fds:
                self._rest()
        except Exception:
            self._patches.failed()
        finally:
            self._looking.release()

    def _rest(self):
        self._rests = True
        self._patches.suspend()
        if self._fds or not self._rests:  # one that may block was made meanwhile
            self._rests = False
            self._patches.resume()

    def _forget(self, fd, since):
        was = self._fds.pop(fd, since)
        if was is not since:  # its number was given to a new one, meanwhile
            self._fds[fd] = was


def _is_socket(fd):
    try:
        return stat.S_ISSOCK(os.fstat(fd).st_mode)
    except OSError as error:
        pass_on(error)
        return False
