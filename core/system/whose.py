"""Whose code a function is, told from outside by the rule of ``core/agent/sites.py``: by its file's name."""

from __future__ import annotations

import os
from enum import Enum
from pathlib import Path

from concviz.core import agent


class Whose(Enum):
    """Whose a frame is."""

    USER = "the user's own"
    LIBRARY = "the standard library's, or an installed package's"
    UNSEEN = "ours, or how every thread and module begins"


_AGENT = (
    os.path.join(os.path.dirname(os.path.abspath(agent.__file__)), ""),
    os.path.join(Path(agent.__file__).resolve().parent, ""),
)
_LAB = tuple(os.path.join(os.path.dirname(os.path.dirname(folder)), "lab", "") for folder in _AGENT)
_BEGINNINGS = ("_bootstrap", "_bootstrap_inner", "run")
_ENTRY = "<interpreter trampoline>"  # 3.12 begins with it what C code calls
_TYPED = ("<string>", "<stdin>")  # code that the user gave without a file


def whose(file: str, function: str, stdlib: str) -> Whose:
    """Whose the code of a function is.

    Args:
        file: ``co_filename``. function: its qualified name. stdlib: the folder of the standard library.
    """
    if file.startswith(_AGENT) or function == _ENTRY:
        return Whose.UNSEEN
    if file == os.path.join(stdlib, "threading.py"):
        owner, _, name = function.rpartition(".")
        if name in _BEGINNINGS and owner != "Timer":
            return Whose.UNSEEN
    if file == "<frozen runpy>" or file.endswith(os.sep + "runpy.py"):
        return Whose.UNSEEN
    if file.startswith(_LAB):
        return Whose.USER
    if file.startswith(os.path.join(stdlib, "")) or "site-packages" in file or "dist-packages" in file:
        return Whose.LIBRARY
    return Whose.LIBRARY if file.startswith("<") and file not in _TYPED else Whose.USER
