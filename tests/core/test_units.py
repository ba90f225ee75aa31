"""Numbers as people read them."""

from __future__ import annotations

import pytest

from concviz.core.units import clock, count, duration, share, short, size, unnamed


@pytest.mark.parametrize(
    ("ns", "words"),
    [
        (0, "0 s"),
        (7, "7 ns"),
        (1_500, "1.50 µs"),
        (132_400_000, "132 ms"),
        (14_000_000, "14.0 ms"),
        (9_999_999, "10.0 ms"),
        (999_990_000, "1.00 s"),
        (4_210_000_000, "4.21 s"),
        (125_300_000_000, "2:05.300"),
        (-3_200_000_000, "−3.20 s"),
    ],
)
def test_duration(ns: int, words: str) -> None:
    assert duration(ns) == words


@pytest.mark.parametrize(
    ("ns", "step", "words"),
    [
        (1_250_000_000, 1_000_000, "1.250 s"),
        (2_000_000_000, 1_000_000_000, "2 s"),
        (2_500_000_000, 500_000_000, "2.5 s"),
        (3_661_000_000_000, 1_000_000_000, "1:01:01"),
        (1_000_000_123, 1, "1.000000123 s"),
    ],
)
def test_clock(ns: int, step: int, words: str) -> None:
    assert clock(ns, step) == words


def test_counts_sizes_shares() -> None:
    assert count(41208) == "41 208"
    assert [size(n) for n in (12, 1_000, 42_100_000, 3 * 10**12)] == ["12 B", "1.0 kB", "42.1 MB", "3.0 TB"]
    assert [share(n, 1000) for n in (0, 1, 6, 500)] == ["0 %", "<1 %", "1 %", "50 %"]
    assert share(1, 0) == "0 %"


def test_of_a_name_that_is_a_path_its_last_part_is_shown() -> None:
    assert [short(name) for name in ("/srv/app.py", "/usr/bin/python -m x", "app.py", "/")] == [
        "app.py", "python -m x", "app.py", "/"]


def test_a_task_that_nobody_named_is_called_by_its_coroutine() -> None:
    assert unnamed("Task-7", "Server.serve.<locals>.handle") == "handle"
    assert unnamed("fetch-7", "handle") == ""
