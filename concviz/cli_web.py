"""A page of ``concviz serve`` in place of a terminal: how this process learns that it is shown in one."""

from __future__ import annotations

import os
from collections.abc import MutableMapping

_DRIVER = "TEXTUAL_DRIVER"
_TOLD = (
    _DRIVER, "TEXTUAL_FPS", "TEXTUAL_COLOR_SYSTEM", "TERM_PROGRAM", "TERM_PROGRAM_VERSION", "COLUMNS", "ROWS",
)
"""What textual-serve adds to the environment."""


def page_size(env: MutableMapping[str, str] = os.environ) -> tuple[int, int] | None:
    """Columns and rows of the page that shows this process; None where it has a terminal.

    What told so is taken out of ``env``: a program that is watched must not find it there.
    """
    if "web_driver" not in env.get(_DRIVER, ""):
        return None
    from textual import constants  # it reads the variables when it is imported, and keeps what they say

    assert constants.DRIVER
    told = {name: env.pop(name, "") for name in _TOLD}
    return _number(told["COLUMNS"], 80), _number(told["ROWS"], 24)


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isdecimal() and 0 < int(text) < 10_000 else otherwise
