"""Where a suspended task stands: its user's innermost line, and the library calls that line is inside of.

The chain of a task is coroutine → what it awaits → … down to a future. Every link but the last holds for
as long as the inner one is suspended, so the walk of a step may begin at the innermost coroutine of the
user's own that the step before had found. Line numbers are worked out once per site: the hot path only
compares ``id(code)`` and instruction offsets (hashing a code object is slow on 3.12 and 3.13).
"""

from __future__ import annotations

import gc
import os
from types import AsyncGeneratorType, CoroutineType, GeneratorType

from . import log, sites
from .layout import SITE_LIBRARY, STANDS

_END = 3  # besides sites.USER and sites.LIBRARY: an asyncio function; nothing below it tells more
_kinds: dict = {}  # id(code) -> USER, LIBRARY or _END
_known: dict = {}  # (id(code), instruction, ids of the codes of the calls below it) -> site
_NONE: dict = {}
_tables: dict = {}
"""``id(code)`` → {instruction: {id of what it awaited there directly: site}}.

What is awaited is told by its code, or its type where it is not a coroutine; see ``_walk``."""
_places: dict = {}  # (id(code), site that the call stands in) -> site of a function's definition
_keep: list = []  # codes whose ids are keys
_INNER = 3  # calls of a site besides the outermost: anyio's streams end in the same event, sockets or not
_ends: set = set()  # types that end every chain: nothing to see below


def find(mark, task):
    """Site at which ``task`` is suspended, 0 for none; its mark remembers where the next walk may begin."""
    leaf = mark.leaf
    site = 0
    if leaf.cr_await is not None:
        site, user, end = _walk(leaf)
    if not site:  # the first step, or the innermost coroutine is finished
        site, user, end = _walk(task.get_coro())
    if type(user) is not CoroutineType:  # an async generator may be left suspended while its task goes on
        return site
    if user is not leaf:
        mark.leaf = user
        mark.sites = _tables.setdefault(id(user.cr_code), {})
        mark.awaits = None
    if end is not None:
        instruction = user.cr_frame.f_lasti
        others = mark.sites.setdefault(instruction, {})
        others[id(end)] = site
        _remember(mark, end, instruction, site)
    return site


def known(mark, awaits):
    """``mark.stands`` for its innermost coroutine, which awaits ``awaits``; None where a walk must tell."""
    instruction = mark.leaf.cr_frame.f_lasti
    site = mark.sites.get(instruction, _NONE).get(id(awaits))
    return None if site is None else _remember(mark, awaits, instruction, site)


def _remember(mark, awaits, instruction, site):
    mark.awaits, mark.resumes_at = awaits, instruction
    mark.stands = stands(mark, site)
    return mark.stands


def stands(mark, site):
    """What a STEP's record has of its thread, its task, and where that stands; packed, as it seldom changes.

    (Anew where a task's thread changes: see ``tasks_steps.begin``.)
    """
    return STANDS.pack(mark.place.step if mark.place is not None else 0, mark.number, site)


def _walk(leaf):
    """Site of the chain below ``leaf``, its innermost link that is the user's own, and how it ends.

    The site is 0 when ``leaf`` isn't suspended (any more). The end is what ``_tables`` know it by, where the
    user's link awaits a future, or asyncio's own function, directly; else None.
    """
    user, code, calls, end = leaf, None, [], None
    below = leaf
    while below is not None:
        here, link = _look(below)
        if here is None:
            if type(below) in _ends:
                end = None if calls else type(below)
                break
            below = _through(below)
            continue
        kind = _kinds.get(id(here)) or _kind(here, type(below) in _CHAIN)
        if kind == sites.USER:
            user, code, calls = below, here, []
        elif code is None:  # a library's coroutine that is a task of its own
            user, code = below, here
        else:
            if not calls:
                end = here if kind == _END else None
            calls.append(here)
            if kind == _END:
                break
        below = link
    if len(calls) > _INNER:
        calls = [calls[0], *calls[1:][-_INNER:]]
    return _site(user, code, calls), user, end


def _look(link):
    kind = type(link)
    if kind is CoroutineType:
        return link.cr_code, link.cr_await
    if kind is GeneratorType:
        return link.gi_code, link.gi_yieldfrom
    if kind is AsyncGeneratorType:
        return link.ag_code, link.ag_await
    if kind.__name__ == "coroutine":  # compiled by Cython
        return getattr(link, "cr_code", None), getattr(link, "cr_await", None)
    return None, None


def _kind(code, python):
    """Whose a code is; ``wait_for`` is the one coroutine of asyncio that runs the user's own inside of it."""
    _keep.append(code)
    kind = sites.LIBRARY if not python or sites.is_library(code) else sites.USER
    if kind and os.path.dirname(code.co_filename).endswith("asyncio") and code.co_name != "wait_for":
        kind = _END
    _kinds[id(code)] = kind
    return kind


def _site(user, code, calls):
    frame = _frame(user)
    if frame is None:
        return 0
    key = (id(code), frame.f_lasti, *map(id, calls))
    try:
        return _known[key]
    except KeyError:
        _keep.extend((code, *calls))
        n = _known[key] = _new_site(user, frame, calls)
        return n


def _frame(link):
    for name in ("cr_frame", "gi_frame", "ag_frame"):
        frame = getattr(link, name, None)
        if frame is not None:
            return frame
    return None


def _new_site(user, frame, calls):
    """Write a site: the user's line, the library function it calls, and those that has come down to."""
    links = {id(_look(link)[0]): link for link in _chain(user)}
    call = 0
    for inner in reversed(calls):
        call = definition(links[id(inner)], call)
    code = frame.f_code
    flags = SITE_LIBRARY if sites.is_library(code) else 0
    return log.site(code.co_filename, frame.f_lineno, _name(user, code), call, flags)


def _chain(link):
    """The links of an await chain from ``link`` down."""
    while link is not None:
        code, below = _look(link)
        if code is not None:
            yield link
        link = below if code is not None else _through(link)


def definition(coro, call=0):
    """Site where the function of a coroutine is defined.

    Args:
        coro: a coroutine, a generator, or any object that is awaited like one (all that a compiled one shows
            is its qualified name). call: site of the library call inside of it.
    """
    code = _look(coro)[0]
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
    """What an opaque object awaits: ``asend()`` its generator, ``coro.__await__()`` its coroutine."""
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
    _tables.clear()
    _places.clear()
