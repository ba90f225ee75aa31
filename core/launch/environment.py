"""The environment that makes every Python below a process observed: a few variables, nothing installed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from concviz.core import agent
from concviz.core.agent import layout


def observed(env: Mapping[str, str], session: Path, control: Path | None = None) -> dict[str, str]:
    """Return a copy of ``env`` in which Python starts the agent and writes into the folder ``session``.

    Python imports ``sitecustomize`` from ``PYTHONPATH`` before the program begins; ours is put in front
    and calls one that the user has. Only the launcher's variables are added: the agent hides them from
    the program again (see ``core/agent/environ.py``).

    Args:
        env: the environment the program would have had.
        session: the folder to write into.
        control: the socket of a controller that may hold the program; None: nobody can.
    """
    folder = Path(agent.__file__).resolve().parent
    boot = str(folder / "boot")
    theirs = [p for p in env.get("PYTHONPATH", "").split(os.pathsep) if p != boot]
    paths = os.pathsep.join([boot, *theirs]) if any(theirs) else boot
    ours = {
        "PYTHONPATH": paths,
        layout.ENV_SESSION: str(session.resolve()),
        layout.ENV_AGENT: str(folder),
    }
    if control is not None:
        ours[layout.ENV_CONTROL] = str(control)
    return {**env, **ours}
