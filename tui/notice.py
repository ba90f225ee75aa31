"""What stands in place of the lanes while there are none."""

from __future__ import annotations

from concviz.tui.view import SessionView

UNOBSERVABLE = "Was it started with -I, -E or -S? Then it cannot be observed."


def notice(view: SessionView) -> list[str]:
    """Why there is nothing to see, and what to check; the first line is the headline."""
    info = view.session.info
    if view.needle:
        return [f"no lane's name contains “{view.needle}”", "", "Esc clears the filter"]
    if info.running:
        return [
            "waiting for the program's first event…",
            "",
            "Nothing after a few seconds? Is it a Python program, or does it start one?",
            UNOBSERVABLE,
        ]
    return [
        "the program is over, and nothing was observed",
        "",
        *view.session.notes[:6],
        "Was it a Python program?",
        UNOBSERVABLE,
    ]
