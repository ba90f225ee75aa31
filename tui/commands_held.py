"""The commands of a held program: their keys, and what the footer says."""

from __future__ import annotations

from concviz.core.language import N_
from concviz.tui.commands import Command

HELD: tuple[Command, ...] = (
    Command("n,full_stop", "n .", "next", "Next step", "one step: whom the program would take next"),
    Command("enter", "Enter", "chosen", "Run the chosen", "one step of the selected one; ↑ ↓ select"),
    Command("up", "↑", "choose(-1)", "Choose", "select the choice above"),
    Command("down", "↓", "choose(1)", "Choose", "select the choice below"),
    Command("g", "g", "until", "Until this one", "run until the selected worker has made a step"),
    Command("G,upper_g", "G", "until_line", "Until a line", "run until a worker comes to a line, or ends"),
    Command("u", "u", "back", "One step back", "a fresh process repeats the steps before"),
    Command("U,upper_u", "U", "back_many", "Steps back", "asks how many"),
    Command("space", "space", "resume", "Resume", "let the program run by itself"),
    Command("ctrl+c", "^C", "interrupt", "Interrupt", "ask the program to end; again: end it"),
)
"""While the program is held, beside all the others that these do not replace; a digit runs that choice."""

FOOTER = (
    ("n", N_("step")),
    ("⏎", N_("chosen")),
    ("1-9", N_("run")),
    ("space", N_("resume")),
    ("u", N_("back")),
    ("?", N_("help")),
    ("g", N_("until it")),
    ("q", N_("quit")),
    ("G", N_("until line")),
    ("U", N_("back…")),
    ("^C", N_("interrupt")),
    ("j k", N_("lane")),
    ("o", N_("output")),
    ("w s", N_("zoom")),
    ("i", N_("type input")),
)
_RUNS = ("n", "⏎", "1-9", "space", "g", "G", "^C", "i")
OVER_FOOTER = tuple((key, word) for key, word in FOOTER if key not in _RUNS)
"""Of a program that has ended: one can still go back."""
