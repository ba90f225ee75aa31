"""Programs of every kind do, print and raise the same with the agent as without it (see ``same``)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import interpreters
from tests.core.agent import same

# The oldest and the newest here; ``python -m tests.core.agent.same`` runs them on all.
_ENDS = tuple(dict.fromkeys((interpreters.found()[0], interpreters.found()[-1])))


@pytest.mark.parametrize(
    ("program", "python"),
    [
        pytest.param(program, python, id=f"{name} on {python.label}")
        for name, program in same.programs()
        for python in _ENDS
        if program.since <= python.version[:2] < program.before
    ],
)
def test_same(program: same.Program, python: interpreters.Interpreter, tmp_path: Path) -> None:
    found = same.difference(program, python, tmp_path)
    assert not found, found
