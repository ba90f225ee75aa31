"""What somebody asks to have compared; words that cannot be are told in one line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from concviz.core.lab import models, workloads
from concviz.core.lab.bounds import LIMIT_S
from concviz.core.launch.errors import LaunchError


@dataclass(frozen=True, slots=True)
class Asked:
    """A workload or functions of the user's own, under which models, how often, how large."""

    workload: str = ""
    models: tuple[str, ...] = models.NAMES
    repeat: int = 1
    """Runs of each model."""
    size: int | None = None
    """How many items; None: as many as the workload has."""
    latency_s: float | None = None
    """How long a wait takes on average; None: as the workload has it."""
    workers: int | None = None
    """Workers of each model; None: what makes sense for it."""
    calls: tuple[str, ...] = ()
    """``module:function``, instead of a workload."""
    items: str = ""
    """What to call them with: a file or a range."""
    limit_s: float = LIMIT_S
    """A run that takes longer is ended."""
    python: str | None = None
    """The Python that runs it; None: the usual one."""

    @property
    def name(self) -> str:
        """What people call the work."""
        return " ".join(self.calls) or self.workload

    def check(self) -> None:
        """See whether it can be asked for at all.

        Raises:
            LaunchError: it cannot; the message says why and what to do.
        """
        if bool(self.workload) == bool(self.calls):
            names = ", ".join(workloads.NAMES)
            raise LaunchError(
                f"say what to compare: a function of yours with --call and --items, or {names}")
        if self.workload:
            if self.items:
                raise LaunchError("--items goes with --call; a workload takes --size")
            known(self.workload, workloads.NAMES, "workload")
        elif not self.items or self.size or self.latency_s is not None:
            raise LaunchError("--call takes --items FILE or --items 0:100, no --size and no --latency")
        for name in self.models:
            known(name, models.NAMES, "model")

    @property
    def words(self) -> list[str]:
        """The options of ``run.py`` for this work."""
        if self.calls:
            return [*(word for call in self.calls for word in ("--call", call)), f"--items={self.items}"]
        words = [self.workload]
        if self.size is not None:
            words += ["--size", str(self.size)]
        if self.latency_s is not None:
            words += ["--latency", str(self.latency_s)]
        return words


def known(name: str, names: Sequence[str], what: str) -> None:
    """See whether a name is one of those that there are.

    Raises:
        LaunchError: it is not; the message has the nearest one.
    """
    if name not in names:
        import difflib

        near = difflib.get_close_matches(name, names, 1)
        meant = f", did you mean {near[0]}? There" if near else ": there"
        raise LaunchError(f"there is no {what} '{name}'{meant} are {', '.join(names)}")


def which_models(text: str) -> tuple[str, ...]:
    """The models of a comma-separated list, in their usual order; all of them where it is empty.

    A comparison begins with what it is against, so the usual order is the one they run in.

    Raises:
        LaunchError: there is no such model.
    """
    asked = [name.strip() for name in text.split(",") if name.strip()]
    for name in asked:
        known(name, models.NAMES, "model")
    return tuple(name for name in models.NAMES if name in asked or not asked)
