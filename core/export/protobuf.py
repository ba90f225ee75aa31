"""Protocol Buffers' wire format, as much of it as a trace needs.

https://protobuf.dev/programming-guides/encoding: a field is its number and its kind in one varint, then its
value. The few messages written here do not pay for a generated library beside every installation.
"""

from __future__ import annotations

from functools import lru_cache

_SMALL = tuple(bytes((value,)) for value in range(0x80))
_VARINT, _FIXED64, _BYTES = 0, 1, 2
_MASK64 = (1 << 64) - 1


def varint(value: int) -> bytes:
    """A number in groups of seven bits, the lowest first; a negative one as its 64 bits."""
    if 0 <= value < 0x80:
        return _SMALL[value]
    if 0 <= value < 0x4000:
        return bytes((value & 0x7F | 0x80, value >> 7))
    value &= _MASK64
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    parts.append(value)
    return bytes(parts)


_key = lru_cache(maxsize=256)(varint)  # of the few fields that there are


def number(field: int, value: int) -> bytes:
    """A field with an integer, a boolean or an enumeration's value."""
    return _key(field << 3 | _VARINT) + varint(value)


def fixed64(field: int, value: int) -> bytes:
    """A field with an integer of eight bytes."""
    return _key(field << 3 | _FIXED64) + (value & _MASK64).to_bytes(8, "little")


def block(field: int, data: bytes) -> bytes:
    """A field with bytes, or with another message."""
    return _key(field << 3 | _BYTES) + varint(len(data)) + data


def string(field: int, text: str) -> bytes:
    """A field with text."""
    return block(field, text.encode("utf-8", "replace"))
