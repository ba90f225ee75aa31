"""Sets of what a held program waits for, in an order that every run of it repeats.

``asyncio.wait``, ``concurrent.futures.wait`` and ``as_completed`` put tasks and futures into sets, and
``multiprocessing`` its children. A set lists such members in the order of their addresses: another one in
every run. These list them in the order in which they were made, or else were put in.
"""

from __future__ import annotations

from itertools import count
from operator import itemgetter, length_hint

from . import log, waits
from .blame import pass_on
from .imports import when_imported
from .patches import Patches
from .waits import hide

_patches = Patches("hold sets")
_LAST = 1 << 62
_NOWHERE: dict = {}
_number = count(1).__next__  # of a future of concurrent.futures


class InOrder(set):
    """A set whose order is known. (What is made of two sets has no order, as ever.)"""

    __slots__ = ("_places",)

    def __init__(self, members=()):
        members = list(members)
        set.__init__(self, members)
        self._places = {id(member): place for place, member in enumerate(members)}

    def add(self, member):
        """As ``set.add``."""
        try:
            set.add(self, member)
        except TypeError as error:
            hide(error)
            raise
        self._places.setdefault(id(member), len(self._places))

    def pop(self):
        """Remove and return the first."""
        try:
            first = next(iter(self), None) if self else set.pop(self)
        except KeyError as error:
            hide(error)
            raise
        self.discard(first)
        return first

    def __iter__(self):
        while True:
            members = self._in_order()
            there = set.__iter__(self)  # says whether the set has changed meanwhile
            if length_hint(there) == len(members):  # (no other thread has changed it already)
                return map(itemgetter(1), zip(there, members))

    def _in_order(self):
        members = list(set.__iter__(self))
        try:
            places = getattr(self, "_places", _NOWHERE)  # a copy has none
            members.sort(key=lambda member: (self.made(member), places.get(id(member), _LAST)))
        except Exception as error:  # members of a kind of the program's own
            pass_on(error)
        return members

    def __repr__(self):
        return repr(set(self))

    @staticmethod
    def made(member):
        """Which a member is of all that were made, as far as that is known: of tasks and futures."""
        try:
            known = object.__getattribute__(member, "_concviz")
        except AttributeError:
            return _LAST
        return known if type(known) is int else known.number


def _set(*members):
    """``set``, for the modules below."""
    try:
        return InOrder(*members) if log.control[0] else set(*members)
    except BaseException as error:
        hide(error)
        raise


def _giving(function, order):
    """``function``, whose result goes through ``order`` while the program is held."""

    def ordered(*args, **kwargs):
        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            hide(error)
            raise
        try:
            return order(result) if log.control[0] else result
        except Exception:
            _patches.failed()
            return result

    return waits.dress(ordered, function)


def _both(result):
    """The two sets that ``concurrent.futures.wait`` gives."""
    return type(result)(*map(InOrder, result))


def _numbering(begin):
    """``Future.__init__``, which numbers what it makes, held or not: a future may be waited for later."""

    def __init__(self, /, *args, **kwargs):
        try:
            self._concviz = _number()
            begin(self, *args, **kwargs)
        except BaseException as error:
            hide(error)
            raise

    return waits.dress(__init__, begin)


def _sorted(members, *, key):
    """``sorted``, by which all who wait for several futures agree on the order in which to lock them."""
    return sorted(members, key=InOrder.made if key is id else key)


def _hook_futures(base):
    _patches.put(base.Future, "__init__", _numbering(base.Future.__init__))
    _patches.put(base, "set", _set)
    _patches.put(base, "sorted", _sorted)
    _patches.put(base, "wait", _giving(base.wait, _both))


def _hook_asyncio(asyncio):
    _patches.put(asyncio.tasks, "set", _set)
    ordered = _giving(asyncio.all_tasks, InOrder)
    for module in (asyncio.tasks, asyncio):
        _patches.put(module, "all_tasks", ordered)


def install():
    """Hook what makes such sets as soon as the program has imported it."""
    when_imported("concurrent.futures._base", _hook_futures)
    when_imported("asyncio", _hook_asyncio)
