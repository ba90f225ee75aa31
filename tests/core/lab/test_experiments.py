"""The experiments run by themselves, do the same work, and leave nothing behind however they end."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys

import psutil
import pytest

from concviz.core.lab.catalog import EXPERIMENTS, Experiment

LAB = EXPERIMENTS[0].path.parent

each = pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda experiment: experiment.key)


@each
def test_every_page_is_fetched(experiment: Experiment) -> None:
    small = ("--requests", "12", "--latency", "0.002")
    command = [sys.executable, str(experiment.path), *experiment.args, *small]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert "12 pages, 211,200 bytes" in done.stdout


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
