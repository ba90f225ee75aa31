"""What comparing has found so far: runs and figures of each model, what could not be had, and the verdict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from concviz.core.insight.compare import Figures, median
from concviz.core.insight.verdict import Verdict, verdict
from concviz.core.lab.comparing import Run, RunError

SCHEMA = 1


class Comparison:
    """The same work under several models."""

    def __init__(self, name: str, models: Sequence[str], cores: int, repeat: int = 1) -> None:
        """Begin with nothing measured.

        Args:
            name: of the work. models: those that were asked for, in that order.
            cores: how many this process may use. repeat: runs of each model.
        """
        self.name, self.models, self.cores, self.repeat = name, tuple(models), cores, repeat
        self.runs: dict[str, list[Run]] = {}
        self.absent: dict[str, str] = {}
        """Why a model could not be had."""
        self._checksum: int | None = None

    def add(self, run: Run) -> None:
        """Take in a run.

        Raises:
            RunError: its results are not those of the runs before it.
        """
        self._checksum = run.checksum if self._checksum is None else self._checksum
        if run.checksum != self._checksum:
            raise RunError("its results differ from those of the models before it")
        self.runs.setdefault(run.model, []).append(run)

    def leave_out(self, model: str, why: str) -> None:
        """A model cannot be had, or has failed: what was measured of it does not count."""
        self.runs.pop(model, None)
        self.absent[model] = why

    def figures(self) -> dict[str, Figures]:
        """The median of each model's runs."""
        return {model: median([run.figures for run in runs]) for model, runs in self.runs.items()}

    def typical(self, model: str) -> Run:
        """The run of a model whose wall time is in the middle."""
        runs = sorted(self.runs[model], key=lambda run: run.figures.wall_s)
        return runs[(len(runs) - 1) // 2]

    def spread_s(self, model: str) -> tuple[float, float]:
        """The shortest and the longest wall time of a model."""
        walls = [run.figures.wall_s for run in self.runs[model]]
        return min(walls), max(walls)

    def verdict(self) -> Verdict | None:
        """Which model is the best, and why."""
        return verdict(self.figures(), self.cores)

    def as_json(self) -> dict[str, Any]:
        """Everything as plain data: what ``concviz compare --json`` prints, schema 1.

        ``wall_s`` is how long the work took, ``whole_s`` the whole program; ``spread`` the shortest and
        longest wall of ``runs`` repeats, of which all figures are medians; ``session`` the run in the middle.
        A model that could not be had has ``why_not`` and no figures.
        """
        figures, judged = self.figures(), self.verdict()
        base = figures.get("sequential")
        return {
            "schema": SCHEMA, "workload": self.name, "cores": self.cores,
            "models": [self._model(model, figures.get(model), base) for model in self.models],
            "verdict": None if judged is None else {"model": judged.model, "text": judged.text},
        }

    def _model(self, model: str, of: Figures | None, base: Figures | None) -> dict[str, Any]:
        if of is None:
            empty = dict.fromkeys((
                "wall_s", "whole_s", "speedup", "cpu_s", "cores_used", "concurrency", "parallelism", "shares",
                "reasons", "items", "workers", "switches", "steps", "peak_rss_bytes", "session", "spread",
            ))
            return {"model": model, "available": False, "why_not": self.absent.get(model), **empty, "runs": 0}
        shortest_s, longest_s = self.spread_s(model)
        return {
            "model": model, "available": True, "why_not": None,
            "wall_s": of.wall_s, "whole_s": of.whole_s,
            "speedup": base.wall_s / of.wall_s if base else None,
            "cpu_s": of.cpu_s, "cores_used": of.cores_used,
            "concurrency": {"mean": of.concurrency, "peak": of.concurrency_peak},
            "parallelism": {"mean": of.parallelism, "peak": of.parallelism_peak},
            "shares": {"running": of.running, "ready": of.ready, "waiting": of.waiting},
            "reasons": dict(of.reasons), "items": of.items, "workers": of.workers,
            "switches": of.switches, "steps": of.steps, "peak_rss_bytes": of.peak_rss_bytes,
            "session": str(self.typical(model).session),
            "spread": {"wall_s": {"min": shortest_s, "max": longest_s}}, "runs": len(self.runs[model]),
        }
