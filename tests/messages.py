"""What the source has to say to learners, and whether the catalogues say it too.

``python -m tests.messages`` brings ``core/language/*.po`` up to date: new sentences come without a
translation, those that are gone are taken out.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import polib
from babel.messages.extract import extract

from concviz.core.language import HERE, LANGUAGES, SOURCE

ROOT = Path(__file__).resolve().parent.parent
_MARKS = {
    "_": None, "N_": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2), "NP_": ((1, "c"), 2),
}
_COMMAND = ({"Command": (4,)}, {"Command": (5,)})
"""A command's title and its help are translated where they are shown."""


class Message(NamedTuple):
    """A sentence of the source."""

    text: str
    plural: str = ""
    context: str | None = None


def used() -> dict[Message, str]:
    """All sentences, and the file that each was found in first."""
    found: dict[Message, str] = {}
    for top in ("concviz", "core", "tui"):
        for path in sorted((ROOT / top).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if name.startswith(("concviz/core", "concviz/tui", "core/language")):
                continue
            for message in _in(path.read_bytes()):
                found.setdefault(message, name)
    return found


def _in(source: bytes) -> Iterator[Message]:
    for marks in (_MARKS, *_COMMAND):
        for _line, texts, _comments, context in extract("python", io.BytesIO(source), marks):
            if isinstance(texts, tuple):
                one, more = (*texts, "")[:2]
                yield Message(one, more, context)
            elif texts:
                yield Message(texts, "", context)


def messages_of(entry: polib.POEntry) -> Message:
    """The sentence that an entry translates."""
    return Message(entry.msgid, entry.msgid_plural, entry.msgctxt)


def bring_up_to_date(path: Path) -> tuple[int, int]:
    """Add what is new to a catalogue and take out what is gone; returns how many of each."""
    catalogue = polib.pofile(str(path), encoding="utf-8", wrapwidth=110)
    wanted = used()
    known = {messages_of(entry): entry for entry in catalogue}
    gone = [entry for message, entry in known.items() if message not in wanted]
    for entry in gone:
        catalogue.remove(entry)
    new = [message for message in wanted if message not in known]
    for message in new:
        entry = polib.POEntry(msgid=message.text, msgctxt=message.context)
        if message.plural:
            entry.msgid_plural, entry.msgstr_plural = message.plural, {0: "", 1: "", 2: ""}
        catalogue.append(entry)
    for entry in catalogue:
        entry.occurrences = [(wanted[messages_of(entry)], "")]
    order = list(wanted)
    catalogue.sort(key=lambda entry: order.index(messages_of(entry)))
    catalogue.save(str(path))
    return len(new), len(gone)


def main() -> int:
    """Bring all of them up to date."""
    for language in LANGUAGES:
        if language != SOURCE:
            new, gone = bring_up_to_date(HERE / f"{language}.po")
            print(f"{language}.po: {new} new, {gone} taken out")
    return 0


if __name__ == "__main__":
    sys.exit(main())
