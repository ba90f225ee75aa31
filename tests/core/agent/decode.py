"""Decode one process's log strictly, into named tuples whose texts and sites are looked up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from concviz.core.agent import layout as L


class Site(NamedTuple):
    file: str
    line: int
    function: str
    call: Site | None  # the library call that the line makes
    library: bool


class Ref(NamedTuple):
    kind: str  # "none", "task", "thread", "timer", "io", … as in the layout's REF_ names
    number: int
    text: str = ""


class TaskBorn(NamedTuple):
    t0: int
    thread: int
    task: int
    parent: int
    name: str
    site: Site | None
    loop: int


class Step(NamedTuple):
    t0: int
    dur: int
    thread: int
    task: int
    site: Site | None
    ready_ns: int
    waker: Ref
    awaits: Ref


class EagerStep(Step):
    pass


class Block(NamedTuple):
    t0: int
    dur: int
    thread: int
    site: Site | None
    op: str
    object: int
    result: int


class ThreadBorn(NamedTuple):
    t0: int
    thread: int
    tid: int
    name: str
    parent: int
    flags: int


class ThreadEnd(NamedTuple):
    t0: int
    thread: int
    outcome: int
    exception: str


class LoopRun(NamedTuple):
    t0: int
    dur: int
    thread: int
    loop: int
    kind: str


class Work(NamedTuple):
    t0: int
    dur: int
    thread: int
    work: int
    function: str
    queued_ns: int
    submitter: Ref
    outcome: int


class Child(NamedTuple):
    t0: int
    thread: int
    pid: int
    method: str
    name: str


class ChildEnd(NamedTuple):
    t0: int
    thread: int
    pid: int
    code: int | None


class Note(NamedTuple):
    t0: int
    thread: int
    topic: str
    message: str


class TaskName(NamedTuple):
    t0: int
    thread: int
    task: int
    name: str


class LoopBorn(NamedTuple):
    t0: int
    thread: int
    loop: int
    kind: str


class Exec(NamedTuple):
    t0: int
    thread: int
    program: str


class InProgress(NamedTuple):
    """A thread's register: its last step and blocking call that began (0: none)."""

    thread: int
    step_t0: int
    task: int
    block_t0: int
    op: str
    site: Site | None
    object: int


OPERATIONS = {getattr(L, n): n[3:].lower() for n in vars(L) if n.startswith("OP_")}
REFERENCES = {getattr(L, n): n[4:].lower() for n in vars(L) if n.startswith("REF_") and n != "REF_SHIFT"}


@dataclass(frozen=True)
class Log:
    """What one interpreter of one process wrote."""

    format: int
    pid: int
    ppid: int
    interpreter: int
    flags: int
    opened_ns: int
    closed_ns: int
    dropped: int
    holes: int  # records that were begun and interrupted, each as long as it would have been
    hexversion: int
    records: tuple[Any, ...]
    registers: tuple[InProgress, ...]
    texts: dict[int, str]
    sites: dict[int, Site]
    facts: dict[str, list[str]]

    def of(self, *kinds: str) -> list[Any]:
        """The records of these kinds, by the names of the tuples above."""
        return [r for r in self.records if type(r).__name__ in kinds]

    def task(self, name: str) -> int:
        """Number of the one task that was given this name."""
        (number,) = {r.task for r in self.of("TaskBorn", "TaskName") if r.name == name}
        return int(number)

    def steps(self, task_name: str | None = None) -> list[Any]:
        """Steps of all tasks, or of the one named so, in the order in which they were written."""
        task = None if task_name is None else self.task(task_name)
        return [r for r in self.of("Step", "EagerStep") if task is None or r.task == task]

    def blocks(self, op: str | None = None) -> list[Any]:
        """Blocking calls, of one operation ("sleep", "lock", …) or all."""
        return [r for r in self.of("Block") if op is None or r.op == op]

    def threads(self) -> dict[str, Any]:
        """The births of all threads, by name."""
        return {r.name: r for r in self.of("ThreadBorn")}


def read_log(path: Path) -> Log:
    """Decode ``path`` and the names file beside it; raises where they do not keep to the layout."""
    data = path.read_bytes()
    head = L.HEADER.unpack_from(data)
    version, pid, ppid, interp, flags, opened, _, hexversion = head[1], *head[7:]
    assert head[:4] == (L.MAGIC, L.FORMAT, L.RECORD_SIZE, L.RECORDS_AT), head
    assert head[4:7] == (L.REGISTERS_AT, L.REGISTER_COUNT, L.REGISTER_SIZE), head
    texts, sites, facts = _names(path.with_suffix(".names"))
    committed = list(_committed(data))
    decode = _Decoder(texts, sites)
    return Log(
        version, pid, ppid, interp, flags, opened,
        L.COUNTER.unpack_from(data, L.CLOSED_AT)[0], L.COUNTER.unpack_from(data, L.DROPPED_AT)[0],
        (committed[-1][0] + 1 if committed else 0) - len(committed), hexversion,
        tuple(decode.record(*words) for _, words in committed), tuple(decode.registers(data)),
        texts, sites, facts,
    )


