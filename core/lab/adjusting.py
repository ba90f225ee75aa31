"""What can be set of an experiment before it starts: how many items, how long waits, workers, the model."""

from __future__ import annotations

import ast
import difflib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from concviz.core.insight.retold import retold
from concviz.core.lab import bounds, models
from concviz.core.lab.catalog import BY_KEY, Experiment
from concviz.core.language import _
from concviz.core.launch import python
from concviz.core.launch.errors import LaunchError

LONGEST_S = 60.0
"""Seconds that a wait of an experiment may take: somebody watches it."""
Number = TypeVar("Number", int, float)


@dataclass(frozen=True, slots=True)
class Adjustments:
    """What is asked for; None: as the experiment has it."""

    items: int | None = None
    latency_s: float | None = None
    workers: int | None = None
    model: str | None = None


AS_IT_IS = Adjustments()
NAMES = ("items", "latency", "workers", "model")
"""What can be set, as the options and the dialog call it."""


def find(key: str) -> Experiment:
    """The experiment of that name.

    Raises:
        LaunchError: there is none; the message names the nearest.
    """
    if key in BY_KEY:
        return BY_KEY[key]
    alike = key.replace("-", "_") if key.replace("-", "_") in BY_KEY else key.replace("_", "-")
    near = [alike] if alike in BY_KEY else difflib.get_close_matches(key, BY_KEY, 1)
    meant = f", did you mean {near[0]}?" if near else ":"
    raise LaunchError(f"there is no experiment '{key}'{meant} concviz lab lists them")


def takes(experiment: Experiment) -> tuple[str, ...]:
    """Which of ``NAMES`` an experiment has."""
    if experiment.workload:
        waits = "LATENCY" in constants(experiment.path.with_name("run.py"), experiment.sources[0])
        return tuple(name for name in NAMES if name != "latency" or waits)
    return tuple(name for name in NAMES if name in experiment.options)


def usual(experiment: Experiment) -> dict[str, str]:
    """What an experiment does where nothing is asked, as text; '' where that depends on the machine."""
    if not experiment.workload:
        return {name: value for name, (_option, value) in experiment.options.items()}
    known = constants(experiment.path, experiment.sources[0])
    threads = experiment.model in ("threading", "thread-pool", "free-threaded")
    workers = known.get("TASKS" if experiment.model == "asyncio" else "THREADS", "") if (
        threads or experiment.model == "asyncio") else ""
    return {
        "items": known["SIZE"], "latency": known.get("LATENCY", ""), "workers": workers,
        "model": experiment.model,
    }


@lru_cache(maxsize=64)
def constants(_program: Path, source: Path) -> Mapping[str, str]:
    """The numbers that a workload states by name (SIZE, LATENCY …), read without running it."""
    found: dict[str, str] = {}
    for node in ast.parse(source.read_bytes()).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            found |= {
                target.id: str(node.value.value) for target in node.targets if isinstance(target, ast.Name)
            }
    return found


def read(typed: Mapping[str, str]) -> Adjustments:
    """What was typed, by the names in ``NAMES``; '' is nothing.

    Raises:
        LaunchError: a value cannot be; the message says which and what could be.
    """
    return Adjustments(
        _value(typed, "items", lambda text: bounds.whole(text, bounds.MOST_ITEMS)),
        _value(typed, "latency", lambda text: bounds.seconds(text, LONGEST_S)),
        _value(typed, "workers", lambda text: bounds.whole(text, bounds.MOST_WORKERS)),
        typed.get("model", "").strip() or None,
    )


def _value(typed: Mapping[str, str], name: str, read_one: Callable[[str], Number]) -> Number | None:
    """One of the values; None where nothing was typed."""
    text = typed.get(name, "").strip()
    try:
        return read_one(text) if text else None
    except ValueError as error:
        raise LaunchError(f"{name}: {retold(str(error))}") from None


def words(experiment: Experiment, asked: Adjustments = AS_IT_IS) -> list[str]:
    """The program and its arguments, as ``target.parse`` takes them.

    Raises:
        LaunchError: the experiment has nothing to set of what was asked for, or no such model.
    """
    values = {
        "items": asked.items, "latency": asked.latency_s, "workers": asked.workers, "model": asked.model,
    }
    has = takes(experiment)
    for name, value in values.items():
        if value is not None and name not in has:
            raise LaunchError(_misfit(experiment, name, has))
    model = _model(experiment, asked.model)
    arguments = [experiment.workload, model] if experiment.workload else []
    for name, value in values.items():
        if value is not None and name != "model":
            arguments += [experiment.options[name][0], f"{value:g}" if name == "latency" else f"{value}"]
    return [str(experiment.path), *arguments]


def _misfit(experiment: Experiment, name: str, has: Sequence[str]) -> str:
    if not has:
        return _("{key} has nothing to set").format(key=experiment.key)
    return _("{key} has no {name} to set, only {others}").format(
        key=experiment.key, name=name, others=", ".join(has))


def _model(experiment: Experiment, asked: str | None) -> str:
    model = asked or experiment.model
    if experiment.workload and model not in experiment.models:
        near = difflib.get_close_matches(model, experiment.models, 1)
        raise LaunchError(
            _("{key} cannot be done by '{model}': there are {models}").format(
                key=experiment.key, model=model, models=", ".join(near or experiment.models))
        )
    if model == "free-threaded":
        raise LaunchError(_("free-threaded needs a Python of its own: concviz compare looks for one"))
    if model == "interpreters" and (why := _absent(model)):
        raise LaunchError(_(why))
    return model


def _absent(model: str) -> str:
    """Why the Python that would run it has no such model; '' where it has."""
    version = python.choose(None, os.environ).version or ""
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())
    return models.absent(models.BY_NAME[model], numbers, None) if numbers else ""
