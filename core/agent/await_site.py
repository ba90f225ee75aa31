"""Where a suspended task stands: its user's innermost line, and the library calls that line is inside of.

The chain of a task is coroutine → what it awaits → … down to a future. Every link but the last holds for
as long as the inner one is suspended, so the walk of a step may begin at the innermost coroutine of the
user's own that the step before had found. Line numbers are worked out once per site: the hot path only
compares ``id(code)`` and instruction offsets (hashing a code object is slow on 3.12 and 3.13).
"""

from __future__ import annotations

import gc
from types import AsyncGeneratorType, CoroutineType, GeneratorType

from . import log, sites
from .layout import SITE_LIBRARY

_whose = sites._whose  # id(code) -> USER (0), LIBRARY or UNSEEN, filled by sites.whose
_known: dict = {}  # (id(code), instruction, id(outer call's code), id(inner call's code)) -> site
_places: dict = {}  # (id(code), site that the call stands in) -> site of a function's definition
_keep: list = []  # codes whose ids are keys
_ends: set = set()  # types that end every chain: nothing to see below


def where(leaf):
    """Site at which the chain below ``leaf`` is suspended, and the innermost link that is the user's own.

    Args:
        leaf: a suspended coroutine (or generator) of the chain; the task's own to begin with.

    The site is 0 when ``leaf`` isn't suspended any more.
    """
    user, code, outer, inner = leaf, None, None, None
    below = leaf
    while below is not None:
        kind = type(below)
        if kind is CoroutineType:
            here, link = below.cr_code, below.cr_await
        elif kind in _ends:
            break
        elif kind is GeneratorType:
            here, link = below.gi_code, below.gi_yieldfrom
        elif kind is AsyncGeneratorType:
            here, link = below.ag_code, below.ag_await
        else:
            below = _through(below)
            continue
        try:
            library = _whose[id(here)]
        except KeyError:
            library = sites.whose(here)
        if not library:
            user, code, outer, inner = below, here, None, None
        elif code is None:  # a library's coroutine that is a task of its own
            user, code = below, here
        elif outer is None:
            outer = inner = here
        else:
            inner = here
        below = link
    return _site(user, code, outer, inner), user


def _site(user, code, outer, inner):
    if type(user) is CoroutineType:
        frame = user.cr_frame
    else:
        frame = _frame(user)
    if frame is None:
        return 0
    key = (id(code), frame.f_lasti, id(outer), id(inner))
    try:
        return _known[key]
    except KeyError:
        _keep.extend((code, outer, inner))
        n = _known[key] = _new_site(user, frame, outer, inner)
        return n


def _frame(link):
    return getattr(link, "gi_frame", None) or getattr(link, "ag_frame", None)


def _new_site(user, frame, outer, inner):
    """Write a site: the user's line, the library function it calls, and the one that call has come down to."""
    links = {id(_code(link)): link for link in _chain(user)}
    call = 0
    if inner is not None:
        call = definition(links[id(inner)])
        if outer is not inner:
            call = definition(links[id(outer)], call)
    code = frame.f_code
    flags = SITE_LIBRARY if sites.is_library(code) else 0
    return log.site(code.co_filename, frame.f_lineno, _name(user, code), call, flags)


def _chain(link):
    """The links of an await chain from ``link`` down."""
    while link is not None:
        if _code(link) is None:
            link = _through(link)
            continue
        yield link
        for name in ("cr_await", "gi_yieldfrom", "ag_await"):
            if hasattr(link, name):
                link = getattr(link, name)
                break


def _code(link):
    for name in ("cr_code", "gi_code", "ag_code"):
        code = getattr(link, name, None)
        if code is not None:
            return code
    return None


def definition(coro, call=0):
    """Site where the function of a coroutine is defined.

    Args:
        coro: a coroutine, a generator, or any object that is awaited like one (all that a compiled one shows
            is its qualified name). call: site of the library call inside of it.
    """
    code = _code(coro)
    if code is None:
        kind = type(coro)
        name = getattr(coro, "__qualname__", None) or "%s.%s" % (kind.__module__, kind.__qualname__)
        return _once((name, 0), "", 0, name, 0, 0)
    _keep.append(code)
    flags = SITE_LIBRARY if sites.is_library(code) else 0
    return _once((id(code), call), code.co_filename, code.co_firstlineno, _name(coro, code), call, flags)


def _once(key, *place):
    n = _places.get(key)
    if n is None:
        n = _places[key] = log.site(*place)
    return n


def _name(coro, code):
    return getattr(code, "co_qualname", None) or getattr(coro, "__qualname__", code.co_name)


def _through(link):
    """What an object without attributes awaits: ``asend()`` its generator, ``coro.__await__()`` its coroutine."""
    kind = type(link)
    if kind.__module__ == "_asyncio":  # the iterator of a future or task
        _ends.add(kind)
    elif kind.__name__ in _THROUGH:
        for inner in gc.get_referents(link):
            if type(inner) in _CHAIN:
                return inner
    return None


_THROUGH = ("coroutine_wrapper", "async_generator_asend", "async_generator_athrow", "anext_awaitable")
_CHAIN = (CoroutineType, AsyncGeneratorType, GeneratorType)


def forget():
    """After a fork: numbers of sites start over."""
    _known.clear()
    _places.clear()
