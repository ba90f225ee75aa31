"""One log's records become births, steps, blocking calls and ends of the timeline's workers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from concviz.core.agent import layout as L
from concviz.core.language import NP_
from concviz.core.model import Kind, Outcome, State
from concviz.core.text import clean
from concviz.core.timeline.arrays import arranged, groups, lengths, mapped
from concviz.core.timeline.frontier import Reach
from concviz.core.timeline.held import Held
from concviz.core.timeline.lane import Lane
from concviz.core.timeline.merge import BLOCK
from concviz.core.timeline.process import ProcessTrack
from concviz.core.timeline.processes import Processes, program_name
from concviz.core.timeline.sources import READY_HELD, Header, LogSites, Names
from concviz.core.timeline.spans import code_of
from concviz.core.timeline.step_sites import StepSites
from concviz.core.timeline.tasks import Tasks
from concviz.core.timeline.threads import ThreadTrack
from concviz.core.timeline.timeline import Timeline
from concviz.core.timeline.words import NOBODY

_NUMBER = (1 << L.REF_SHIFT) - 1
_TELLING = np.zeros(16, np.uint32)  # by kind of reference: the bits of its number, where that tells something
_TELLING[[L.REF_TASK, L.REF_THREAD, L.REF_CALLBACK]] = _NUMBER
_NEVER = 1 << 61
_NO_BLOCK = np.empty(0, BLOCK)
_BY_COMMAND = ("subprocess", "posix_spawn")  # the name their CHILD records give is a command line
_OUTCOMES = {
    L.OUTCOME_DONE: Outcome.DONE, L.OUTCOME_FAILED: Outcome.FAILED, L.OUTCOME_CANCELLED: Outcome.CANCELLED,
}
_WORDS = {
    L.REF_TIMER: NP_("waker", "timer"), L.REF_IO: NP_("waker", "I/O"), L.REF_FUTURE: NP_("waker", "future"),
    L.REF_WORK: NP_("waker", "executor"), L.REF_GATHER: NP_("waker", "gather"),
}


class LogHistory:
    """Fills the timeline from one log."""

    def __init__(
        self, timeline: Timeline, header: Header, names: Names, process: ProcessTrack, processes: Processes,
        prefix: str,
    ) -> None:
        """See ``history.History.log``."""
        self.header, self.names, self.process = header, names, process
        self.threads: dict[int, ThreadTrack] = {}
        self.living: dict[int, ThreadTrack] = {}
        self.last_ns = header.opened_ns
        """End of the latest record."""
        self.drained = False
        self.told = 0
        """How many records there were."""
        self._timeline, self._processes, self._prefix = timeline, processes, prefix
        self._sites = LogSites(names, timeline.words)
        self._step_sites = StepSites()
        self._held = Held()
        self._main = 0  # number of the main thread
        self.tasks = Tasks(
            timeline, names, self._sites, prefix, header.pid, lambda n, t: self._thread(n, t).lane,
            self._peers,
        )
        self._rare: dict[int, Callable[[Any], None]] = {
            L.TASK_BORN: self._task_born, L.THREAD_BORN: self._thread_born,
            L.THREAD_END: self._thread_end, L.LOOP_RUN: self._loop_run, L.LOOP_BORN: self._loop_born,
            L.WORK: self._work, L.CHILD: self._child, L.CHILD_END: self._child_end,
            L.NOTE: self._note, L.TASK_NAME: self._task_name, L.EXEC: self._exec,
        }

    def add(self, records: npt.NDArray[Any]) -> None:
        """Records in the log's order (dtype of ``session.events``), already believable."""
        if not len(records):
            return
        self.told += len(records)
        kinds = records["word"] & L.KIND_MASK
        ends = records["t0"].astype(np.int64) + lengths(records["word"], records["dur"])
        self.last_ns = max(self.last_ns, int(ends.max()))
        blocks, steps = kinds == L.BLOCK, (kinds == L.STEP) | (kinds == L.EAGER_STEP)
        rare = ~(blocks | steps)
        # births first: the steps of a chunk refer to the tasks and threads that are born in it
        for record in records.take(rare.nonzero()[0]):
            handle = self._rare.get(int(record["word"]) & L.KIND_MASK)
            if handle is not None:
                handle(record)
        self._seen(records, ends)
        chosen, stops = _chosen(records, ends, blocks)
        self._add_blocks(chosen, stops)
        chosen, stops = _chosen(records, ends, steps)
        self.tasks.steps(chosen, self._step_sites.of(chosen, stops), self._held)
        self.tasks.tell_count()

    def show_open(self, registers: npt.NDArray[Any]) -> None:
        """Take from the registers what is in progress; only right when the log is drained."""
        steps: dict[int, tuple[int, int]] = {}
        owners, begins = registers["thread"].tolist(), registers["block_t0"].tolist()
        stepping, step_begins = registers["step_thread"].tolist(), registers["step_t0"].tolist()
        for number, track in self.living.items():
            at = number % L.REGISTER_COUNT
            if at >= len(registers):
                continue
            t0, step_t0 = begins[at], step_begins[at]
            if owners[at] != number or not 0 < t0 < _NEVER or t0 < track.last_record_ns:
                track.set_open(_NO_BLOCK)
            elif track.open_ns != t0 or int(track.open["site"][0]) < 0:  # (its name may come later)
                track.set_open(self._open_block(t0, registers[at]))
            if stepping[at] == number and 0 < step_t0 < _NEVER:
                inside = len(track.open) and track.open_ns >= step_t0
                steps[int(registers["task"][at])] = (step_t0, int(track.open["site"][0]) if inside else -1)
        gates = {
            track.lane.index: (number, track.open_ns) for number, track in self.living.items()
            if len(track.open) and int(track.open["code"][0]) == READY_HELD
        }
        self.tasks.show_open(steps, gates, self._held)

    def settle(self, reach: Reach) -> None:
        """Turn what is complete of its threads into history."""
        for number, track in list(self.living.items()):
            track.settle(reach)
            if track.finished:
                del self.living[number]

    def finish(self, t_ns: int, outcome: Outcome, detail: str) -> None:
        """The process is over at ``t_ns``: whatever still lived ends with it."""
        self.tasks.finish(t_ns, outcome, detail)

    def _open_block(self, t0: int, r: Any) -> npt.NDArray[Any]:
        operation = int(r["op"])
        rule = self._sites.blocking(operation, int(r["site"]))
        peer = self._waits_for(operation, int(r["object"]))
        code = code_of(_state(operation), rule.reason)
        site = self._sites.number(int(r["site"]))
        return np.array([(t0, _NEVER, site, peer, code, rule.passive)], BLOCK)

    def _seen(self, records: npt.NDArray[Any], ends: npt.NDArray[Any]) -> None:
        """Remember for each thread how far its records reach."""
        numbers = records["word"] >> L.THREAD_SHIFT
        order = arranged(numbers)
        ends = ends[order]
        for number, first, stop in groups(numbers[order]):
            if number:
                begin = int(records["t0"][order[first]])
                track = self._thread(number, begin)
                track.last_record_ns = max(track.last_record_ns, int(ends[first:stop].max()))

    def _add_blocks(self, records: npt.NDArray[Any], ends: npt.NDArray[Any]) -> None:
        if not len(records):
            return
        numbers = records["word"] >> L.THREAD_SHIFT
        order = arranged(numbers)
        r = records.take(order)
        blocks = np.empty(len(r), BLOCK)
        blocks["t0"], blocks["t1"] = r["t0"], ends[order]
        rules = mapped(r["b"].astype(np.uint64) << 32 | r["a"], self._rule)
        blocks["code"], blocks["passive"] = rules & 0xFF, rules >> 8
        blocks["site"] = mapped(r["a"], self._sites.number)
        blocks["peer"] = NOBODY
        named = np.isin(r["b"], (L.OP_JOIN, L.OP_CHILD)).nonzero()[0]
        for i in named.tolist():
            blocks["peer"][i] = self._waits_for(int(r["b"][i]), int(r["c"][i]))
        for number, first, stop in groups(numbers[order]):
            part = blocks[first:stop]
            self._thread(number, int(part["t0"][0])).add_blocks(part)
            operations = r["b"][first:stop]
            gates = part[operations == L.OP_HELD]
            if len(gates):
                self._held.add(number, gates["t0"], gates["t1"])
            self._step_sites.add(number, part, operations != L.OP_LOOP_SELECT)

    def _rule(self, key: int) -> int:
        rule = self._sites.blocking(key >> 32, key & L.U32)
        return code_of(_state(key >> 32), rule.reason) | int(rule.passive) << 8

    def _waits_for(self, operation: int, obj: int) -> int:
        if operation == L.OP_JOIN and obj in self.threads:
            return self.threads[obj].lane.index
        return self._processes.lane_of(obj) if operation == L.OP_CHILD else NOBODY

    def _peers(self, references: npt.NDArray[Any]) -> npt.NDArray[np.int32]:
        """The peers that references stand for, as spans keep them."""
        # Of the others the kind alone tells, so their numbers are dropped. With the kind in the low bits the
        # values are small, which makes ``mapped`` quick.
        told = _TELLING[references >> L.REF_SHIFT]
        return mapped((references & told) << 4 | references >> L.REF_SHIFT, self._peer_of)

    def _peer_of(self, turned: int) -> int:
        return self._peer((turned & 0xF) << L.REF_SHIFT | turned >> 4)

    def _peer(self, reference: int) -> int:
        kind, number = reference >> L.REF_SHIFT, reference & _NUMBER
        if kind == L.REF_TASK:
            task = self.tasks.tracks.get(number)
            return task.lane.index if task else NOBODY
        if kind == L.REF_THREAD:
            thread = self.threads.get(number)
            return thread.lane.index if thread else NOBODY
        words = self._timeline.words
        if kind == L.REF_CALLBACK:
            return words.word(f"callback {clean(self.names.text(number), 80)}".rstrip())
        return words.word(_WORDS[kind]) if kind in _WORDS else NOBODY

    def _thread(self, number: int, t_ns: int) -> ThreadTrack:
        """The thread of a number; one whose birth was lost is made up."""
        track = self.threads.get(number)
        return track if track is not None else self._add_thread(number, t_ns, 0, f"thread {number}", 0)

    def _add_thread(self, number: int, t_ns: int, tid: int, name: str, flags: int) -> ThreadTrack:
        process = self.process
        main = bool(flags & L.THREAD_MAIN) and not self.header.interpreter
        if main:
            self._main = number
        track = process.stranger(tid) if tid else None
        if track is None:
            cpu = None if flags & L.THREAD_FOREIGN else 0
            if main:  # it is there since the process began
                t_ns, cpu = process.told()
            lane = Lane(
                len(self._timeline.lanes), f"{self._prefix}.t{number}", Kind.THREAD, process.lane.index,
                self.header.pid, tid, name, max(t_ns, process.lane.start_ns),
            )
            self._timeline.add_lane(lane)
            track = ThreadTrack(self._timeline, lane, number, cpu)
            process.add_thread(track)
        else:
            track.adopt(number, f"{self._prefix}.t{number}", name)
            self._timeline.touch(track.lane)
        about = [w for f, w in ((L.THREAD_DAEMON, "daemon"), (L.THREAD_POOL, "pool")) if flags & f]
        track.lane.about = ", ".join(about)
        track.pool = bool(flags & L.THREAD_POOL)
        self.threads[number] = self.living[number] = track
        return track

    def _thread_born(self, r: Any) -> None:
        number = int(r["word"]) >> L.THREAD_SHIFT
        name = clean(self.names.text(int(r["b"])))
        flags = int(r["d"])
        if number not in self.threads:
            name = name or ("main" if flags & L.THREAD_MAIN else f"thread {number}")
            self._add_thread(number, int(r["t0"]), int(r["a"]), name, flags)
            return
        track = self.threads[number]
        track.tid = track.lane.tid = int(r["a"])
        track.lane.name = name or track.lane.name
        self._timeline.touch(track.lane)

    def _thread_end(self, r: Any) -> None:
        track = self._thread(int(r["word"]) >> L.THREAD_SHIFT, int(r["t0"]))
        outcome = _OUTCOMES.get(int(r["a"]), Outcome.DONE)
        exception = clean(self.names.text(int(r["b"])))
        if track.number == self._main:  # it ends with its process
            self.process.uncaught = exception
            return
        track.end(int(r["t0"]), outcome, exception)
        renamed = clean(self.names.text(int(r["c"])))
        if renamed:
            track.lane.name = renamed
            self._timeline.touch(track.lane)

    def _loop_born(self, r: Any) -> None:
        t0 = int(r["t0"])
        track = self._thread(int(r["word"]) >> L.THREAD_SHIFT, t0)
        if t0 not in track.loops:
            track.add_loop(t0, _NEVER)
        kind = clean(self.names.text(int(r["b"])))
        if kind and kind not in track.lane.about:
            track.lane.about = ", ".join(filter(None, (track.lane.about, f"{kind} loop")))
            self._timeline.touch(track.lane)

    def _loop_run(self, r: Any) -> None:
        t0 = int(r["t0"])
        track = self._thread(int(r["word"]) >> L.THREAD_SHIFT, t0)
        end = t0 + int(lengths(r["word"][None], r["dur"][None])[0])
        track.add_loop(t0, end)

    def _work(self, r: Any) -> None:
        """A pool's thread ran an item; who handed that in woke it if it was idle, and not if it was busy."""
        t0 = int(r["t0"])
        track = self._thread(int(r["word"]) >> L.THREAD_SHIFT, t0)
        ran_ns, queued_ns = lengths(r["word"], np.array([r["dur"], r["c"]])).tolist()
        queued_at, idle_since = t0 - queued_ns, track.worked_ns
        track.add_work(t0 + ran_ns)
        submitter = self._peer(int(r["d"]))
        if submitter >= 0 and queued_at >= idle_since:
            at = np.array([max(queued_at, track.lane.start_ns)])  # started for it: no earlier than it was
            woken = np.array([track.lane.index], np.int32)
            self._timeline.wakes.add(at, np.array([submitter], np.int32), woken)

    def _child(self, r: Any) -> None:
        method = L.METHODS[int(r["b"])] if int(r["b"]) < len(L.METHODS) else ""
        name, deaf = clean(self.names.text(int(r["c"]))), clean(self.names.text(int(r["d"])), 10)
        if method in _BY_COMMAND:
            name = program_name(tuple(name.split(" ")))
        about = ", ".join(word for word in (method, deaf and f"unobserved: {deaf}") if word)
        self._processes.child(int(r["t0"]), self.process, int(r["a"]), about, name)

    def _child_end(self, r: Any) -> None:
        code = int(r["b"])
        self._processes.ended(int(r["t0"]), int(r["a"]), code - 256 if code else None)

    def _note(self, r: Any) -> None:
        topic, message = self.names.text(int(r["a"])), self.names.text(int(r["b"]))
        if not topic and not message:  # its texts are lost, which is told of
            return
        self._processes.note(f"{self.process.lane.id}: {clean(topic, 80)}: {clean(message)}")

    def _task_born(self, r: Any) -> None:
        self.tasks.born(int(r["t0"]), int(r["word"]), int(r["a"]), int(r["c"]), int(r["d"]))

    def _task_name(self, r: Any) -> None:
        self.tasks.renamed(int(r["a"]), int(r["b"]))

    def _exec(self, r: Any) -> None:
        self.process.execed = True


def _chosen(records: Any, ends: Any, which: npt.NDArray[np.bool_]) -> tuple[Any, Any]:
    """The records that are of a sort, and their ends; ``take``, because indexing is slow for records."""
    if which.all():
        return records, ends
    places = which.nonzero()[0]
    return records.take(places), ends.take(places)


def _state(operation: int) -> State:
    """What a thread does in a call: it waits, or could run and is not let."""
    return State.READY if operation == L.OP_HELD else State.WAITING
