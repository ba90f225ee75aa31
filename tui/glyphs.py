"""The shapes of things: every state, reason and kind has one of its own, so that colour is never needed.

Activity is height: a running worker fills its cell, one that is ready is hatched, one that waits is a
line, and one line differs from another by its strokes.
"""

from __future__ import annotations

from concviz.core.language import NP_, _, pgettext
from concviz.core.model import Kind, Known, Outcome, Reason, State

BARS = " ▁▂▃▄▅▆▇█"
FULL = 7
RUNNING = BARS[FULL]

READY = {Reason.NONE: "░", Reason.GIL: "▒", Reason.LOOP: "░", Reason.CORE: "▚", Reason.HELD: "‖"}
WAITING = {
    Reason.NONE: "╴",
    Reason.IO: "~",
    Reason.LOCK: "═",
    Reason.SLEEP: "·",
    Reason.AWAIT: "─",
    Reason.QUEUE: "┄",
    Reason.CHILD: "┈",
    Reason.EXECUTOR: "╌",
}
REST = {**WAITING, **READY, Reason.NONE: WAITING[Reason.NONE]}

KINDS = {Kind.PROCESS: "◆", Kind.THREAD: "┃", Kind.TASK: "•"}
OUTCOMES = {
    Outcome.RUNNING: " ",
    Outcome.DONE: "✓",
    Outcome.FAILED: "✗",
    Outcome.CANCELLED: "⊘",
    Outcome.KILLED: "†",
}
KNOWN = {Known.EXACT: " ", Known.SAMPLED: "≈", Known.INFERRED: "∴"}
KNOWN_WORDS = {
    Known.EXACT: NP_("lane", "exact"), Known.SAMPLED: NP_("lane", "sampled"),
    Known.INFERRED: NP_("lane", "inferred"),
}
OPEN, FOLDED = "▾", "▸"
ELLIPSIS = "…"
ROUND = "↻"
"""On from the other end."""

REASON_WORDS = {
    Reason.NONE: "",
    Reason.GIL: NP_("lane", "gil"),
    Reason.LOOP: NP_("lane", "loop"),
    Reason.CORE: NP_("lane", "core"),
    Reason.IO: NP_("lane", "io"),
    Reason.LOCK: NP_("lane", "lock"),
    Reason.SLEEP: NP_("lane", "sleep"),
    Reason.AWAIT: NP_("lane", "await"),
    Reason.QUEUE: NP_("lane", "queue"),
    Reason.CHILD: NP_("lane", "child"),
    Reason.EXECUTOR: NP_("lane", "executor"),
    Reason.HELD: NP_("lane", "held"),
}
_SHORTER = {Reason.QUEUE: NP_("short", "queue"), Reason.EXECUTOR: NP_("short", "exec")}
REASON_SHORT = {**REASON_WORDS, **_SHORTER}
STATE_SHORT = {
    State.RUNNING: NP_("short", "run"), State.READY: NP_("short", "ready"),
    State.WAITING: NP_("short", "wait"), State.ENDED: NP_("short", "ended"),
}
STATE_WORDS = {
    State.RUNNING: NP_("lane", "running"), State.READY: NP_("lane", "ready"),
    State.WAITING: NP_("lane", "waiting"), State.ENDED: NP_("lane", "ended"),
}
OUTCOME_WORDS = {
    Outcome.RUNNING: NP_("lane", "running"), Outcome.DONE: NP_("lane", "done"),
    Outcome.FAILED: NP_("lane", "failed"), Outcome.CANCELLED: NP_("lane", "cancelled"),
    Outcome.KILLED: NP_("lane", "killed"),
}
OUTCOME_SHORT = {
    Outcome.RUNNING: "", Outcome.DONE: NP_("short", "done"), Outcome.FAILED: NP_("short", "failed"),
    Outcome.CANCELLED: NP_("short", "cancel"), Outcome.KILLED: NP_("short", "killed"),
}


def told(state: State, reason: Reason) -> str:
    """A state in words: ``ready for gil``, ``waiting on io``; who is held is ready for nothing else."""
    if not reason:
        return state_word(state)
    if reason is Reason.HELD:
        return f"{state_word(state)}, {reason_word(reason)}"
    text = _("{state} for {reason}") if state is State.READY else _("{state} on {reason}")
    return text.format(state=state_word(state), reason=reason_word(reason))


def of(state: State, reason: Reason) -> str:
    """The glyph of a cell that is wholly in one state."""
    if state is State.RUNNING:
        return RUNNING
    if state is State.READY:
        return READY.get(reason, READY[Reason.NONE])
    return WAITING.get(reason, WAITING[Reason.NONE]) if state is State.WAITING else " "


def reason_word(reason: Reason, *, short: bool = False) -> str:
    """The word of a reason, '' of none; a short one fits beside a lane's name."""
    if short and reason in _SHORTER:
        return pgettext("short", REASON_SHORT[reason])
    return pgettext("lane", REASON_WORDS[reason])


def state_word(state: State, *, short: bool = False) -> str:
    """The word of a state."""
    return pgettext("short", STATE_SHORT[state]) if short else pgettext("lane", STATE_WORDS[state])


def known_word(known: Known) -> str:
    """How something is known."""
    return pgettext("lane", KNOWN_WORDS[known])


def outcome_word(outcome: Outcome, *, short: bool = False) -> str:
    """How a worker ended; a short word fits beside its name."""
    return pgettext("short", OUTCOME_SHORT[outcome]) if short else pgettext("lane", OUTCOME_WORDS[outcome])
