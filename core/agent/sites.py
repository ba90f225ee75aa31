"""Where a worker stands, as a number: a line of the user's own code and the library call it is inside of.

A code object is looked at once; sites are kept by ``id(code)`` (the code is kept alive) and instruction
offset, because hashing a code object costs thousands of instructions on 3.12 and 3.13.
"""

from __future__ import annotations

import os
import sys

from . import log
from .layout import SITE_LIBRARY

_here = os.path.dirname(os.path.abspath(__file__))


def _library_roots():
    """Folders whose code is not the user's own: the standard library, installed packages, ourselves."""
    roots = {os.path.dirname(os.path.abspath(os.__file__)), _here}
    for path in sys.path:
        base = os.path.basename(path.rstrip(os.sep))
        if base in ("site-packages", "dist-packages", "lib-dynload"):
            roots.add(os.path.abspath(path))
    return tuple(r + os.sep for r in roots)


_roots = _library_roots()
_library: dict = {}  # id(code) -> bool
_keep: list = []  # codes whose ids are keys here
_sites: dict = {}  # (id(user code), instruction, id(call code), instruction) -> number


def is_library(code):
    """True when ``code`` is not the user's own: stdlib, site-packages, frozen, or the agent's."""
    known = _library.get(id(code))
    if known is None:
        _keep.append(code)
        name = code.co_filename
        known = _library[id(code)] = (
            name.startswith(_roots) or "site-packages" in name or "dist-packages" in name
            or (name.startswith("<") and name not in ("<string>", "<stdin>"))
        )
    return known


def intern(frame, inner=None):
    """Number of the site at ``frame``; ``inner`` is the library frame the user's line has called, if any."""
    code = frame.f_code
    if inner is None:
        key = (id(code), frame.f_lasti, 0, 0)
    else:
        key = (id(code), frame.f_lasti, id(inner.f_code), inner.f_lasti)
    n = _sites.get(key)
    if n is None:
        flags = SITE_LIBRARY if is_library(code) else 0
        call = 0
        if inner is not None:
            call = _place(inner.f_code, inner.f_lineno, SITE_LIBRARY if is_library(inner.f_code) else 0)
        n = _sites[key] = _place(code, frame.f_lineno, flags, call)
    return n


def _place(code, line, flags, call=0):
    _keep.append(code)
    return log.site(code.co_filename, line, getattr(code, "co_qualname", code.co_name), call, flags)


def caller(depth=2):
    """Site of whoever called the hook: the nearest frame of the user's own, and the call it made.

    Args:
        depth: how many frames of the agent stand between this function and the caller.

    The reason of a wait follows from the chain (``queue.Queue.get`` above a lock's acquire is a queue),
    so the call kept is the outermost library function: the one the user's line names.
    """
    frame = sys._getframe(depth)
    inner = None
    while frame is not None:
        if not is_library(frame.f_code):
            return intern(frame, inner)
        inner, frame = frame, frame.f_back
    return intern(inner) if inner is not None else 0
