"""The experiments run by themselves, do the same work, and leave nothing behind however they end."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys

import psutil
import pytest

from concviz.core.lab import adjusting, workloads
from concviz.core.lab.catalog import EXPERIMENTS, GROUPS, Experiment
from concviz.core.lab.listing import listing
from tests.interpreters import everywhere

LAB = EXPERIMENTS[0].path.parent

FETCHING = [experiment for experiment in EXPERIMENTS if experiment.key.startswith("fetch_")]

each = pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda experiment: experiment.key)


SMALL = {"tiny-jobs": 20}
"""How many items are enough to see that it runs; 2 for the others."""


def _run(experiment: Experiment, *args: str, python: str = sys.executable) -> str:
    """What it prints; it must end well and complain about nothing."""
    command = [python, *adjusting.words(experiment), *args]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize("experiment", FETCHING, ids=lambda experiment: experiment.key)
def test_every_page_is_fetched(experiment: Experiment) -> None:
    small = ("--requests", "12", "--latency", "0.002")
    assert "12 pages, 211,200 bytes" in _run(experiment, *small)


def test_a_payer_alone_loses_nothing() -> None:
    threads, tasks = (_named(f"lost_update_{way}") for way in ("threads", "asyncio"))
    assert _run(threads, "--threads", "1") == "paid in 100, balance 100: nothing is lost\n"
    assert _run(tasks, "--tasks", "1") == "paid in 100, balance 100: nothing is lost\n"


def test_tasks_lose_a_payment_in_the_loops_own_order() -> None:
    assert _run(_named("lost_update_asyncio")) == "paid in 200, balance 100: 100 LOST\n"


def test_what_is_held_says_which_keys_to_press() -> None:
    held = [experiment for experiment in EXPERIMENTS if experiment.held]
    assert [each.key for each in held] == ["lost_update_threads", "lost_update_asyncio", "lock_order"]
    for experiment in held:
        for line in re.findall(r"\(line (\d+)\)", experiment.keys):
            assert experiment.path.read_text().splitlines()[int(line) - 1].strip().startswith("with ")
        assert ("o shows what is lost" in experiment.keys) is experiment.key.startswith("lost_update")


@each
def test_a_learner_reads_no_remarks_to_tools(experiment: Experiment) -> None:
    assert not re.search(r"#\s*(noqa|type:|pragma|fmt:)", experiment.path.read_text())


def _named(key: str) -> Experiment:
    return next(experiment for experiment in EXPERIMENTS if experiment.key == key)


def test_there_are_all_of_them() -> None:
    ours = {experiment.workload for experiment in EXPERIMENTS} - {""}
    assert ours == set(workloads.NAMES)
    assert sum(experiment.group == GROUPS[2] for experiment in EXPERIMENTS) == 8
    assert {experiment.group for experiment in EXPERIMENTS} == set(GROUPS)


@everywhere(since=(3, 11))
@pytest.mark.parametrize(
    "experiment", [e for e in EXPERIMENTS if e.workload], ids=lambda experiment: experiment.key)
def test_a_workload_runs_by_the_model_it_is_shown_with(experiment: Experiment, python: str) -> None:
    size = str(SMALL.get(experiment.key, 2))
    latency = ("--latency", "0.001") if "latency" in adjusting.takes(experiment) else ()
    assert f"{experiment.key} by {experiment.model}: {size} items" in _run(
        experiment, "--size", size, *latency, python=python)


@each
def test_its_source_can_be_read(experiment: Experiment) -> None:
    for model in experiment.models or (experiment.model,):
        files = listing(experiment, model)
        assert len(files) == (2 if experiment.workload else 1)
        assert all(text.startswith('"""') for _, text in files), model


@each
def test_it_can_be_explained(experiment: Experiment) -> None:
    assert experiment.path.is_file()
    assert experiment.explanation.count(". ") == 1, "two sentences"
    assert experiment.explanation.endswith(".")
    assert experiment.title
    assert experiment.look_for.endswith(".")


def test_their_names_differ() -> None:
    assert len({experiment.key for experiment in EXPERIMENTS}) == len(EXPERIMENTS)


@pytest.mark.parametrize("deadly", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_server_goes_with_the_experiment(deadly: signal.Signals) -> None:
    program = "from server import slow_server\nwith slow_server(1) as port: print(port, flush=True); input()"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([sys.executable, "-c", program], cwd=LAB, **pipes) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        (server,) = psutil.Process(process.pid).children()
        process.send_signal(deadly)
    _, alive = psutil.wait_procs([server], timeout=30)
    assert alive == []
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
