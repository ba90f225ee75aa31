"""The agent's code, compiled, in one file for each Python: a process that starts reads it at once.

A program may have been told to write no bytecode (``PYTHONDONTWRITEBYTECODE``, usual in containers), and then
compiling the agent would cost each of its processes several times what all else at its start does. One file
is also read sooner than many are found. It lies beside the bytecode in the agent's folder, and is written
anew when a source has changed; where that folder can't be written to, modules are imported as usual.
"""

from __future__ import annotations

import marshal
import os
import sys

# In an order in which each comes after those it imports. (Where it does not, that one is imported as usual.)
AT_START = (
    "layout", "blame", "identity", "mapped", "log", "imports", "patches", "start", "sites", "governor",
    "waits", "main_end", "threads", "unobserved", "environ", "spawns", "processes", "queues", "locks",
    "sockets_blocking", "sockets", "pipes", "io", "running", "executors",
)
LATER = (
    "await_site", "awaited", "frames", "tasks_births", "tasks_handles", "loops_idle", "loops", "tasks_steps",
    "tasks_created", "tasks", "loops_uvloop",
)


def write(folder, path, stamp):
    """Compile the modules in ``folder`` into ``path``.

    Args:
        stamp: function of ``folder`` and a name: what changes with that source.

    Returns:
        Names of the modules to begin with, and name → code, marshalled, of all.

    Raises:
        OSError: it can't be written. SyntaxError: a source is being edited.
    """
    unfinished = "%s.%d" % (path, os.getpid())
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(unfinished, "wb") as file:
        try:
            names = (*AT_START, *LATER)
            stamps = [(name, stamp(folder, name)) for name in ("compiled", *names)]
            codes = {name: _compiled(folder, name) for name in names}
            marshal.dump((folder, stamps, AT_START, codes), file)
            file.close()
            os.replace(unfinished, path)
        except BaseException:
            os.unlink(unfinished)
            raise
    _write_bytecode_of_boot(folder)
    return AT_START, codes


def _compiled(folder, name):
    path = os.path.join(folder, name + ".py")
    with open(path, "rb") as file:
        return marshal.dumps(compile(file.read(), path, "exec", dont_inherit=True, optimize=0))


def _write_bytecode_of_boot(folder):
    """What is imported before all this is imported as usual: let its bytecode be there, too."""
    loader = sys.modules["_frozen_importlib_external"].SourceFileLoader  # type: ignore[attr-defined]
    before = sys.dont_write_bytecode
    try:
        sys.dont_write_bytecode = False
        loader("sitecustomize", os.path.join(folder, "boot", "sitecustomize.py")).get_code("sitecustomize")
    finally:
        sys.dont_write_bytecode = before
