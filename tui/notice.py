"""What is said where lanes are missing: in their place while there are none, and while a filter is on."""

from __future__ import annotations

from concviz.core.insight.notes import told
from concviz.core.language import N_, _
from concviz.tui.lines import cut
from concviz.tui.units import count
from concviz.tui.view import SessionView

UNOBSERVABLE = N_("Was it started with -I, -E or -S? Then it cannot be observed.")


def filter_words(view: SessionView) -> str:
    """``filter: fetch · 12 of 340 lanes · Esc clears``; '' while all lanes are shown."""
    if not view.needle:
        return ""
    words = _("filter: {text} · {n} of {all} lanes · Esc clears")
    every = count(len(view.timeline.workers))
    return words.format(text=cut(view.needle, 24), n=count(view.matching), all=every)


def notice(view: SessionView) -> list[str]:
    """Why there is nothing to see, and what to check; the first line is the headline."""
    info = view.session.info
    if view.needle:
        return [
            _("no lane's name contains “{text}”").format(text=view.needle), "", _("Esc clears the filter"),
        ]
    if info.running:
        return [
            _("waiting for the program's first event…"),
            "",
            _("Nothing after a few seconds? Is it a Python program, or does it start one?"),
            _(UNOBSERVABLE),
        ]
    return [
        _("the program is over, and nothing was observed"),
        "",
        *told(view.session.notes)[:6],
        _("Was it a Python program?"),
        _(UNOBSERVABLE),
    ]
