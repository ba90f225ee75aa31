"""Which writes are made in one turn while held: small ones, for which there is room.

Whoever reads at the other side could otherwise be let go before they are made, or after. A larger one may
block until somebody reads, so it is made without the turn.
"""

from __future__ import annotations

import select

_MOST = 4096  # bytes for which a pipe that counts as writable has room (PIPE_BUF, pipe(7))


def at_once(fd, args):
    """Will a write to a descriptor be over at once? ``args``: of ``os.write``, ``send``, ``sendall``."""
    try:
        known = len(args) > 1 and not hasattr(args[0], "_sslobj")
        return known and has_room(fd, memoryview(args[1]).nbytes)
    except (OSError, ValueError, TypeError):
        return False


def has_room(fd, size):
    """Is there room for so many bytes, as far as can be told? Raises OSError, ValueError or TypeError."""
    if size > _MOST:
        return False
    poll = select.poll()
    poll.register(fd, select.POLLOUT)
    return bool(poll.poll(0))
