"""The source of an experiment, to be read beside its explanation."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from concviz.core.lab.catalog import Experiment
from concviz.core.text import clean

_LONGEST = 500


def listing(experiment: Experiment, model: str | None = None) -> tuple[tuple[str, str], ...]:
    """Name and text of each file: what is done, and how ``model`` (by default its own) spreads it."""
    return tuple((path.name, _text(path)) for path in experiment.sources_by(model or experiment.model))


@lru_cache(maxsize=64)
def _text(path: Path) -> str:
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeError):
        return ""
    return "\n".join(clean(line, _LONGEST) for line in lines)
