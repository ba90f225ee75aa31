"""From an instruction to its line, by the tables that code objects carry; pure.

Three forms: ``locations`` (3.11 and later, ``Objects/locations.md``), ``line deltas`` (3.10, PEP 626) and
``lnotab`` (3.9, ``Objects/lnotab_notes.txt``).
"""

from __future__ import annotations

_NO_LOCATION, _LONG, _NO_COLUMNS, _ONE_LINE = 15, 14, 13, 10
_NO_LINE = -128


def line_at(form: str, table: bytes, first_line: int, instruction: int) -> int:
    """The line of the instruction that many bytes into its code; 0 where the table tells none.

    Args:
        form: of the table, as ``frame_probe.py`` calls it.
        table: ``co_linetable``, or before 3.10 ``co_lnotab``.
        first_line: ``co_firstlineno``.
        instruction: offset in bytes, ``f_lasti``.
    """
    if instruction < 0:  # the frame has not begun
        return 0
    if form == "locations":
        return _by_locations(table, first_line, instruction // 2)
    if form == "line deltas":
        return _by_deltas(table, first_line, instruction)
    return _by_lnotab(table, first_line, instruction)


def _by_locations(table: bytes, line: int, unit: int) -> int:
    """Entries begin with a byte whose highest bit is set: what it is, and how many code units it is for."""
    at, end = 0, 0
    while at < len(table):
        kind, units = table[at] >> 3 & 15, (table[at] & 7) + 1
        at += 1
        if kind in (_LONG, _NO_COLUMNS):
            line += _signed(table, at)
        elif _ONE_LINE <= kind < _NO_COLUMNS:
            line += kind - _ONE_LINE
        end += units
        if unit < end:
            return 0 if kind == _NO_LOCATION else line
        while at < len(table) and table[at] < 0x80:
            at += 1
    return 0


def _signed(table: bytes, at: int) -> int:
    """A number in groups of six bits, the lowest first; its lowest bit is the sign."""
    value = shift = 0
    while at < len(table):
        value |= (table[at] & 63) << shift
        if not table[at] & 64:
            break
        shift += 6
        at += 1
    return -(value >> 1) if value & 1 else value >> 1


def _by_deltas(table: bytes, line: int, instruction: int) -> int:
    """Pairs: so many bytes of code, so many lines further."""
    end = 0
    for at in range(0, len(table) - 1, 2):
        delta = table[at + 1] - (256 if table[at + 1] > 127 else 0)
        if delta != _NO_LINE:
            line += delta
        end += table[at]
        if instruction < end:
            return 0 if delta == _NO_LINE else line
    return 0


def _by_lnotab(table: bytes, line: int, instruction: int) -> int:
    """Pairs: after so many bytes of code, so many lines further; the last line has no end."""
    begin = 0
    for at in range(0, len(table) - 1, 2):
        begin += table[at]
        if begin > instruction:
            break
        line += table[at + 1] - (256 if table[at + 1] > 127 else 0)
    return line
