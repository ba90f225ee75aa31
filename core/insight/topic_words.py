"""What is said of all moments of one cause: how often, how long in all, how long at most."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from concviz.core.insight.moment import Kind
from concviz.core.insight.moment_words import merit, place, said
from concviz.core.insight.recurring import Topic
from concviz.core.insight.rounded import seconds
from concviz.core.language import ngettext
from concviz.core.timeline.timeline import Timeline


def said_of_all(topic: Topic, timeline: Timeline, *, praise: bool = True) -> str:
    """The sentence about all of one cause.

    Args:
        praise: may it be said what is good about them? Not in a session that is in trouble.
    """
    if topic.n > 1 and topic.moment.kind in _SUMMED:
        return _SUMMED[topic.moment.kind](topic, timeline)
    words = said(topic.moment, timeline) + _in_all(topic)
    return words + (merit(topic.moment) if praise else "")


def said_of_one(place: int, topic: Topic, timeline: Timeline) -> str:
    """The sentence about one of several of a cause, and what all of them come to."""
    return said(topic.like.moments[place], timeline) + _in_all(topic)


def _in_all(topic: Topic) -> str:
    """How often it happened and how long it was so, where that can be added up."""
    if topic.n == 1 or not topic.spent_ns:
        return ""
    words = ngettext(" ({n} time, {length} in all{where})", " ({n} times, {length} in all{where})", topic.n)
    return words.format(n=topic.n, length=seconds(topic.spent_ns / 1e9), where=_where(topic))


def _where(topic: Topic) -> str:
    """In how many processes it happened, where these are several."""
    if topic.processes < 2:
        return ""
    return ngettext(", in {n} process", ", in {n} processes", topic.processes).format(n=topic.processes)


def _held_up(topic: Topic, timeline: Timeline) -> str:
    moment, where = topic.moment, _where(topic)
    values = {
        "times": topic.n, "place": place(moment.site) + where, "a": timeline.lanes[moment.worker].about,
        "total": seconds(topic.spent_ns / 1e9), "length": seconds(moment.spent_ns / 1e9),
        "whole": seconds(_life_ns(topic, timeline) / 1e9),
    }
    if moment.blocked and moment.site is not None:
        where = ""  # it stands by the place
        text = ngettext(
            "the loop is blocked {times} time at {place}: {total} of {whole} in all, at most {length}",
            "the loop is blocked {times} times at {place}: {total} of {whole} in all, at most {length}",
            topic.n,
        )
    elif moment.blocked:
        text = ngettext(
            "the loop is blocked {times} time: {total} of {whole} in all, at most {length}",
            "the loop is blocked {times} times: {total} of {whole} in all, at most {length}", topic.n,
        )
    elif values["a"]:
        text = ngettext(
            "{a} runs long without yielding {times} time: {total} of {whole} in all, at most {length}",
            "{a} runs long without yielding {times} times: {total} of {whole} in all, at most {length}",
            topic.n,
        )
    else:
        text = ngettext(
            "{times} step is long without yielding: {total} of {whole} in all, at most {length}",
            "{times} steps are long without yielding: {total} of {whole} in all, at most {length}", topic.n,
        )
    meanwhile = ngettext(", with {n} task ready", ", with {n} tasks ready", moment.count)
    return text.format(**values) + where + meanwhile.format(n=moment.count)


def _life_ns(topic: Topic, timeline: Timeline) -> int:
    """How long the thread of the loop has lived by then; of several processes those of all, added up."""
    life_ns = 0
    for moment in topic.like.of_each_process(topic.n):
        lane = timeline.lanes[moment.worker if moment.other is None else moment.other]
        end_ns = min(topic.as_of_ns, timeline.end_ns if lane.end_ns is None else lane.end_ns)
        life_ns += max(end_ns - lane.start_ns, 0)
    return life_ns


def _one_waits(topic: Topic, timeline: Timeline) -> str:
    return said(replace(topic.moment, times=topic.times, spent_ns=topic.spent_ns), timeline)


def _no_core(topic: Topic, timeline: Timeline) -> str:
    return said(replace(topic.moment, spent_ns=topic.spent_ns), timeline)


def _failed(topic: Topic, timeline: Timeline) -> str:
    return said(replace(topic.moment, count=topic.count), timeline) + _where(topic)


_SUMMED: dict[Kind, Callable[[Topic, Timeline], str]] = {
    Kind.HELD_UP: _held_up, Kind.ONE_WAITS: _one_waits, Kind.NO_CORE: _no_core, Kind.FAILED: _failed,
}
"""Kinds whose sentence is another one where there are several."""
