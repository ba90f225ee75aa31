"""What the workers of a held program do at their gates, in words: before it, afterwards, meanwhile. Pure."""

from __future__ import annotations

from enum import StrEnum

from concviz.core.language import NP_, _, pgettext
from concviz.core.text import clean

TIMEOUT = "timeout"
"""The detail of a call that ends by itself."""
_MOST = 60
"""Most characters of an object's name."""


class Tense(StrEnum):
    """When it is told; also the context in which it is translated."""

    ABOUT = "about to"
    DID = "did"
    DOES = "does"


DEEDS = {
    "acquire": {
        Tense.ABOUT: NP_("about to", "acquire {what}"),
        Tense.DID: NP_("did", "acquired {what}"),
        Tense.DOES: NP_("does", "waits for {what}"),
    },
    "release": {
        Tense.ABOUT: NP_("about to", "release {what}"),
        Tense.DID: NP_("did", "released {what}"),
        Tense.DOES: NP_("does", "releases {what}"),
    },
    "wait": {
        Tense.ABOUT: NP_("about to", "wait to be notified"),
        Tense.DID: NP_("did", "went to wait to be notified"),
        Tense.DOES: NP_("does", "waits to be notified"),
    },
    "sleep": {
        Tense.ABOUT: NP_("about to", "sleep"),
        Tense.DID: NP_("did", "slept"),
        Tense.DOES: NP_("does", "sleeps"),
    },
    "join": {
        Tense.ABOUT: NP_("about to", "join a thread"),
        Tense.DID: NP_("did", "went to join a thread"),
        Tense.DOES: NP_("does", "waits for a thread's end"),
    },
    "read": {
        Tense.ABOUT: NP_("about to", "read"),
        Tense.DID: NP_("did", "read"),
        Tense.DOES: NP_("does", "reads"),
    },
    "write": {
        Tense.ABOUT: NP_("about to", "write"),
        Tense.DID: NP_("did", "wrote"),
        Tense.DOES: NP_("does", "writes"),
    },
    "connect": {
        Tense.ABOUT: NP_("about to", "connect"),
        Tense.DID: NP_("did", "connected"),
        Tense.DOES: NP_("does", "connects"),
    },
    "accept": {
        Tense.ABOUT: NP_("about to", "accept a connection"),
        Tense.DID: NP_("did", "accepted a connection"),
        Tense.DOES: NP_("does", "waits for a connection"),
    },
    "select": {
        Tense.ABOUT: NP_("about to", "wait for I/O"),
        Tense.DID: NP_("did", "waited for I/O"),
        Tense.DOES: NP_("does", "waits for I/O"),
    },
    "dns": {
        Tense.ABOUT: NP_("about to", "look up a name"),
        Tense.DID: NP_("did", "looked up a name"),
        Tense.DOES: NP_("does", "looks up a name"),
    },
    "queue": {
        Tense.ABOUT: NP_("about to", "take from a queue"),
        Tense.DID: NP_("did", "took from a queue"),
        Tense.DOES: NP_("does", "waits for a queue"),
    },
    "child": {
        Tense.ABOUT: NP_("about to", "wait for a process"),
        Tense.DID: NP_("did", "went to wait for a process"),
        Tense.DOES: NP_("does", "waits for a process's end"),
    },
    "start": {
        Tense.ABOUT: NP_("about to", "start a thread"),
        Tense.DID: NP_("did", "started a thread"),
        Tense.DOES: NP_("does", "starts a thread"),
    },
    "begin": {
        Tense.ABOUT: NP_("about to", "begin"),
        Tense.DID: NP_("did", "began"),
        Tense.DOES: NP_("does", "begins"),
    },
    "back": {
        Tense.ABOUT: NP_("about to", "go on after {what}"),
        Tense.DID: NP_("did", "went on after {what}"),
        Tense.DOES: NP_("does", "goes on after {what}"),
    },
    "line": {
        Tense.ABOUT: NP_("about to", "run a line"),
        Tense.DID: NP_("did", "ran a line"),
        Tense.DOES: NP_("does", "runs a line"),
    },
    "opcode": {
        Tense.ABOUT: NP_("about to", "run an instruction"),
        Tense.DID: NP_("did", "ran an instruction"),
        Tense.DOES: NP_("does", "runs an instruction"),
    },
    "job": {
        Tense.ABOUT: NP_("about to", "do {what}"),
        Tense.DID: NP_("did", "took {what}"),
        Tense.DOES: NP_("does", "does {what}"),
    },
    "task": {
        Tense.ABOUT: NP_("about to", "step of its task"),
        Tense.DID: NP_("did", "made a step"),
        Tense.DOES: NP_("does", "makes a step"),
    },
    "callback": {
        Tense.ABOUT: NP_("about to", "callback of the loop"),
        Tense.DID: NP_("did", "ran, a callback"),
        Tense.DOES: NP_("does", "runs, a callback"),
    },
    "timer": {
        Tense.ABOUT: NP_("about to", "timer's callback"),
        Tense.DID: NP_("did", "ran, a timer's callback"),
        Tense.DOES: NP_("does", "runs, a timer's callback"),
    },
    "end": {
        Tense.ABOUT: NP_("about to", "end"),
        Tense.DID: NP_("did", "ended"),
        Tense.DOES: NP_("does", "ends"),
    },
}
"""By the kind of gate: what a worker is about to do there, what it did, what it is in while it does it."""
OBJECTS = {
    "acquire": NP_("object", "a lock"), "release": NP_("object", "a lock"), "job": NP_("object", "a job"),
    "back": NP_("object", "a call"),
}
"""What the deeds are done to that have an object, where it has no name."""


def deed(kind: str, detail: str, tense: Tense) -> str:
    """A deed in words: ``acquire journal``, ``acquire a lock (with a timeout)``.

    Args:
        kind: of the gate; one without words stands for itself. detail: the object's name, ``TIMEOUT``, or ''.
    """
    known = DEEDS.get(kind)
    if known is None:
        return clean(kind)
    timed = detail == TIMEOUT
    words = pgettext(tense, known[tense])
    if kind in OBJECTS:
        unnamed = timed or not detail
        words = words.format(what=pgettext("object", OBJECTS[kind]) if unnamed else clean(detail, _MOST))
    return _("{deed} (with a timeout)").format(deed=words) if timed else words
