"""``concviz compare``: what it prints from fixed figures, what it refuses, some runs from end to end."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from rich.cells import cell_len
from rich.console import Console

from concviz.cli_compare_table import shown
from concviz.core import language
from concviz.core.lab import models
from concviz.core.lab.comparing import Run, RunError
from concviz.core.lab.comparison import Comparison
from tests.core.launch.commands import concviz
from tests.core.timeline.build import Story, ns
from tests.tui.comparisons import figures


@pytest.fixture
def found(tmp_path: Path) -> Comparison:
    """Two models measured, the second twice, one not available."""
    made = Comparison("fetch", ["sequential", "asyncio", "interpreters"], 2)
    for number, (model, wall_s) in enumerate((("sequential", 2.0), ("asyncio", 0.1), ("asyncio", 0.12))):
        story = Story(tmp_path / f"session-{number}")
        story.process(100, closed=990).thread("MainThread", tid=100, main=True)
        of = figures(wall_s, concurrency=20.0 if model == "asyncio" else 1.0)
        made.add(Run(model, of, story.end(1000).write(), 7, (ns(100), ns(900))))
    made.leave_out("interpreters", "it came with [3.14]")
    return made


def text(comparison: Comparison, width: int = 160) -> str:
    file = io.StringIO()
    Console(file=file, width=width, no_color=True).print(shown(comparison, width, plain=True))
    return file.getvalue()


def test_the_json_has_the_promised_shape(found: Comparison) -> None:
    told = json.loads(json.dumps(found.as_json(), allow_nan=False))
    assert (told["schema"], told["workload"], told["cores"]) == (1, "fetch", 2)
    sequential, asyncio, interpreters = told["models"]
    assert (sequential["model"], sequential["available"], sequential["why_not"]) == ("sequential", True, None)
    assert asyncio["wall_s"] == pytest.approx(0.11)
    assert asyncio["speedup"] == pytest.approx(2.0 / 0.11)
    assert asyncio["spread"]["wall_s"] == {"min": 0.1, "max": 0.12}
    assert asyncio["concurrency"] == {"mean": 20.0, "peak": 1}
    assert asyncio["shares"] == {"running": 0.02, "ready": 0.01, "waiting": 0.97}
    assert Path(asyncio["session"]).is_dir()
    assert (interpreters["available"], interpreters["why_not"]) == (False, "it came with [3.14]")
    assert set(interpreters) == set(sequential)
    assert interpreters["wall_s"] is None
    assert told["verdict"]["model"] == "asyncio"
    assert "fastest" in told["verdict"]["text"]


def test_the_table_tells_the_figures_the_lanes_and_the_verdict(found: Comparison) -> None:
    told = text(found)
    for part in ("fetch: 40 items on 2 cores, medians of 2 runs", "2.00 s", "110 ms ±9%".replace("9%", "9 %"),
                 "18×", "1 234", "24.2 MB", "interpreters: it came with [3.14]", "asyncio is the fastest"):
        assert part in told
    assert "median" not in text(_once(found))


@pytest.mark.parametrize("width", [60, 80, 200])
def test_the_table_speaks_russian(found: Comparison, width: int) -> None:
    language.use("ru")
    found.absent["interpreters"] = models.TOO_OLD
    told = text(found, width)
    for part in ("fetch: элементов: 40, ядер: 2, медианы, запусков: 2", "модель", "время",
                 "в этом Python нет Inter", "Быстрее всех asyncio"):
        assert part in " ".join(told.split())
    assert all(cell_len(line) <= width for line in told.splitlines())
    assert found.as_json()["models"][-1]["why_not"] == models.TOO_OLD, "JSON is the same in every language"


def _once(found: Comparison) -> Comparison:
    found.runs["asyncio"].pop()
    return found


@pytest.mark.parametrize("width", [60, 80, 200])
def test_no_line_is_wider_than_the_terminal(found: Comparison, width: int) -> None:
    assert all(cell_len(line) <= width for line in text(found, width).splitlines())


def test_without_sequential_there_is_no_speed_up(found: Comparison) -> None:
    found.leave_out("sequential", "it failed")
    assert found.as_json()["models"][1]["speedup"] is None
    assert "×" not in text(found)


def test_results_that_differ_are_no_result(found: Comparison) -> None:
    other = found.typical("asyncio")
    with pytest.raises(RunError, match="differ"):
        found.add(Run("threading", other.figures, other.session, 8, other.window_ns))


@pytest.mark.parametrize(("words", "why"), [
    (["ftech"], "there is no workload 'ftech', did you mean fetch?"),
    (["fetch", "--models", "asyncoi"], "there is no model 'asyncoi', did you mean asyncio?"),
    (["fetch", "--models", "xyzzy"], f"there are {', '.join(models.NAMES)}"),
    (["fetch", "--size", "0"], "'0' is no number from 1 to 100,000"),
    (["fetch", "--size", "1000000"], "'1000000' is no number from 1 to 100,000"),
    (["fetch", "--size", "٣"], "'٣' is no number from 1 to 100,000"),
    (["fetch", "--size", "9" * 5000], f"'{'9' * 500}"),
    (["fetch", "--latency", "nan"], "'nan' is no number of seconds"),
    (["fetch", "--workers", "0"], "'0' is no number from 1 to 500"),
    (["fetch", "--items", "3"], "--items goes with --call"),
    (["count", "--models", "threading"], "no model could do count"),
    ([], "say what to compare"),
    (["fetch", "--call", "math:sqrt"], "say what to compare: a function of yours"),
    (["--call", "math:sqrt"], "--call takes --items"),
    (["--call", "nowhere:f", "--items", "3"], "'nowhere' cannot be imported"),
    (["--call", "math:pi", "--items", "3"], "neither a plain function nor a coroutine function"),
    (["--call", "math:sqrt", "--items=-3:0", "--models", "threading"], "ValueError: math domain error"),
])
def test_what_cannot_be_compared_is_told_in_one_line(words: list[str], why: str) -> None:
    done = concviz("compare", *words)
    assert (done.returncode, done.stdout) == (2, b"")
    last = done.stderr.decode().splitlines()[-1]
    assert last.startswith("concviz: ")
    assert why in last


def test_a_comparison_from_end_to_end(tmp_path: Path) -> None:
    wanted = "sequential,thread-pool,process-pool,asyncio,interpreters"
    done = concviz("compare", "fetch", "--models", wanted, "--size", "6", "--latency", "0.01", "--json")
    assert done.returncode == 0
    assert b"1/5 fetch by sequential" in done.stderr
    told = json.loads(done.stdout)
    available = {model["model"]: model for model in told["models"] if model["available"]}
    assert {"sequential", "thread-pool", "process-pool", "asyncio"} <= set(available)
    for model in available.values():
        assert model["items"] == 6
        assert 0 < model["wall_s"] <= model["whole_s"]
        assert sum(model["shares"].values()) == pytest.approx(1)
        assert (Path(model["session"]) / "end.json").is_file()
    assert available["asyncio"]["concurrency"]["mean"] > available["sequential"]["concurrency"]["mean"]
    assert available["asyncio"]["steps"] >= 12
    assert told["verdict"]["model"] in available


def test_a_function_of_the_users_own_from_end_to_end(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("def double(x): return 2 * x\nunnamed = lambda x: x\n")
    wanted = "sequential,process-pool,asyncio"
    words = ("--call", "mine:unnamed", "--items", "5", "--models", wanted, "--json")
    done = concviz("compare", *words, cwd=tmp_path)
    told = {model["model"]: model for model in json.loads(done.stdout)["models"]}
    assert told["sequential"]["available"]
    assert "pickle" in told["process-pool"]["why_not"].lower()
    assert told["asyncio"]["why_not"] == "there is no coroutine function, which it takes"


@pytest.mark.parametrize(("how", "words", "processes"), [
    (signal.SIGINT, ["fetch", "--latency", "5"], 3),  # server, recorder, program
    (signal.SIGTERM, ["fetch", "--latency", "5"], 3),
    (signal.SIGINT, ["files", "--size", "100000"], 2),
])
def test_an_interrupt_leaves_nothing_behind(
    how: signal.Signals, words: list[str], processes: int, tmp_path: Path,
) -> None:
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-m", "concviz", "compare", *words, "--models", "sequential"]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        started = _children(process.pid, processes)
        process.send_signal(how)
        _, said = process.communicate(timeout=30)
    assert process.returncode in (-how, 128 + how)
    assert b"Traceback" not in said
    assert psutil.wait_procs(started, timeout=30)[1] == []
    assert list(tmp_path.iterdir()) == []


def _children(pid: int, number: int) -> list[psutil.Process]:
    """All processes below one, as soon as there are so many."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = psutil.Process(pid).children(recursive=True)
        if len(found) >= number:
            return found
        time.sleep(0.02)
    raise AssertionError("the program was not started")
