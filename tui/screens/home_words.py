"""What the home screen says of an experiment and of a recorded session."""

from __future__ import annotations

import shlex

from rich.text import Text

from concviz.core.lab import adjusting
from concviz.core.lab.adjusting import Adjustments
from concviz.core.lab.catalog import Experiment
from concviz.core.lab.models import BY_NAME
from concviz.core.language import N_, _
from concviz.core.launch.sessions import RecentSession
from concviz.core.session import damage
from concviz.core.session.damage import Damage
from concviz.core.text import clean
from concviz.tui.units import duration, signal_name
from concviz.tui.widgets.about import Paragraph

_DAMAGE = {
    Damage.PART: N_("Part of it is lost. What is left, if anything, is shown."),
    Damage.WHOLE: N_("The file is no packed session, or cannot be read."),
    Damage.NEWER: N_("A newer concviz has packed it. This one cannot read it."),
}


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
    """What was run, when, and how it went, as far as it is known."""
    told = [
        (_("command"), shlex.join(session.command)),
        (_("started"), session.started.replace("T", " ")[:19]),
        (_("how it went"), ended(session) if session.command else ""),
        (_("damage"), _(_DAMAGE[session.damage]) if session.damage else ""),
        (_("kept in"), clean(session.path, 1000)),
    ]
    return [(heading, text) for heading, text in told if text]


def outcome(session: RecentSession) -> str:
    """``4.20 s, exit 0``, and whether it is damaged."""
    known = [ended(session)] if session.command else []
    return ", ".join([*known, _(damage.WORDS[session.damage])] if session.damage else known)


def ended(session: RecentSession) -> str:
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
