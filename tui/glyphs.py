"""The shapes of things: every state, reason and kind has one of its own, so that colour is never needed.

Activity is height: a running worker fills its cell, one that is ready is hatched, one that waits is a
line, and one line differs from another by its strokes.
"""

from __future__ import annotations

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
KNOWN = {Known.EXACT: " ", Known.SAMPLED: "≈", Known.INFERRED: "?"}
KNOWN_WORDS = {Known.EXACT: "exact", Known.SAMPLED: "sampled", Known.INFERRED: "inferred"}
OPEN, FOLDED = "▾", "▸"
ELLIPSIS = "…"

REASON_WORDS = {
    Reason.NONE: "",
    Reason.GIL: "gil",
    Reason.LOOP: "loop",
    Reason.CORE: "core",
    Reason.IO: "io",
    Reason.LOCK: "lock",
    Reason.SLEEP: "sleep",
    Reason.AWAIT: "await",
    Reason.QUEUE: "queue",
    Reason.CHILD: "child",
    Reason.EXECUTOR: "executor",
    Reason.HELD: "held",
}
REASON_SHORT = {**REASON_WORDS, Reason.EXECUTOR: "exec"}
STATE_SHORT = {State.RUNNING: "run", State.READY: "ready", State.WAITING: "wait", State.ENDED: "ended"}
STATE_WORDS = {State.RUNNING: "running", State.READY: "ready", State.WAITING: "waiting", State.ENDED: "ended"}


def told(state: State, reason: Reason) -> str:
    """A state in words: ``ready for gil``, ``waiting on io``; who is held is ready for nothing else."""
    word = STATE_WORDS[state]
    if not reason:
        return word
    if reason is Reason.HELD:
        return f"{word}, {REASON_WORDS[reason]}"
    return f"{word} {'for' if state is State.READY else 'on'} {REASON_WORDS[reason]}"


def of(state: State, reason: Reason) -> str:
    """The glyph of a cell that is wholly in one state."""
    if state is State.RUNNING:
        return RUNNING
    if state is State.READY:
        return READY.get(reason, READY[Reason.NONE])
    return WAITING.get(reason, WAITING[Reason.NONE]) if state is State.WAITING else " "
