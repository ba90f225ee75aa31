"""Compute: counting primes in plain Python. There is nothing to wait for; only a core helps."""

from __future__ import annotations

from lab_setting import Setting

SIZE = 32
STRETCH = 15_000


def items(setting: Setting) -> list[range]:
    """Stretches of numbers, each about as much work as any other."""
    first = 100_000
    return [range(first + n * STRETCH, first + (n + 1) * STRETCH) for n in range(setting.size)]


def work(stretch: range) -> int:
    """Count the primes in a stretch of numbers, by trial division."""
    return sum(is_prime(number) for number in stretch)


def is_prime(number: int) -> bool:
    """Tell whether an odd or even number above 2 has no divisor."""
    return number % 2 != 0 and all(number % divisor for divisor in range(3, int(number**0.5) + 1, 2))


async def work_async(stretch: range) -> int:
    """The same as a coroutine: it never awaits, so it never gives way, and nothing is gained."""
    return work(stretch)
