"""What passes by the clock of an event loop that is held."""

from __future__ import annotations

import io

import pytest

from concviz.core.agent import hold_clock


@pytest.mark.parametrize(("schedstat", "seconds"), [
    (b"8000 1500000000 7\n", 3.5),
    (b"8000 0 7\n", 5.0),
    (b"", 5.0),
    (b"0 x 0\n", 5.0),
])
def test_the_time_for_which_a_thread_is_given_no_core_is_not_spent(
    monkeypatch: pytest.MonkeyPatch, schedstat: bytes, seconds: float,
) -> None:
    """Else a handle would block its loop or not, and timers come due or not, as the machine is busy."""
    monkeypatch.setattr(hold_clock, "FileIO", lambda path: io.BytesIO(schedstat))
    assert hold_clock.busy_s(lambda: 5.0) == seconds


def test_where_the_system_does_not_say_all_time_is_spent(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(path: str) -> io.BytesIO:
        raise FileNotFoundError(path)

    monkeypatch.setattr(hold_clock, "FileIO", missing)
    assert hold_clock.busy_s(lambda: 5.0) == 5.0
