"""What stands in place of the lanes while there are none."""

from __future__ import annotations

from concviz.core.language import N_, _
from concviz.tui.view import SessionView

UNOBSERVABLE = N_("Was it started with -I, -E or -S? Then it cannot be observed.")


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
        *view.session.notes[:6],
        _("Was it a Python program?"),
        _(UNOBSERVABLE),
    ]
