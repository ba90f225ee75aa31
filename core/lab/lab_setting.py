"""The few words that workloads share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple


class Setting(NamedTuple):
    """What a workload is to be made for."""

    size: int
    """How many items."""
    latency_s: float = 0.0
    """How long a wait takes, on average."""
    port: int = 0
    """Where the slow server listens on the loopback interface."""
    folder: str = ""
    """An empty folder for files."""


class Wait(NamedTuple):
    """Somebody who has to wait."""

    number: int
    seconds: float


class Stages(NamedTuple):
    """Work in two stages. Called, it does both at once; a pipeline takes them apart."""

    make: Callable[[Any], Any]
    use: Callable[[Any], Any]

    def __call__(self, item: Any) -> Any:
        """Take one item through both stages."""
        return self.use(self.make(item))


class Job(NamedTuple):
    """What there is to do, and what kinds of function do it."""

    items: Sequence[Any]
    work: Callable[[Any], Any] | None
    work_async: Callable[[Any], Any] | None
    threads: int = 0
    """How many threads make sense; 0: as many as there are cores."""
    tasks: int = 0
    """How many tasks make sense; 0: one for each item."""
