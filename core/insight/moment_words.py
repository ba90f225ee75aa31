"""What is said of a moment, in the language that is spoken: whole sentences with names and figures."""

from __future__ import annotations

import os
from collections.abc import Callable

from concviz.core.insight.endings import said_how, uncaught
from concviz.core.insight.moment import Kind, Moment
from concviz.core.insight.rounded import seconds
from concviz.core.language import _, ngettext
from concviz.core.model import Kind as WorkerKind
from concviz.core.model import Outcome, Site, Turn
from concviz.core.timeline.processes import END_UNKNOWN
from concviz.core.timeline.timeline import Timeline

MAIN = ("MainThread", "main")


def said(moment: Moment, timeline: Timeline) -> str:
    """The sentence about one; names in it are as the timeline has them, which is clean."""
    return _SENTENCES[moment.kind](moment, timeline)


def called(timeline: Timeline, worker: int) -> str:
    """A worker's name; of the main thread of a process that the program started, that process's."""
    lane = timeline.lanes[worker]
    if lane.kind is WorkerKind.THREAD and lane.name in MAIN and lane.parent is not None:
        process = timeline.lanes[lane.parent]
        if process.parent is not None:
            return process.name
    return lane.name


def merit(moment: Moment) -> str:
    """What is good about it, to be added to the sentence; '' of most."""
    if moment.kind is Kind.TASKS_WAIT:
        return _(": this is where asyncio wins")
    if moment.kind is Kind.THREADS_WAIT:
        return _(": waits that overlap take no longer than one")
    return ""


def _tasks_wait(moment: Moment, timeline: Timeline) -> str:
    return ngettext(
        "{n} task waits and the loop is idle", "{n} tasks wait at once and the loop is idle", moment.count,
    ).format(n=moment.count)


def _threads_wait(moment: Moment, timeline: Timeline) -> str:
    return ngettext(
        "{n} thread waits and none runs", "{n} threads wait at once and none runs", moment.count,
    ).format(n=moment.count)


def _one_waits(moment: Moment, timeline: Timeline) -> str:
    values = {
        "a": called(timeline, moment.worker), "n": moment.times, "place": place(moment.site),
        "length": seconds(moment.spent_ns / 1e9),
    }
    if moment.times > 1 and moment.site is not None:
        text = ngettext(
            "only {a} waits, {n} time one after another at {place}: it adds up to {length}",
            "only {a} waits, {n} times one after another at {place}: it adds up to {length}",
            moment.times,
        )
    elif moment.times > 1:
        text = ngettext(
            "only {a} waits, {n} time one after another: it adds up to {length}",
            "only {a} waits, {n} times one after another: it adds up to {length}", moment.times,
        )
    elif moment.site is not None:
        text = _("only {a} waits, for {length} at {place}, and nothing else is under way")
    else:
        text = _("only {a} waits, for {length}, and nothing else is under way")
    return text.format(**values)


def _held_up(moment: Moment, timeline: Timeline) -> str:
    values = {
        "a": called(timeline, moment.worker), "length": seconds(moment.spent_ns / 1e9), "n": moment.count,
        "place": place(moment.site),
    }
    if moment.worker == moment.other:
        return _outside(moment)
    if moment.blocked and moment.site is not None:
        text = ngettext(
            "{a} blocks the loop for {length} at {place}: {n} task is ready and waits",
            "{a} blocks the loop for {length} at {place}: {n} tasks are ready and wait", moment.count,
        )
    elif moment.blocked:
        text = ngettext(
            "{a} blocks the loop for {length}: {n} task is ready and waits",
            "{a} blocks the loop for {length}: {n} tasks are ready and wait", moment.count,
        )
    else:
        text = ngettext(
            "{a} runs {length} without yielding: {n} task is ready and waits",
            "{a} runs {length} without yielding: {n} tasks are ready and wait", moment.count,
        )
    return text.format(**values)


def _outside(moment: Moment) -> str:
    """Of what the loop's thread does outside of any task: a callback, as a rule."""
    if moment.site is not None:
        text = ngettext(
            "{a} blocks the loop for {length} at {place}, outside of any task: {n} task is ready and waits",
            "{a} blocks the loop for {length} at {place}, outside of any task: {n} tasks are ready and wait",
            moment.count,
        )
    else:
        text = ngettext(
            "the loop is busy for {length} outside of any task: {n} task is ready and waits",
            "the loop is busy for {length} outside of any task: {n} tasks are ready and wait", moment.count,
        )
    return text.format(
        a=moment.site.function if moment.site is not None else "", length=seconds(moment.spent_ns / 1e9),
        place=place(moment.site), n=moment.count,
    )


