"""What is said about a held program: who is about to do what, what a step did, who waits for whom. Pure."""

from __future__ import annotations

import os
import re
from collections import Counter

from concviz.core.control.view import Blocked, Choice, Link, Outside, Report, State, View
from concviz.core.language import N_, NP_, _, ngettext, pgettext
from concviz.core.model import Kind, Site
from concviz.core.text import clean
from concviz.tui.held_deeds import OBJECTS, Tense, deed
from concviz.tui.units import count

NOT_FIFO = N_("order a FIFO loop could not produce")
CALLBACKS = ("callback", "timer")
NAME = 40
"""Most characters of a name."""
SIGNS = {
    State.FREE: "●", State.HOLDING: "▢", State.HELD: "▣", State.RUNNING: "▶", State.DEADLOCK: "↻",
    State.OVER: "■",
}
_STATES = {
    State.FREE: NP_("program", "FREE"), State.HOLDING: NP_("program", "HOLDING…"),
    State.HELD: NP_("program", "HELD"), State.RUNNING: NP_("program", "STEPPING"),
    State.DEADLOCK: NP_("program", "DEADLOCK"), State.OVER: NP_("program", "OVER"),
}
_END_OF = "the end of "
_UNNAMED = re.compile(r"lock (\d+)")


def about(choice: Choice) -> str:
    """What it is about to do, and where: ``acquire a lock at app.py:12``; in a library, in which function."""
    words = f"{deed(choice.kind, choice.detail, Tense.ABOUT)}{at(choice.site)}"
    if choice.found_bytes is not None:
        words = f"{words}: {_found(choice.found_bytes)}"
    inside = choice.site.call if choice.site and choice.kind in OBJECTS else ""
    return f"{words}, " + _("in {function}").format(function=clean(inside, 60)) if inside else words


def _found(found_bytes: int) -> str:
    """What a callback that reads finds: ``4 400 bytes are there``."""
    if not found_bytes:
        return _("the end")
    return ngettext("{n} byte is there", "{n} bytes are there", found_bytes).format(n=count(found_bytes))


def name(choice: Choice) -> str:
    """What to call it: a callback by its function without the class, which is what tells it from others."""
    if choice.kind not in CALLBACKS:
        return clean(choice.name, NAME)
    function, space, rest = choice.name.partition(" ")
    return clean(f"{function.rpartition('.')[2] or function}{space}{rest}", NAME)


def does(outside: Outside) -> str:
    """What it is in: ``waits for a thread's end``."""
    return deed(outside.kind, outside.detail, Tense.DOES)


def at(site: Site | None) -> str:
    """`` at app.py:12``, or nothing."""
    return " " + _("at {place}").format(place=place(site)) if site else ""


def place(site: Site | None) -> str:
    """``app.py:12``."""
    return f"{clean(os.path.basename(site.file), 40)}:{site.line}" if site else _("somewhere")


def told(step: int, chosen: Choice, after: View) -> str:
    """What a step did, in one line: ``step 12: payer 1 acquired a lock at app.py:24``."""
    who, where = name(chosen), at(chosen.site)
    if chosen.kind == "acquire":
        stuck = next((blocked for blocked in after.blocked if blocked.key == chosen.key), None)
        if stuck is not None and stuck.site == chosen.site:
            words = _("step {n}: {who} found {lock} taken")
            return words.format(n=step, who=who, lock=lock(stuck.lock_name) or _("the lock")) + where
    done = deed(chosen.kind, chosen.detail, Tense.DID)
    return _("step {n}: {who} {deed}").format(n=step, who=who, deed=done) + where


def lock(name: str) -> str:
    """What a lock, or a worker whose end is waited for, is called."""
    if name.startswith(_END_OF):
        return _("the end of {name}").format(name=clean(name.removeprefix(_END_OF), NAME))
    unnamed = _UNNAMED.fullmatch(name)
    return _("lock {n}").format(n=unnamed[1]) if unnamed else clean(name, NAME)


def waits(blocked: Blocked, owner: str) -> list[str]:
    """For what a blocked worker waits, and who has it, called ``owner``; the longest first.

    Where there is little room it is told who has it rather than where that was taken, or is waited for.
    """
    if blocked.owner and blocked.owner == blocked.key:
        return [deed("wait", "", Tense.DOES) + at(blocked.site)]
    what = deed("acquire", lock(blocked.lock_name), Tense.DOES)
    words = what + at(blocked.site)
    if not blocked.owner:
        return [f"{words}, " + _("held by somebody who took it before")]
    taken = ", " + _("who took it") + at(blocked.taken_at) if blocked.taken_at else ""
    return [f"{words}, {held_by(owner)}{taken}", f"{words}, {held_by(owner)}", f"{what}, {held_by(owner)}"]


def wants(link: Link, owner: str) -> list[str]:
    """Where a worker of a circle waits, and for whom, who is called ``owner``; the longest first."""
    where = at(link.waits_at)
    return [where] if joins(link) else [f"{where}, {held_by(owner)}", f", {held_by(owner)}"]


def held_by(owner: str) -> str:
    """``held by payer 1``."""
    return _("held by {name}").format(name=clean(owner, NAME))


def silent(report: Report) -> str:
    """A worker that was let go and does not come to a gate."""
    words = _("{what}, last heard of {where}: the others can go on")
    return words.format(what=clean(_(report.what), 40), where=at(report.site).strip() or _("nowhere"))


def note(text: str) -> str:
    """What cannot be stepped: ``pid 7: why``, or what has failed and how."""
    head, colon, rest = text.partition(": ")
    return clean(f"{_(head)}{colon}{_(rest)}")


def joins(link: Link) -> bool:
    """Does it wait for its owner's end, rather than for something the owner took?"""
    return link.taken_at is None and link.waits_for.startswith(_END_OF)


def kind(task: int | None) -> Kind:
    """A task's step, or a thread."""
    return Kind.TASK if task else Kind.THREAD


def state(view: View) -> str:
    """Sign and word: ``▣ HELD``."""
    return f"{SIGNS[view.state]} " + pgettext("program", _STATES[view.state])


def headline(view: View) -> list[str]:
    """What is held and what is not, the most telling first: ``3 workers``, ``1 in a C call``."""
    silent_ones = {report.key for report in view.reports}
    held = {c.key for c in view.ready if c.kind not in CALLBACKS} | {b.key for b in view.blocked}
    number, away = len(held - silent_ones), len(view.outside)
    words = [ngettext("{n} worker", "{n} workers", number).format(n=number)]
    if away:
        words.append(ngettext("{n} in a call", "{n} in calls", away).format(n=away))
    kept = Counter(clean(_(report.what), 40) for report in view.reports)
    return words + [f"{number} {what}" for what, number in kept.items()]
