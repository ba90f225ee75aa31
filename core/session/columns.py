"""Records as columns: each field apart, most as what differs from the record before, byte by byte, deflated.

The records of a log resemble each other, and in a column the bytes that hardly change lie together. It
loses nothing: whatever bytes go in come out, also of records that make no sense.
"""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt

from concviz.core.agent import layout as L
from concviz.core.session.events import RECORD as EVENT
from concviz.core.session.system_log import RECORD as SAMPLE
from concviz.core.timeline.arrays import lengths

SIZE = EVENT.itemsize
assert SAMPLE.itemsize == SIZE

_LENGTH = struct.Struct("<I")
_LEVEL = 1  # the bytes that do not compress are most of the work, and a higher level gains a fiftieth
_WORTH = 0.85  # what hardly gets shorter takes long to inflate
_ONE, _SIGN = np.uint64(1), np.uint64(63)
_Column = npt.NDArray[Any]


class Damaged(ValueError):
    """These bytes are not what ``packed`` returned."""


def packed(data: bytes, offset: int, *, samples: bool) -> bytes:
    """Pack whole records.

    Args:
        data: the records. offset: of the first of them in its file.
        samples: they are of system.log, not of an event log.
    """
    records = np.frombuffer(data, SAMPLE if samples else EVENT)
    columns = _of_samples(records) if samples else _of_events(records, offset)
    planes = [plane for column in columns for plane in _planes(column)]
    return b"".join(_LENGTH.pack(len(plane)) for plane in planes) + b"".join(planes)


def unpacked(data: bytes, size: int, offset: int, *, samples: bool) -> bytes:
    """What ``packed`` was given: ``size`` bytes.

    Raises:
        Damaged: the data is not that of so many records. Never more than ``size`` bytes are made.
    """
    dtype = SAMPLE if samples else EVENT
    count, rest = divmod(size, SIZE)
    names = dtype.names or ()
    head = SIZE * _LENGTH.size
    if rest or not count or len(data) < head:
        raise Damaged("no whole records")
    sizes = [length for (length,) in _LENGTH.iter_unpack(data[:head])]
    if sum(sizes) != len(data) - head:
        raise Damaged("the columns are of another length")
    records, at, plane = np.zeros(count, dtype), head, 0
    for name in names:
        width = dtype[name].itemsize
        planes, plane = sizes[plane : plane + width], plane + width
        if any(planes):
            column = np.zeros((count, width), np.uint8)
            for i, length in enumerate(planes):
                _spread(data[at : at + length], column[:, i])
                at += length
            records[name] = column.view(f"<u{width}")[:, 0].view(dtype[name])
    if samples:
        _to_samples(records)
    else:
        _to_events(records, offset)
    return records.tobytes()


def _planes(column: _Column) -> list[bytes]:
    """The bytes of a column, lowest first: deflated, plain where that is no gain, nothing where all are 0."""
    width = column.dtype.itemsize
    found = []
    for plane in np.ascontiguousarray(column).view(np.uint8).reshape(-1, width).T:
        plain = plane.tobytes()
        deflated = zlib.compress(plain, _LEVEL) if plane.any() else b""
        found.append(deflated if len(deflated) < _WORTH * len(plain) else plain)
    return found


def _spread(plane: bytes, into: _Column) -> None:
    """Write one byte of every record."""
    if not plane:
        return
    if len(plane) < len(into):
        plane = inflated(plane, len(into))
    if len(plane) != len(into):
        raise Damaged("a column is of another length")
    into[:] = np.frombuffer(plane, np.uint8)


def inflated(data: bytes, size: int) -> bytes:
    """Undo zlib's deflation.

    Raises:
        Damaged: it does not give ``size`` bytes. Never more than one byte beyond that is made.
    """
    machine = zlib.decompressobj()
    try:
        plain = machine.decompress(data, size + 1)
    except zlib.error:
        raise Damaged("it cannot be inflated") from None
    if len(plain) != size or not machine.eof or machine.unused_data:
        raise Damaged("it is of another length")
    return plain


def _of_events(records: _Column, offset: int) -> list[_Column]:
    columns = {name: records[name] for name in records.dtype.names or ()}
    columns["t0"] = _folded(_less_before(records["t0"], _ends(records)))
    columns["mark"] = records["mark"] ^ _marks(len(records), offset)
    return list(columns.values())


def _to_events(records: _Column, offset: int) -> None:
    gaps = _unfolded(records["t0"])
    gaps[1:] += _lengths(records)[:-1]
    records["t0"] = gaps.cumsum(dtype=np.uint64)
    records["mark"] ^= _marks(len(records), offset)


def _of_samples(records: _Column) -> list[_Column]:
    columns = {name: records[name] for name in records.dtype.names or ()}
    columns["t"] = _folded(_less_before(records["t"], records["t"]))
    return list(columns.values())


def _to_samples(records: _Column) -> None:
    records["t"] = _unfolded(records["t"]).cumsum(dtype=np.uint64)


def _lengths(records: _Column) -> npt.NDArray[np.uint64]:
    return lengths(records["word"], records["dur"]).astype(np.uint64)


def _ends(records: _Column) -> npt.NDArray[np.uint64]:
    ends: npt.NDArray[np.uint64] = records["t0"] + _lengths(records)
    return ends


def _less_before(values: _Column, ends: _Column) -> npt.NDArray[np.uint64]:
    """Each value without the end before it; beyond 64 bits both ways wrap alike."""
    result = values.astype(np.uint64)
    result[1:] -= ends[:-1]
    return result


def _folded(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Small numbers of either sign as small ones without: 0, −1, 1, −2, …"""
    result: npt.NDArray[np.uint64] = (values << _ONE) ^ (np.uint64(0) - (values >> _SIGN))
    return result


def _unfolded(values: _Column) -> npt.NDArray[np.uint64]:
    result: npt.NDArray[np.uint64] = (values >> _ONE) ^ (np.uint64(0) - (values & _ONE))
    return result


def _marks(count: int, offset: int) -> npt.NDArray[np.uint32]:
    """The commit marks of records in good order: their offsets."""
    offsets = np.arange(count, dtype=np.uint64) * np.uint64(SIZE) + np.uint64(offset)
    return (offsets & np.uint64(L.U32)).astype(np.uint32)
