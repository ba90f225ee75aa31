"""What the home screen says of an experiment and of a recorded session."""

from __future__ import annotations

import shlex

from rich.text import Text

from concviz.core.lab import adjusting
from concviz.core.lab.adjusting import Adjustments
from concviz.core.lab.catalog import Experiment
from concviz.core.lab.models import BY_NAME
from concviz.core.language import _
from concviz.core.launch.sessions import RecentSession
from concviz.tui.units import duration, signal_name
from concviz.tui.widgets.about import Paragraph


def of_experiment(experiment: Experiment, asked: Adjustments) -> list[Paragraph]:
    """What it does, what to look at, how it is set."""
    told = [("", _(experiment.explanation)), (_("look for"), _(experiment.look_for))]
    if experiment.held:
        told.insert(1, (_("the keys"), _(experiment.keys)))
    settings = _settings(experiment, asked)
    if settings:
        told.append((_("as it is set"), settings))
    return told


def _settings(experiment: Experiment, asked: Adjustments) -> str:
    """``40 items · latency 0.05 s · asyncio: one thread, one event loop…``."""
    usual = adjusting.usual(experiment)
    given = {
        "items": asked.items, "latency": asked.latency_s, "workers": asked.workers, "model": asked.model,
    }
    values = {
        name: usual[name] if given[name] is None else f"{given[name]}" for name in adjusting.takes(experiment)
    }
    words = []
    if values.get("items"):
        words.append(_("items: {n}").format(n=values["items"]))
    if values.get("latency"):
        words.append(_("a wait takes {s} s").format(s=values["latency"]))
    if values.get("workers"):
        words.append(_("workers: {n}").format(n=values["workers"]))
    if values.get("model"):
        model = BY_NAME[values["model"]]
        words.append(f"{model.name}: {_(model.explanation)}")
    return " · ".join(words)


def of_session(session: RecentSession) -> list[Paragraph]:
    """What was run, when, and how it went."""
    return [
        (_("command"), shlex.join(session.command)),
        (_("started"), session.started.replace("T", " ")[:19]),
        (_("how it went"), outcome(session)),
        (_("kept in"), str(session.path)),
    ]


def outcome(session: RecentSession) -> str:
    """``4.20 s, exit 0``."""
    if session.running:
        return _("still running")
    lasted = duration(session.duration_ns) if session.duration_ns is not None else _("of unknown length")
    if session.status is None:
        return lasted
    if session.status < 0:
        return f"{lasted}, {signal_name(-session.status)}"
    return f"{lasted}, " + _("exit {code}").format(code=session.status)


def of_list(session: RecentSession) -> Text:
    """One line of the list."""
    return Text(f" {session.name}  {outcome(session)}", no_wrap=True, overflow="ellipsis")
