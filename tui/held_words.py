"""What is said about a held program: who is about to do what, what a step did, who waits for whom. Pure."""

from __future__ import annotations

import os
from collections import Counter

from concviz.core.control.view import Blocked, Choice, Link, Outside, Report, State, View
from concviz.core.model import Kind, Site
from concviz.core.text import clean

NOT_FIFO = "order a FIFO loop could not produce"
CALLBACKS = ("callback", "timer")
NAME = 40
"""Most characters of a name."""
TIMEOUT = "timeout"
"""The detail of a call that ends by itself."""
SIGNS = {
    State.FREE: "●", State.HOLDING: "▢", State.HELD: "▣", State.RUNNING: "▶", State.DEADLOCK: "↻",
    State.OVER: "■",
}
_STATES = {
    State.FREE: "FREE", State.HOLDING: "HOLDING…", State.HELD: "HELD", State.RUNNING: "STEPPING",
    State.DEADLOCK: "DEADLOCK", State.OVER: "OVER",
}
# kind of gate: what a worker is about to do there, what it did, what it is in while it does it
_DEEDS = {
    "acquire": ("acquire {}", "acquired {}", "waits for {}"),
    "release": ("release {}", "released {}", "releases {}"),
    "wait": ("wait to be notified", "went to wait to be notified", "waits to be notified"),
    "sleep": ("sleep", "slept", "sleeps"),
    "join": ("join a thread", "went to join a thread", "waits for a thread's end"),
    "read": ("read", "read", "reads"),
    "write": ("write", "wrote", "writes"),
    "connect": ("connect", "connected", "connects"),
    "accept": ("accept a connection", "accepted a connection", "waits for a connection"),
    "select": ("wait for I/O", "waited for I/O", "waits for I/O"),
    "dns": ("look up a name", "looked up a name", "looks up a name"),
    "queue": ("take from a queue", "took from a queue", "waits for a queue"),
    "child": ("wait for a process", "went to wait for a process", "waits for a process's end"),
    "start": ("start a thread", "started a thread", "starts a thread"),
    "begin": ("begin", "began", "begins"),
    "back": ("go on after {}", "went on after {}", "goes on after {}"),
    "line": ("run a line", "ran a line", "runs a line"),
    "opcode": ("run an instruction", "ran an instruction", "runs an instruction"),
    "job": ("do {}", "took {}", "does {}"),
    "task": ("step of its task", "made a step", "makes a step"),
    "callback": ("callback of the loop", "ran, a callback", "runs, a callback"),
    "timer": ("timer's callback", "ran, a timer's callback", "runs, a timer's callback"),
    "end": ("end", "ended", "ends"),
}
_OBJECTS = {"acquire": "a lock", "release": "a lock", "job": "a job", "back": "a call"}
_ABOUT, _DID, _DOES = range(3)


def _deed(kind: str, detail: str, tense: int) -> str:
    known = _DEEDS.get(kind)
    if known is None:
        return clean(kind)
    timed = detail == TIMEOUT
    words = known[tense]
    if "{}" in words:
        words = words.format(_OBJECTS[kind] if timed or not detail else clean(detail, 60))
    return f"{words} (with a timeout)" if timed else words


def about(choice: Choice) -> str:
    """What it is about to do, and where: ``acquire a lock at app.py:12``; in a library, in which function."""
    words = f"{_deed(choice.kind, choice.detail, _ABOUT)}{at(choice.site)}"
    if choice.kind in CALLBACKS and choice.detail not in ("", TIMEOUT):
        words = f"{words}: {clean(choice.detail, 40)}"
    inside = choice.site.call if choice.site and choice.kind in _OBJECTS else ""
    return f"{words}, in {clean(inside, 60)}" if inside else words


def name(choice: Choice) -> str:
    """What to call it: a callback by its function without the class, which is what tells it from others."""
    if choice.kind not in CALLBACKS:
        return clean(choice.name, NAME)
    function, space, rest = choice.name.partition(" ")
    return clean(f"{function.rpartition('.')[2] or function}{space}{rest}", NAME)


def does(outside: Outside) -> str:
    """What it is in: ``waits for a thread's end``."""
    return _deed(outside.kind, outside.detail, _DOES)


def at(site: Site | None) -> str:
    """`` at app.py:12``, or nothing."""
    return f" at {place(site)}" if site else ""


def place(site: Site | None) -> str:
    """``app.py:12``."""
    return f"{clean(os.path.basename(site.file), 40)}:{site.line}" if site else "somewhere"


def told(step: int, chosen: Choice, after: View) -> str:
    """What a step did, in one line: ``step 12: payer 1 acquired a lock at app.py:24``."""
    who, where = name(chosen), at(chosen.site)
    if chosen.kind == "acquire":
        stuck = next((blocked for blocked in after.blocked if blocked.key == chosen.key), None)
        if stuck is not None and stuck.site == chosen.site:
            return f"step {step}: {who} found {_lock(stuck)} taken{where}"
    return f"step {step}: {who} {_deed(chosen.kind, chosen.detail, _DID)}{where}"


def _lock(blocked: Blocked) -> str:
    return clean(blocked.lock_name, 40) or "the lock"


def waits(blocked: Blocked) -> str:
    """For what a blocked worker waits, and who has it."""
    words = f"waits for {clean(blocked.lock_name, 40) or 'a lock'}{at(blocked.site)}"
    if not blocked.owner:
        return f"{words}, held by somebody who took it before"
    if blocked.owner == blocked.key:
        return f"waits to be notified{at(blocked.site)}"
    taken = f", who took it{at(blocked.taken_at)}" if blocked.taken_at else ""
    return f"{words}, held by {clean(blocked.owner_name, 40)}{taken}"


def silent(report: Report) -> str:
    """A worker that was let go and does not come to a gate."""
    return f"{clean(report.what, 40)}, last heard of{at(report.site) or ' nowhere'}: the others can go on"


def joins(link: Link) -> bool:
    """Does it wait for its owner's end, rather than for something the owner took?"""
    return link.taken_at is None and link.waits_for.startswith("the end of ")


def kind(task: int | None) -> Kind:
    """A task's step, or a thread."""
    return Kind.TASK if task else Kind.THREAD


def state(view: View) -> str:
    """Sign and word: ``▣ HELD``."""
    return f"{SIGNS[view.state]} {_STATES[view.state]}"


def headline(view: View) -> list[str]:
    """What is held and what is not, the most telling first: ``3 workers``, ``1 in a C call``."""
    silent_ones = {report.key for report in view.reports}
    held = {c.key for c in view.ready if c.kind not in CALLBACKS} | {b.key for b in view.blocked}
    words = [counted(len(held - silent_ones), "worker")]
    if view.outside:
        words.append("1 in a call" if len(view.outside) == 1 else f"{len(view.outside)} in calls")
    kept = Counter(clean(report.what, 40) for report in view.reports)
    return words + [f"{number} {what}" for what, number in kept.items()]


def counted(number: int, word: str) -> str:
    """``1 step``, ``3 steps``."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
