"""What models would take with the cores to themselves, where other programs were on them meanwhile.

A comparison takes a minute, and other programs come and go: the model that runs while they are busy must not
look worse than it is. This is worked out from the share of its time that a model's work waited for a core.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from concviz.core.insight.compare import Figures
from concviz.core.language import N_

CROWDED = 0.15
"""A share of the time from which on it matters who else was on the cores."""
FASTEST_ALONE = N_(
    "With the cores to itself {model} would be the fastest, with about {alone}: it took {wall} while other "
    "programs were on them."
)


def waited_for_others(figures: Figures, cores: int) -> float:
    """The share of its time, 0 … 1, that a model's work waited for a core which another program had.

    What waits although all cores work for the model has its own fellows in front of it.
    """
    share = figures.reasons.get("core", 0.0)
    waiting = figures.concurrency * share
    if waiting <= 0:
        return 0.0
    free = max(cores - figures.parallelism, 0.0)
    return share * min(free / waiting, 1.0)


def alone(models: Mapping[str, Figures], cores: int) -> dict[str, Figures]:
    """The models' figures with the walls they would have alone; as they are where that hardly differs."""
    waited = {name: waited_for_others(figures, cores) for name, figures in models.items()}
    if max(waited.values(), default=0.0) < CROWDED:
        return dict(models)
    return {
        name: replace(figures, wall_s=figures.wall_s * (1 - waited[name])) for name, figures in models.items()
    }
