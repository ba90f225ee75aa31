"""The one sanitising door: whatever a target wrote is made harmless here before anybody shows it.

Control characters, escape sequences, bidirectional overrides, invisible characters and halves of
surrogate pairs become visible stand-ins, so that text from outside can neither move a cursor, nor
reorder a line, nor hide. Emoji, wide and combining characters pass.
"""

from __future__ import annotations

import re

LIMIT = 200

# C0 controls have pictures of their own in Unicode (␀ … ␟, ␡); the rest is shown by its number.
_PICTURES = {code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "\u2421"}
_JOINER = 0x200D  # joins emoji: kept between two characters that are not plain letters
_DANGEROUS = re.compile(
    "[\x00-\x1f\x7f-\x9f"
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e"  # soft hyphen, fillers, Mongolian controls
    "\u200b-\u200f\u2028-\u202f\u2060-\u206f"  # zero widths, line separators, embeddings, isolates
    "\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"  # fillers, selectors (but the emoji's), BOM
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"  # shorthand, music, tags
    "\ud800-\udfff]"
)


def clean(text: object, limit: int = LIMIT) -> str:
    """Text that is safe to show, at most ``limit`` characters; a longer one ends with ``…``.

    Args:
        text: anything; what is no string is turned into one.
        limit: greatest length of the result in characters (not in columns).
    """
    value = text if isinstance(text, str) else str(text)
    if limit <= 0:
        return ""
    cut = len(value) > limit
    value = value[:limit]  # before the substitution: its cost is bounded, and it never shortens
    if not (value.isascii() and value.isprintable()):
        value = _DANGEROUS.sub(_visible, value)
        cut = cut or len(value) > limit
    return value[: limit - 1] + "…" if cut else value


def _visible(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code == _JOINER and _joins(match):
        return match.group()
    picture = _PICTURES.get(code)
    return picture or (f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")


def _joins(match: re.Match[str]) -> bool:
    """True for a joiner inside an emoji: between two characters beyond the plain scripts."""
    text, at = match.string, match.start()
    return 0 < at < len(text) - 1 and min(ord(text[at - 1]), ord(text[at + 1])) > 0x2000 and (
        not _DANGEROUS.match(text, at + 1) and ord(text[at - 1]) != _JOINER
    )
