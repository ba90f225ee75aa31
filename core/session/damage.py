"""What is wrong with a session, as far as a list of sessions looks: at both ends of a pack."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path

from concviz.core.language import N_
from concviz.core.session import chunks
from concviz.core.session.chunks import Codec
from concviz.core.session.files import pread


class Damage(StrEnum):
    """What is wrong with it; the values are those of ``concviz sessions --json``."""

    PART = "damaged"
    """Something of it is lost; what is left can be opened, where anything is."""
    WHOLE = "unreadable"
    """It does not begin as a packed session does: it may be somebody else's file."""
    NEWER = "newer"
    """A newer concviz has packed it."""


WORDS = {
    Damage.PART: N_("damaged"), Damage.WHOLE: N_("unreadable"), Damage.NEWER: N_("of a newer concviz"),
}
"""For a list."""


def of_pack(path: Path) -> Damage | None:
    """What is wrong with the packed session ``path``; None where its ends do not tell."""
    head = pread(path, chunks.HEAD.size, 0)
    if not head.startswith(chunks.MAGIC):
        return Damage.WHOLE
    version = chunks.version(head)
    if version is not None and version > chunks.VERSION:
        return Damage.NEWER
    return None if version is not None and _has_end(path) else Damage.PART


def _has_end(path: Path) -> bool:
    """Is the last chunk the one that says that the pack is whole?"""
    try:
        at = os.stat(path).st_size - chunks.CHUNK.size
    except OSError:
        return False
    last = chunks.parsed(pread(path, chunks.CHUNK.size, at), at) if at >= chunks.HEAD.size else None
    return last is not None and last.codec == Codec.END
