"""What was worth a look, as ``concviz stats --json`` tells it: as much of it as a request asks for."""

from __future__ import annotations

from typing import Any, NamedTuple

from concviz.core.export.request import Progress, Request
from concviz.core.insight import stats_moments
from concviz.core.text import clean

TRACK = "worth a look"
"""What a trace calls its track."""


class Slice(NamedTuple):
    """One in a trace. Instants are nanoseconds since the session began."""

    t0_ns: int
    t1_ns: int
    title: str
    facts: dict[str, str]


def halves(progress: Progress) -> tuple[Progress, Progress]:
    """The two parts of work that first looks for the moments and then writes everything."""
    return lambda share: progress(share / 2), lambda share: progress(0.5 + share / 2)


def moments(request: Request, progress: Progress) -> list[dict[str, Any]]:
    """Those in the window, of workers that are asked for, as in ``insight.stats_moments``.

    What has one cause is told by one moment, which decides; how often and how long is of the whole session.
    """
    shown = {request.timeline.workers[index].id for index in request.shown()}
    return [
        {**moment, "text": clean(moment["text"], 500), "file": clean(moment["file"], 500)}
        for moment in stats_moments.moments(request.session, progress)
        if _in_window(moment, request) and (not moment["workers"] or shown.intersection(moment["workers"]))
    ]


def rows(request: Request, progress: Progress, apart_ns: int = 0) -> list[list[Slice]]:
    """The same, cut to the window: in as many rows as it takes for none to overlap in its row.

    Args:
        apart_ns: so long at least from the end of one to the begin of the next in its row.
    """
    zero_ns, found = request.timeline.start_ns, list[list[Slice]]()
    for moment in sorted(moments(request, progress), key=lambda moment: moment["start_s"]):
        t0_ns, t1_ns = _instants(moment, request)
        t0_ns, t1_ns = max(t0_ns, request.from_ns) - zero_ns, min(t1_ns, request.to_ns) - zero_ns
        free = next((row for row in found if row[-1].t1_ns + apart_ns <= t0_ns), None)
        if free is None:
            found.append(free := [])
        free.append(Slice(t0_ns, t1_ns, moment["text"], _facts(moment)))
    return found


def _facts(moment: dict[str, Any]) -> dict[str, str]:
    site = f"{moment['file']}:{moment['line']}" if moment["file"] else ""
    facts = {"kind": moment["kind"], "site": site, "workers": ", ".join(moment["workers"]),
             "times": str(moment["times"]), "known": moment["known"]}
    return {key: text for key, text in facts.items() if text}


def _in_window(moment: dict[str, Any], request: Request) -> bool:
    t0_ns, t1_ns = _instants(moment, request)
    return t0_ns <= request.to_ns and t1_ns >= request.from_ns


def _instants(moment: dict[str, Any], request: Request) -> tuple[int, int]:
    """Its begin and end on the timeline's clock; what lasts goes on to the end."""
    zero_ns = request.timeline.start_ns
    end_ns = request.timeline.end_ns if moment["end_s"] is None else zero_ns + round(moment["end_s"] * 1e9)
    return zero_ns + round(moment["start_s"] * 1e9), end_ns
