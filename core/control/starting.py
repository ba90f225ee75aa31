"""Controllers for programs that are held before their first step."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from concviz.core.control.controller import Controller

_SEED = "PYTHONHASHSEED"


def held_from_start(session: Path, granularity: str = "sync") -> Controller:
    """The controller of a program that is about to start, which will be held and can be repeated.

    Args:
        session: the folder it will record into. granularity: how finely to hold it.

    Raises:
        OSError: no socket can be made.
    """
    controller = Controller(session)
    controller.environment.update(_repeatable())
    controller.hold(granularity)
    return controller


def _repeatable() -> dict[str, str]:
    """Sets of strings are in another order in every run, unless somebody says by which seed."""
    return {} if _SEED in os.environ else {_SEED: str(secrets.randbelow(2**32 - 1) + 1)}
