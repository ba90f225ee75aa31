"""Frames of ours that look like those of the function they stand for, in a warning or in a list of the stack.

``Handle._run`` is on the stack beneath all that runs in an event loop; a program, or its reader, expects the
original's file and line there.
"""

from __future__ import annotations

import sys
from types import FunctionType

from . import blame

_CODES_A_RUN = 8  # code units that an entry of a table of lines may cover, from 3.11 on
_NO_COLUMNS = 0x80 | 13 << 3 | _CODES_A_RUN - 1  # an entry of those, with a line and no columns
_BYTES_A_RUN = 254  # before


def like(function, original, line):
    """``function`` whose frames look like those of ``original``, always in the line with this number.

    How lines are told: CPython's Objects/lnotab_notes.txt (3.9, 3.10) and Objects/locations.md (since 3.11).
    """
    code, model = function.__code__, original.__code__
    changes = {"co_filename": model.co_filename, "co_name": model.co_name, "co_firstlineno": line}
    if sys.version_info >= (3, 11):
        units = len(code.co_code) // 2
        full, rest = divmod(units, _CODES_A_RUN)
        table = bytes((_NO_COLUMNS, 0)) * full
        changes["co_linetable"] = table + (bytes((_NO_COLUMNS - _CODES_A_RUN + rest, 0)) if rest else b"")
        changes["co_qualname"] = model.co_qualname
    elif sys.version_info >= (3, 10):
        full, rest = divmod(len(code.co_code), _BYTES_A_RUN)
        changes["co_linetable"] = bytes((_BYTES_A_RUN, 0)) * full + (bytes((rest, 0)) if rest else b"")
    else:
        changes["co_lnotab"] = b""
    made = FunctionType(
        code.replace(**changes),
        function.__globals__,
        original.__name__,
        function.__defaults__,
        function.__closure__,
    )
    blame.codes[id(made.__code__)] = made.__code__
    return made
