"""Making a comparison: who is run, what is told meanwhile, and that stopping it leaves nothing behind."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from concviz.core.lab import compare_run, comparing
from concviz.core.lab.asked import Asked, which_models
from concviz.core.lab.compare_run import Stage
from concviz.core.lab.compare_thread import ComparisonThread, State
from concviz.core.lab.comparing import Job, Stopped
from concviz.core.launch import folder
from concviz.core.launch.errors import LaunchError
from concviz.core.launch.sessions import recent

QUICK = Asked("count", ("sequential", "threading", "asyncio"), repeat=2, size=2, latency_s=0.001)


def test_what_happens_is_told_in_order() -> None:
    told: list[tuple[str, int, bool, int]] = []
    sessions: list[Path] = []

    def tell(stage: Stage) -> None:
        told.append((stage.model, stage.number, stage.session is not None, len(stage.found.runs)))
        if stage.session is not None:
            sessions.append(stage.session)

    found = compare_run.compare(QUICK, tell)
    assert told == [
        ("", 0, False, 0),
        ("sequential", 1, False, 0), ("sequential", 1, True, 0),
        ("sequential", 2, False, 1), ("sequential", 2, True, 1), ("", 0, False, 1),
        ("", 0, False, 1),  # threading does not fit
        ("asyncio", 1, False, 1), ("asyncio", 1, True, 1), ("asyncio", 2, False, 2), ("asyncio", 2, True, 2),
        ("", 0, False, 2),
    ]
    assert [run.session for runs in found.runs.values() for run in runs] == sessions
    assert list(found.absent) == ["threading"]
    known = {one.path: one for one in recent(99, sessions[0].parent)}
    assert all(known[session].of_comparison for session in sessions)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts descriptors in /proc")
def test_many_runs_keep_no_descriptors() -> None:
    def after(stage: Stage) -> None:
        if stage.model and stage.session is None:
            kept.append(len(list(Path("/proc/self/fd").iterdir())))

    kept: list[int] = []
    compare_run.compare(Asked("count", ("sequential",), repeat=4, size=2, latency_s=0.001), after)
    assert len(set(kept[1:])) == 1


def test_stopped_in_the_middle_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    stop, begun = threading.Event(), list[Path]()

    def tell(stage: Stage) -> None:
        if stage.session is not None:
            begun.append(stage.session)
            stop.set()

    with pytest.raises(Stopped):
        compare_run.compare(Asked("fetch", ("sequential",), latency_s=5.0), tell, stop)
    assert list(tmp_path.iterdir()) == []
    (session,) = begun
    start = json.loads((session / "session.json").read_bytes())
    _gone, alive = psutil.wait_procs(
        [psutil.Process(pid) for pid in (start["pid"], start["recorder_pid"]) if psutil.pid_exists(pid)], 30)
    assert alive == []
    assert folder.read_status(session) is not None


def test_the_thread_stops_and_says_so() -> None:
    thread = ComparisonThread(Asked("fetch", ("sequential",), latency_s=5.0))
    thread.start()
    thread.stop()
    thread.join()
    assert (thread.snapshot.state, thread.snapshot.progress) == (State.STOPPED, None)


def test_what_cannot_be_done_is_told_in_the_snapshot() -> None:
    thread = ComparisonThread(Asked("count", ("threading",), size=2))
    thread.start()
    thread.join()
    assert thread.snapshot.state is State.FAILED
    assert thread.snapshot.trouble.startswith("no model could do count; threading: ")


def test_a_fault_of_ours_ends_the_comparison_not_the_screen() -> None:
    def broken(*_: object) -> None:
        raise KeyError("oops")

    thread = ComparisonThread(QUICK, compare=broken)  # type: ignore[arg-type]
    thread.start()
    thread.join()
    assert (thread.snapshot.state, thread.snapshot.trouble) == (State.FAILED, "KeyError: 'oops'")


def test_a_server_that_cannot_listen_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextlib.contextmanager
    def mute(latency: float) -> Iterator[int]:
        yield int(b"")

    monkeypatch.setattr(comparing, "slow_server", mute)
    job = Job("fetch", ("fetch",), 1, True, True, 0.1, (3, 11), 60.0)
    with pytest.raises(LaunchError, match="cannot listen"), comparing.scenery(job):
        pass


def test_the_models_are_in_their_usual_order() -> None:
    assert which_models(" asyncio ,sequential,") == ("sequential", "asyncio")
    assert len(which_models("")) == 9
    with pytest.raises(LaunchError, match="did you mean asyncio"):
        which_models("asincio")
