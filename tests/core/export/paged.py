"""The page of a session read back: its facts, and its columns of numbers."""

from __future__ import annotations

import base64
import json
import re
import struct
import zlib
from dataclasses import dataclass
from typing import Any

_NUMBERS = {"u1": "B", "u4": "I", "i4": "i"}


@dataclass(frozen=True)
class Page:
    """A page taken apart."""

    html: str
    facts: dict[str, Any]
    columns: dict[str, tuple[int, ...]]

    def long(self, name: str) -> list[int]:
        """Numbers of 64 bits."""
        pairs = zip(self.columns[f"{name}_low"], self.columns[f"{name}_high"])
        return [high << 32 | low for low, high in pairs]


def page_in(html: str) -> Page:
    """Take a page apart; a column that is not where it should be fails the test."""
    (packed,) = re.findall(r'<script type="application/octet-stream" id="data">\n(.*)\n</script>', html)
    data = zlib.decompress(base64.b64decode(packed))
    (length,) = struct.unpack_from("<I", data)
    facts = json.loads(data[4 : 4 + length])
    columns, at = {}, 4 + length
    for name, kind, count in facts["columns"]:
        assert at % 8 == 0
        columns[name] = struct.unpack_from(f"<{count}{_NUMBERS[kind]}", data, at)
        at += -(-count * int(kind[1]) // 8) * 8
    assert at == len(data)
    return Page(html, facts, columns)
