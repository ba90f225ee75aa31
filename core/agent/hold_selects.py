"""Which descriptors a select finds while held: those that are ready, or those that it found when recorded.

Which of several is found first, or together with others, depends on how busy the machine is. The controller
is told what was found, as bits in the order in which the descriptors were given; repeating a schedule it
says what is to be found. Then a select waits until all that is ready and leaves the rest to the next one,
which finds it still there.
"""

from __future__ import annotations

import select as _select
from _thread import get_ident
from os import getpid

from .blame import pass_on
from .gates_worker import patience, slices

_MOST = 60  # bits that are told: of more descriptors is found what there is
_BOTH = 3  # mask of a selector's events: 1 read, 2 write
_LOOK_MS = 2
_looks: dict = {}  # (pid, thread) -> how often its select has looked for what it is to find, while it does


def measured(call, args, kwargs, wanted):
    """(call, what tells the bits of its result) of a select.

    Args:
        call: a selector's ``select``, or ``select.select``. args: the selector, or three lists, and then
            perhaps a timeout. wanted: the bits to be found; None: what is ready.
    """
    try:
        kind = _Lists(args) if isinstance(args[0], (list, tuple, set, dict)) else _Selector(args[0])
        timeout = kwargs.get("timeout", args[kind.before] if len(args) > kind.before else None)
        telling = kind.bits() <= _MOST
    except Exception as error:  # a selector of the program's own, or wrong arguments
        pass_on(error)
        telling = False
    if not telling:
        return call, lambda result: None
    if wanted is None:
        return call, kind.found
    me = getpid(), get_ident()
    _looks[me] = 0

    def look():
        _looks[me] += 1
        return call(*args[: kind.before], 0)

    def select(*args, **kwargs):
        try:
            result = _again(kind, look, timeout, wanted)
        finally:
            _looks.pop(me, None)
        return call(*args, **kwargs) if result is None else result

    return select, kind.found


def have_looked():
    """Wait until each select of another thread that is to find something has looked since this was called."""
    pid, before = getpid(), dict(_looks)
    for _ in patience(_LOOK_MS):
        # (one of them may be looking right now)
        if all(_looks.get(who, n + 3) > n + 1 for who, n in before.items() if who[0] == pid):
            return
        _rest(_LOOK_MS)


def _again(kind, look, timeout, wanted):
    """The result that has what is wanted and nothing else; None where that does not come."""
    if not wanted and timeout is not None:  # the time was over
        for seconds in slices(max(0, timeout)):
            _rest(seconds * 1e3)
        return kind.only(look(), 0)
    for _ in patience(_LOOK_MS) if wanted else ():
        result = look()
        if kind.found(result) & wanted == wanted:
            return kind.only(result, wanted)
        _rest(_LOOK_MS)
    return None


def _rest(milliseconds):
    _select.poll().poll(milliseconds)


class _Selector:
    """What is registered with a selector, two bits each."""

    before = 1  # arguments before the timeout

    def __init__(self, selector):
        self._places = {fd: 2 * place for place, fd in enumerate(list(selector._fd_to_key))}

    def bits(self):
        return 2 * len(self._places)

    def found(self, result):
        """The bits of a result, which is put in order: epoll's depends on what came first."""
        result.sort(key=lambda event: self._places.get(event[0].fd, _MOST))
        return sum((mask & _BOTH) << self._places.get(key.fd, _MOST) for key, mask in result)

    def only(self, result, bits):
        """The part of a result that has these bits."""
        masks = [(key, mask & bits >> self._places.get(key.fd, _MOST)) for key, mask in result]
        return [(key, mask) for key, mask in masks if mask]


class _Lists:
    """What was given to ``select.select``, a bit each."""

    before = 3

    def __init__(self, args):
        self._lists = [list(map(id, given)) for given in args[:3]]

    def bits(self):
        return sum(map(len, self._lists))

    def found(self, result):
        """The bits of a result."""
        flags = [there in set(map(id, ready)) for given, ready in zip(self._lists, result) for there in given]
        return sum(flag << place for place, flag in enumerate(flags))

    def only(self, result, bits):
        """The part of a result that has these bits."""
        places = iter(range(self.bits()))
        wanted = [{there for there in given if bits >> next(places) & 1} for given in self._lists]
        return tuple([there for there in ready if id(there) in w] for ready, w in zip(result, wanted))
