from __future__ import annotations

import pytest

from concviz.tui.units import brief, clock, count, duration, share, size


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
    assert [brief(n) for n in (938, 1234, 41208, 1_200_000)] == ["938", "1.2k", "41k", "1.2M"]
    assert [size(n) for n in (12, 42_100_000)] == ["12 B", "42.1 MB"]
    assert [share(n, 1000) for n in (0, 1, 6, 500)] == ["0 %", "<1 %", "1 %", "50 %"]
    assert share(1, 0) == "0 %"
