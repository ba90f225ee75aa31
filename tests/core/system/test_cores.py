"""The sampler tells on which core threads run, and which cores a process may use, also where that changes."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from concviz.core.system import layout as L
from concviz.core.system.affinity import Affinity
from concviz.core.system.writer import Writer
from tests.core.system.watch import Seen, kinds, program, records, watching

MINE = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
needs_two = pytest.mark.skipif(len(MINE) < 2, reason="needs two cores to choose from")

PINNED = """
os.sched_setaffinity(0, {%d})
begin("hog", hog)
ready()
"""


def affinities(seen: list[Seen], pid: int) -> list[tuple[int, int]]:
    return [(record.tid, record.a) for record in kinds(seen, L.Record.AFFINITY, pid)]


@needs_two
@pytest.mark.parametrize("core", MINE[:2])
def test_a_pinned_thread_is_seen_on_its_core_alone(tmp_path: Path, core: int) -> None:
    with program(sys.executable, PINNED % core) as tids, watching(tmp_path, tids["main"]) as watch:

        def cores_of(seen: list[Seen]) -> set[int]:
            values = [L.unpack_thread(r.value) for r in kinds(seen, L.Record.THREAD, tids["main"])
                      if r.tid == tids["hog"]]
            return {value.core for value in values if value.core >= 0}

        seen = watch.until(lambda seen: bool(cores_of(seen)))
        assert cores_of(seen) == {core}
        assert affinities(seen, tids["main"]) == [(core // 64, 1 << core % 64)] or core >= 64


@needs_two
def test_a_change_of_rights_is_written_once(tmp_path: Path) -> None:
    with program(sys.executable, "ready()") as tids, watching(tmp_path, tids["main"]) as watch:
        pid = tids["main"]
        watch.until(lambda seen: bool(affinities(seen, pid)))
        os.sched_setaffinity(pid, {MINE[0]})
        seen = watch.until(lambda seen: len({a for _, a in affinities(seen, pid)}) > 1)
        assert affinities(seen, pid)[-1] == (MINE[0] // 64, 1 << MINE[0] % 64)
        gauges = len(kinds(seen, L.Record.PROCESS, pid))
        later = watch.until(lambda seen: len(kinds(seen, L.Record.PROCESS, pid)) > gauges)
        assert affinities(later, pid) == affinities(seen, pid)


def test_many_cores_take_a_record_for_each_64(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 63, 130}, raising=False)
    writer = Writer(tmp_path)
    rights = Affinity(7)
    rights.write(writer, 1)
    rights.write(writer, 2)
    writer.close()
    told = [(r.t_ns, r.tid, r.value, r.a) for r in records(tmp_path)]
    assert told == [(1, 0, 3, 1 - (1 << 63)), (1, 1, 3, 0), (1, 2, 3, 4)]


def test_a_process_that_is_gone_has_no_rights(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    Affinity(4_000_001).write(writer, 1)  # above the greatest pid of the kernel
    writer.close()
    assert records(tmp_path) == []
