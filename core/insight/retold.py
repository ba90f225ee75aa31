"""What was said in English, in the learner's language: errors, a session's notes, why the GIL cannot be read.

Sessions keep them, and the command line says errors as they are; the screen and the tables retell them. A
sentence is known by its template here; one that is not is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from concviz.core.language import N_, _

ERRORS = (
    N_("'{text}' is no number from 1 to {most}"),
    N_("'{text}' is no number of seconds from 0 to {most}"),
    N_("there is no model '{name}', did you mean {near}? There are {names}"),
    N_("there is no model '{name}': there are {names}"),
    N_("no model could do {work}; {model}: {why}"),
    N_("item {item}: {why}"),
    N_("it was still at work after {length} s and was ended"),
    N_("the program ended without a result, status {status}: {why}"),
    N_("the slow server cannot listen on 127.0.0.1: are all ports in use?"),
    N_("{work} cannot be looked at: {why}"),
)
GIL = (
    N_("{python}: only CPython's GIL can be read"),
    N_("free-threaded build: there is no GIL"),
    N_("only 64-bit little-endian processes can be read"),
    N_("unknown layout: the GIL was not found in this interpreter's data"),
    N_("its memory cannot be read: {why}"),
    N_("{name} is not a Python executable: its GIL is not looked for"),
    N_("its executable {path} is gone"),
    N_("its executable could not say where the GIL is (CPython 3.9 and later can)"),
    N_("no right to read its memory (ptrace access)"),
)
NOTES = (
    N_("session.json cannot be read: what was started is not known"),
    N_("nothing could be written into it: a full disk, or a limit on the size of files?"),
    N_("the header is damaged; pid and time are told by the file's name"),
    N_("{n} records are lost or damaged"),
    N_("{n} records cannot be read: their commit marks are wrong"),
    N_("{n} records could not be written"),
    N_("{n} lines of its names are damaged"),
    N_("{n} records are damaged"),
    N_("{name} is cut short or damaged: what can be read of it is shown"),
    N_("{n} of {all} events are lost"),
    N_("the recording was cut off: its end is not known"),
    N_("the program's Python has not loaded the agent: its tasks are not known"),
    N_("no Python in this program has loaded the agent: started with -I, -E or -S?"),
    N_("the program does not read its input: some of it was dropped"),
    N_("the screen went away: the program was left running, free, and is recorded on"),
    N_("sampling from outside ended: {why}"),
    N_("the recorder was killed: the program goes on, and its output is kept. Nothing is sampled from "
       "outside since then, and how the program ends will not be known"),
    N_("when the loop idles, and which descriptor woke a task, can't be seen"),
    N_("threads that are greenlets run inside of another thread: its lane shows them"),
    N_("called so often ({n} times a second) that observing each would slow the program; from here on their "
       "waits are sampled"),
    N_("pid {pid} started with {option}: its threads and tasks cannot be seen"),
    N_("switched off: {why}"),
)
DECISIONS = (
    N_("{worker} before {what} of {n} bytes at {place}"),
    N_("{worker} before {what} at {place}"),
    N_("{worker} before {what} of {n} bytes"),
    N_("{worker} before {what}"),
    N_("nobody ready"),
)
"""What a replay expected and found."""
_WHY = "why"
"""What stands there is a sentence, too."""


def retold(text: str) -> str:
    """An error, a note or a reason in the language that is spoken; its topic stays (``waits: …``)."""
    found = _said(text, (*ERRORS, *GIL, *NOTES))
    if found is None and ": " in text:
        head, rest = text.split(": ", 1)
        return f"{head}: {retold(rest)}"
    return text if found is None else found


def shape(text: str) -> str:
    """A note without its figures: of what is said again with others it is the same."""
    for template in NOTES:
        found = _pattern(template).fullmatch(text)
        if found:
            return template.format(**{**found.groupdict(), "n": "{n}"})
    head, colon, rest = text.partition(": ")
    return f"{head}: {shape(rest)}" if colon else text


def retold_decisions(text: str) -> str:
    """One or several decisions of a schedule, separated by commas."""
    return ", ".join(_said(part, DECISIONS) or part for part in text.split(", "))


def _said(text: str, templates: Iterable[str]) -> str | None:
    for template in templates:
        found = _pattern(template).fullmatch(text)
        if found:
            values = found.groupdict()
            if _WHY in values:
                values[_WHY] = retold(values[_WHY])
            return _(template).format(**values)
    return None


@cache
def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", template)
    values = {"n": r"[\d,]+"}
    named = [
        f"(?P<{part}>{values.get(part, '.+?')})" if odd % 2 else re.escape(part)
        for odd, part in enumerate(parts)
    ]
    return re.compile("".join(named), re.DOTALL)
