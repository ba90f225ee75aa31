"""Mistake: processes for tiny jobs. Sending a job there and back takes far longer than doing it."""

from __future__ import annotations

from lab_setting import Setting

SIZE = 3000


def items(setting: Setting) -> list[int]:
    """Small numbers."""
    return [number % 100 for number in range(setting.size)]


def work(number: int) -> int:
    """A few microseconds of arithmetic."""
    return sum(square * square for square in range(number))