def _gil_kept(moment: Moment, timeline: Timeline) -> str:
    loop = moment.worker if moment.other is None else moment.other
    return _("{a} keeps the GIL for {length} at {place}: the event loop in {b} waits for it").format(
        a=called(timeline, moment.worker), b=called(timeline, loop), place=place(moment.site),
        length=seconds(moment.spent_ns / 1e9),
    )


def _gil_passes(moment: Moment, timeline: Timeline) -> str:
    other = moment.worker if moment.other is None else moment.other
    return ngettext(
        "the GIL passes from {a} to {b}: {n} turn in {length}, one runs at a time",
        "the GIL passes from {a} to {b}: {n} turns in {length}, one runs at a time", moment.count,
    ).format(
        a=called(timeline, other), b=called(timeline, moment.worker), n=moment.count,
        length=seconds((moment.t1_ns - moment.t0_ns) / 1e9),
    )


def _parallel(moment: Moment, timeline: Timeline) -> str:
    other = moment.worker if moment.other is None else moment.other
    values = {"a": called(timeline, moment.worker), "b": called(timeline, other), "n": moment.count}
    if moment.count <= 2:
        return _("{a} and {b} run at the same instant, on a core each: parallelism").format(**values)
    return ngettext(
        "{n} thread runs at the same instant, {a} and {b} among them: parallelism",
        "{n} threads run at the same instant, {a} and {b} among them: parallelism", moment.count,
    ).format(**values)


def _lock_queue(moment: Moment, timeline: Timeline) -> str:
    turn = moment.site.turn if moment.site is not None else Turn.LOCK
    tasks = timeline.lanes[moment.worker].kind is WorkerKind.TASK
    if turn is Turn.SEMAPHORE:
        text = _for_semaphore(moment.count, tasks)
    elif turn is Turn.EITHER:
        text = _for_either(moment.count, tasks)
    elif tasks:
        text = ngettext(
            "{n} task queues for a lock at {place}: one gets on at a time",
            "{n} tasks queue for a lock at {place}: one gets on at a time", moment.count,
        )
    else:
        text = ngettext(
            "{n} thread queues for a lock at {place}: one gets on at a time",
            "{n} threads queue for a lock at {place}: one gets on at a time", moment.count,
        )
    return text.format(n=moment.count, place=place(moment.site))


def _for_semaphore(n: int, tasks: bool) -> str:
    if tasks:
        return ngettext(
            "{n} task queues for a semaphore at {place}: one gets on whenever another lets go",
            "{n} tasks queue for a semaphore at {place}: one gets on whenever another lets go", n,
        )
    return ngettext(
        "{n} thread queues for a semaphore at {place}: one gets on whenever another lets go",
        "{n} threads queue for a semaphore at {place}: one gets on whenever another lets go", n,
    )


def _for_either(n: int, tasks: bool) -> str:
    """Which of the two it is is not known."""
    if tasks:
        return ngettext(
            "{n} task queues for a lock or semaphore at {place}: one gets on whenever another lets go",
            "{n} tasks queue for a lock or semaphore at {place}: one gets on whenever another lets go", n,
        )
    return ngettext(
        "{n} thread queues for a lock or semaphore at {place}: one gets on whenever another lets go",
        "{n} threads queue for a lock or semaphore at {place}: one gets on whenever another lets go", n,
    )


def _stuck(moment: Moment, timeline: Timeline) -> str:
    lane = timeline.lanes[moment.worker]
    if lane.kind is WorkerKind.TASK:
        return _tasks_stuck(moment, timeline)
    places = [place(moment.site)]
    if moment.other is not None:
        also = _stands(moment.other, moment.t0_ns, timeline)
        places += [also] * (also not in places)
    process = timeline.lanes[lane.parent].name if lane.parent is not None else lane.name
    if moment.count == 1:
        text = _("the only thread of {a} has waited for a lock for {length}, at {place}: a deadlock?")
    else:
        text = ngettext(
            "all {n} thread of {a} has waited for locks or each other for {length}, at {place}: a deadlock?",
            "all {n} threads of {a} have waited for locks or each other for {length}, at {place}: "
            "a deadlock?",
            moment.count,
        )
    values = {"a": process, "n": moment.count, "length": seconds(moment.spent_ns / 1e9)}
    return text.format(**values, place=", ".join(places))


