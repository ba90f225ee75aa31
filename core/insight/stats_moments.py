"""The moments of a session as plain data: what ``concviz stats --json`` prints below ``moments``.

What has one cause is told together, by the moment that shows it best. In the order of these::

    [{"kind": "held up" | …, "start_s", "end_s": … | null, "text", "file", "line", "workers": [id, …],
      "times": n, "total_s": …, "processes": n, "known": "exact" | "sampled" | "inferred"}]

``start_s`` and ``end_s`` (null: it lasts) are those of that moment, ``workers`` whom it is about. ``times``
is how many moments of the cause there were, ``total_s`` how long they lasted in all (0 where that does not
add up), ``processes`` in how many processes they happened (0: they are the whole program's). ``text`` is for
people, in the language that is spoken. ``file`` is empty and ``line`` 0 where no line is known.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from concviz.core.insight import held_circles
from concviz.core.insight.moments import LAG_NS, Moments
from concviz.core.insight.recurring import Topic
from concviz.core.insight.topic_words import said_of_all
from concviz.core.session.session import Session
from concviz.core.timeline.timeline import Timeline

_NS = 1e9


def moments(session: Session, progress: Callable[[float], None] = lambda share: None) -> list[dict[str, Any]]:
    """The moments of all that the session has read so far.

    Args:
        progress: told the share of the session that was looked at, 0 … 1.
    """
    timeline, over = session.timeline, not session.info.running
    found = Moments(timeline)
    found.tell(held_circles.of_session(session))
    until_ns = timeline.end_ns if over else timeline.end_ns - LAG_NS
    while found.advance(until_ns, over=over):
        progress((found.until_ns - timeline.start_ns) / max(until_ns - timeline.start_ns, 1))
    outline = found.outline()
    return [_told(topic, timeline, praise=not outline.troubled) for topic in outline.topics]


def _told(topic: Topic, timeline: Timeline, *, praise: bool) -> dict[str, Any]:
    moment, site = topic.moment, topic.moment.site
    workers = [moment.worker, *([moment.other] if moment.other not in (None, moment.worker) else [])]
    lasts = moment.t1_ns >= held_circles.NEVER_NS
    return {
        "kind": str(moment.kind),
        "start_s": (moment.t0_ns - timeline.start_ns) / _NS,
        "end_s": None if lasts else (moment.t1_ns - timeline.start_ns) / _NS,
        "text": said_of_all(topic, timeline, praise=praise),
        "file": site.file if site else "", "line": site.line if site else 0,
        "workers": [timeline.lanes[worker].id for worker in workers if worker is not None],
        "times": topic.n, "total_s": topic.spent_ns / _NS, "processes": topic.processes,
        "known": moment.known.name.lower(),
    }
