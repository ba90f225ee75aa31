"""What only the screen says of numbers and names."""

from __future__ import annotations

from concviz.tui.units import brief, program


def test_a_count_takes_four_characters_at_most() -> None:
    assert [brief(n) for n in (938, 1234, 41208, 1_200_000)] == ["938", "1.2k", "41k", "1.2M"]


def test_a_session_is_called_by_its_program() -> None:
    names = ("app.py-20260728-153012", "app.py-20260728-153012-2", "trace", "-20260728-153012")
    assert [program(name) for name in names] == ["app.py", "app.py", "trace", "-20260728-153012"]