def _tasks_stuck(moment: Moment, timeline: Timeline) -> str:
    """Who holds a lock that they wait for is not known: where they wait is."""
    who = f"{called(timeline, moment.worker)} ({place(moment.site)})"
    if moment.other is not None:
        stands = _stands(moment.other, moment.t0_ns, timeline)
        who += f", {called(timeline, moment.other)} ({stands})"
    if more := moment.count - 1 - (moment.other is not None):
        who += ngettext(" and {n} other", " and {n} others", more).format(n=more)
    return _(
        "seems stuck for {length}, no timer, no I/O: only a signal can wake {who}"
    ).format(who=who, length=seconds(moment.spent_ns / 1e9))


def _stands(worker: int, t_ns: int, timeline: Timeline) -> str:
    span = timeline.span_at(worker, t_ns)
    return place(span.site if span is not None else None)


def _executor_full(moment: Moment, timeline: Timeline) -> str:
    return ngettext(
        "all {threads} threads of the executor are taken, and {n} task waits for one of them",
        "all {threads} threads of the executor are taken, and {n} tasks wait for one of them", moment.count,
    ).format(n=moment.count, threads=moment.capacity)


def _left_alone(moment: Moment, timeline: Timeline) -> str:
    return ngettext(
        "only {a} is at work: {n} other process has nothing to do",
        "only {a} is at work: {n} other processes have nothing to do", moment.count,
    ).format(a=called(timeline, moment.worker), n=moment.count)


def _starved(moment: Moment, timeline: Timeline) -> str:
    parent = moment.worker if moment.other is None else moment.other
    return ngettext(
        "{n} worker process waits for work most of the time, while {a} is busy",
        "{n} worker processes wait for work most of the time, while {a} is busy", moment.count,
    ).format(a=called(timeline, parent), n=moment.count)


def _no_core(moment: Moment, timeline: Timeline) -> str:
    return ngettext(
        "no core is free: {n} worker could run and waits for one, {length} in all",
        "no core is free: {n} workers could run and wait for one, {length} in all", moment.count,
    ).format(n=moment.count, length=seconds(moment.spent_ns / 1e9))


def _deadlock(moment: Moment, timeline: Timeline) -> str:
    if not moment.count:
        return _("deadlock: nobody can go on")
    other = moment.worker if moment.other is None else moment.other
    values = {
        "a": called(timeline, moment.worker), "b": called(timeline, other), "n": moment.count,
        "place": place(moment.site),
    }
    if moment.count == 1:
        return _("deadlock: {a} waits for itself at {place}").format(**values)
    if moment.count == 2:
        return _("deadlock: {a} waits at {place} for {b}, and {b} for {a}").format(**values)
    return ngettext(
        "deadlock: {n} worker waits in a circle, {a} at {place} for {b}",
        "deadlock: {n} workers wait in a circle, {a} at {place} for {b}", moment.count,
    ).format(**values)


def _failed(moment: Moment, timeline: Timeline) -> str:
    lane = timeline.lanes[moment.worker]
    name, how = called(timeline, moment.worker), said_how(lane.detail)
    if lane.outcome is Outcome.KILLED and lane.detail == END_UNKNOWN:
        text = _("{a} is gone: {how}")
    elif lane.outcome is Outcome.KILLED:
        text = _("{a} was killed: {how}")
    elif exception := uncaught(lane, timeline.lanes):
        text, how = _("{a} failed: an uncaught {how}"), exception
    else:
        text = _("{a} ended with {how}")
    words = text.format(a=name, how=how)
    others = moment.count - 1
    if others:
        more = ngettext(", and {n} other in the same way", ", and {n} others in the same way", others)
        words += more.format(n=others)
    return words


def place(site: Site | None) -> str:
    """``app.py:42``, or that the line is not known."""
    return f"{os.path.basename(site.file)}:{site.line}" if site is not None else _("a line not known")


_SENTENCES: dict[Kind, Callable[[Moment, Timeline], str]] = {
    Kind.TASKS_WAIT: _tasks_wait, Kind.THREADS_WAIT: _threads_wait, Kind.ONE_WAITS: _one_waits,
    Kind.HELD_UP: _held_up, Kind.GIL_KEPT: _gil_kept, Kind.GIL_PASSES: _gil_passes, Kind.PARALLEL: _parallel,
    Kind.LOCK_QUEUE: _lock_queue, Kind.EXECUTOR_FULL: _executor_full, Kind.LEFT_ALONE: _left_alone,
    Kind.NO_CORE: _no_core, Kind.STUCK: _stuck, Kind.STARVED: _starved, Kind.FAILED: _failed,
    Kind.DEADLOCK: _deadlock,
}
