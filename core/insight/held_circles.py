"""The deadlocks that were seen while a program was held, as moments."""

from __future__ import annotations

from concviz.core.insight.moment import Kind, Moment
from concviz.core.model import Site
from concviz.core.session.session import Session

NEVER_NS = 1 << 62
"""When a moment ends that lasts."""


def of_session(session: Session) -> list[Moment]:
    """Each, in order; the workers of its circle are those of the session's timeline."""
    found = session.deadlocks()
    places = {worker.id: worker.index for worker in session.timeline.workers} if found else {}
    moments: list[Moment] = []
    for each in found:
        circle = [places[id] for id in each.circle if id in places]
        moments.append(Moment(
            Kind.DEADLOCK, each.t0_ns, NEVER_NS if each.t1_ns is None else each.t1_ns,
            circle[0] if circle else 0, circle[1] if len(circle) > 1 else None, len(circle),
            site=Site(each.file, each.line, "") if each.file else None))
    return moments
