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
        if len(args) < 2 or memoryview(args[1]).nbytes > _MOST or hasattr(args[0], "_sslobj"):
            return False
        poll = select.poll()
        poll.register(fd, select.POLLOUT)
        return bool(poll.poll(0))
    except (OSError, ValueError, TypeError):
        return False
