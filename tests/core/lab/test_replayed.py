"""The lab's experiments do the same again when their schedules are repeated."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.core.lab.replayed import PROGRAMS, repeated

TIMES = 2
"""``make bench`` repeats each ten times."""


@pytest.mark.parametrize("name", PROGRAMS)
def test_an_experiment_is_repeated_by_its_schedule(tmp_path: Path, name: str) -> None:
    first, again = repeated(tmp_path, name, seed=5, times=TIMES)
    assert first.code in (0, 4)  # (some order of the locks' experiment ends in its deadlock)
    assert len(first.decisions) > 5
    assert again == [first] * TIMES