def _committed(data: bytes) -> Iterator[tuple[int, tuple[int, ...]]]:
    """The numbers and words of the records that are there: each is when its mark, the last word, is."""
    whole = (len(data) - L.RECORDS_AT) // L.RECORD_SIZE * L.RECORD_SIZE
    for i, words in enumerate(L.RECORD.iter_unpack(data[L.RECORDS_AT : L.RECORDS_AT + whole])):
        if words[-1] == 0:
            continue
        assert words[-1] == L.mark(i), f"record {i} carries the mark {words[-1]}"
        yield i, words[:-1]


def _names(path: Path) -> tuple[dict[int, str], dict[int, Site], dict[str, list[str]]]:
    texts: dict[int, str] = {0: ""}
    sites: dict[int, Site] = {}
    facts: dict[str, list[str]] = {}
    content = path.read_text("utf-8")
    for line in content.split("\n")[:-1]:
        kind, *fields = [_plain(field) for field in line.split("\t")]
        if kind == "T":
            number, text = fields
            assert int(number) not in texts
            texts[int(number)] = text
        elif kind == "S":
            number, file, at, function, call, flags = map(int, fields)
            assert number not in sites
            sites[number] = Site(
                texts[file], at, texts[function], sites[call] if call else None, bool(flags & L.SITE_LIBRARY)
            )
        else:
            assert kind == "M", line
            facts[fields[0]] = fields[1:]
    return texts, sites, facts


def _plain(field: str) -> str:
    parts = field.split("\\\\")
    return "\\".join(p.replace("\\t", "\t").replace("\\n", "\n").replace("\\r", "\r") for p in parts)


class _Decoder:
    """From the words of a record to the tuple of its kind."""

    def __init__(self, texts: dict[int, str], sites: dict[int, Site]) -> None:
        self.texts = texts
        self.sites = sites

    def record(self, t0: int, dur: int, kt: int, a: int, b: int, c: int, d: int, e: int) -> Any:
        kind, scale, thread = kt & L.KIND_MASK, (kt >> L.SCALE_SHIFT) & 3, kt >> L.THREAD_SHIFT
        dur <<= L.SCALES[scale]
        text, site, ref, shift = self.texts, self._site, self._ref, L.SCALES[scale]
        build = {
            L.TASK_BORN: lambda: TaskBorn(t0, thread, a, b, text[c], site(d), e),
            L.STEP: lambda: Step(t0, dur, thread, a, site(b), c << shift, ref(d), ref(e)),
            L.EAGER_STEP: lambda: EagerStep(t0, dur, thread, a, site(b), c << shift, ref(d), ref(e)),
            L.BLOCK: lambda: Block(t0, dur, thread, site(a), OPERATIONS[b], c, d),
            L.THREAD_BORN: lambda: ThreadBorn(t0, thread, a, text[b], c, d),
            L.THREAD_END: lambda: ThreadEnd(t0, thread, a, text[b]),
            L.LOOP_RUN: lambda: LoopRun(t0, dur, thread, a, text[b]),
            L.WORK: lambda: Work(t0, dur, thread, a, text[b], c << shift, ref(d), e),
            L.CHILD: lambda: Child(t0, thread, a, L.METHODS[b], text[c]),
            L.CHILD_END: lambda: ChildEnd(t0, thread, a, b - 256 if b else None),
            L.NOTE: lambda: Note(t0, thread, text[a], text[b]),
            L.TASK_NAME: lambda: TaskName(t0, thread, a, text[b]),
            L.LOOP_BORN: lambda: LoopBorn(t0, thread, a, text[b]),
            L.EXEC: lambda: Exec(t0, thread, text[a]),
        }
        return build[kind]()

    def registers(self, data: bytes) -> Iterator[InProgress]:
        for i in range(L.REGISTER_COUNT):
            at = L.REGISTERS_AT + i * L.REGISTER_SIZE
            step_t0, task, block_t0, call, obj, thread = L.REGISTER.unpack_from(data, at)
            if step_t0 or block_t0:
                site, operation = divmod(call, 1 << L.CALL_SHIFT)
                op = OPERATIONS[operation] if block_t0 else ""
                yield InProgress(thread, step_t0, task, block_t0, op, self._site(site), obj)

    def _site(self, number: int) -> Site | None:
        return self.sites[number] if number else None

    def _ref(self, word: int) -> Ref:
        kind, number = REFERENCES[word >> L.REF_SHIFT], word & ((1 << L.REF_SHIFT) - 1)
        is_text = kind in ("callback", "ended", "failed", "cancelled")
        return Ref(kind, number, self.texts[number] if is_text else "")
