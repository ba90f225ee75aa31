"""``concviz export``: what it writes where, what it refuses, and that nothing half-written keeps the name."""

from __future__ import annotations

import argparse
import json
import os
import signal
import stat
import subprocess
from pathlib import Path

import pytest

from concviz import cli_export, cli_export_options
from concviz.cli_export_options import size_px, time_ns
from concviz.core.export.formats import FORMATS
from tests.core.launch.commands import CONCVIZ, OnTerminal, concviz
from tests.tui.sessions import crawl


@pytest.fixture
def session(tmp_path: Path) -> Path:
    return crawl(tmp_path / "crawl").path


def test_a_file_named_after_the_session_in_this_folder(session: Path, tmp_path: Path) -> None:
    done = concviz("export", session, "--to", "csv", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, b"")
    assert done.stderr.startswith(b"concviz: exported to crawl.csv (")
    written = tmp_path / "crawl.csv"
    assert written.read_text("utf-8").startswith("worker,start_ns,end_ns,")
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(written.stat().st_mode) == 0o666 & ~mask
    assert sorted(path.name for path in tmp_path.iterdir()) == ["crawl", "crawl.csv"]


def test_stdout_holds_the_export_and_nothing_else(session: Path) -> None:
    done = concviz("export", session, "--to", "json", "-o", "-", "--from", "500ms", "--to-time", "0.6")
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["window"] == {"from_ns": 500_000_000, "to_ns": 600_000_000}


def test_an_existing_file_is_replaced_only_when_told_to(session: Path, tmp_path: Path) -> None:
    target = tmp_path / "mine.csv"
    target.write_text("mine")
    target.chmod(0o640)
    refused = concviz("export", session, "--to", "csv", "-o", target)
    assert refused.returncode == 2
    assert b"exists: --force replaces it" in refused.stderr
    assert target.read_text() == "mine"
    assert concviz("export", session, "--to", "csv", "-o", target, "--force").returncode == 0
    assert target.read_text().startswith("worker,")
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


@pytest.mark.parametrize(("words", "says", "code"), [
    (["--to", "perfeto"], "there is no format 'perfeto', did you mean perfetto?", 2),
    (["--to", "\x1b[31m"], "there is no format '␛[31m'", 2),
    ([], "the following arguments are required: --to", 2),
    (["--to", "csv", "--from", "soon"], "'soon' is no time: say 1.5 (seconds), 1500ms", 2),
    (["--to", "csv", "--from", "-1"], "", 2),
    (["--to", "csv", "--from", "9"], "there is nothing from 9 s on", 2),
    (["--to", "csv", "--lanes", "nobody"], "no worker with 'nobody' in its name", 2),
    (["--to", "csv", "--size", "800x600"], "are for pictures: csv has neither", 2),
    (["--to", "svg", "--size", "big"], "'big' is no size: say 1200x800", 2),
    (["--to", "html", "--wakes", "all"], "--wakes goes with svg: html has all wake-ups, or none", 2),
    (["--to", "svg", "--theme", "drak"], "there is no theme 'drak', did you mean dark?", 2),
    (["--to", "csv", "--animate"], "--animate goes with svg, not with csv", 2),
    (["--to", "csv", "-o", "."], "'.' is a folder", 2),
    (["--to", "csv", "-o", "no/such/folder/x.csv"], "'no/such/folder/x.csv' cannot be written: No such", 3),
])
def test_wrong_usage_is_refused_in_one_line(
    session: Path, tmp_path: Path, words: list[str], says: str, code: int,
) -> None:
    done = concviz("export", session, *words, cwd=tmp_path)
    text = done.stderr.decode()
    assert text.startswith("concviz: ")
    assert text.count("\n") == 1
    assert says in text
    assert (done.returncode, done.stdout) == (code, b"")
    assert [path.name for path in tmp_path.iterdir()] == ["crawl"]


def test_no_session_is_told_in_one_line(tmp_path: Path) -> None:
    done = concviz("export", tmp_path / "none", "--to", "csv", cwd=tmp_path)
    assert done.returncode == 3
    assert done.stderr.count(b"\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("trouble", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_what_goes_wrong_half_way_leaves_nothing_new(tmp_path: Path, trouble: BaseException) -> None:
    target = tmp_path / "x.svg"
    target.write_text("before")
    writing = cli_export.replacing(target)
    out = writing.__enter__()
    out.write(b"half")
    out.flush()
    assert target.read_text() == "before"
    assert not writing.__exit__(type(trouble), trouble, None)
    assert [path.name for path in tmp_path.iterdir()] == ["x.svg"]
    assert target.read_text() == "before"


def test_a_full_disk_is_one_line(session: Path) -> None:
    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full here")
    done = concviz("export", session, "--to", "csv", "-o", "/dev/full")
    assert done.returncode == 3
    assert done.stderr == b"concviz: '/dev/full' cannot be written: No space left on device\n"


def test_a_pipe_is_written_to_and_not_replaced(session: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen([*CONCVIZ, "export", session, "--to", "csv", "-o", pipe]) as export:
        assert pipe.read_text().startswith("worker,")
        assert export.wait() == 0
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_link_stays_a_link(session: Path, tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_text("before")
    link = tmp_path / "link.csv"
    link.symlink_to("real.csv")
    assert concviz("export", session, "--to", "csv", "-o", link, "--force").returncode == 0
    assert link.is_symlink()
    assert (tmp_path / "real.csv").read_text().startswith("worker,")


def test_a_reader_that_leaves_ends_it_quietly(session: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = concviz("export", session, "--to", "json", "-o", "-", stdout=writer)
    os.close(writer)
    assert (done.returncode, done.stderr) == (-signal.SIGPIPE, b"")


def test_progress_is_shown_on_a_terminal_once_it_takes_long(session: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from concviz import cli_progress; cli_progress._SOON_S = -1\n"
        "from concviz.__main__ import main\n"
        f"sys.exit(main(['export', {str(session)!r}, '--to', 'csv', '-o', {str(tmp_path / 'x.csv')!r}]))")
    terminal = OnTerminal([CONCVIZ[0], "-c", code])
    assert terminal.end() == 0
    assert b"writing" in terminal.shown
    assert b"100%" in terminal.shown
    assert b"exported to" in terminal.shown


@pytest.mark.parametrize(("text", "ns"), [
    ("1.5", 1_500_000_000), ("1500ms", 1_500_000_000), ("250us", 250_000), ("250 µs", 250_000), ("7ns", 7),
    ("2min", 120_000_000_000), (".5s", 500_000_000), ("0", 0), ("0.000000001", 1), ("1.", 1_000_000_000),
])
def test_times(text: str, ns: int) -> None:
    assert time_ns(text) == ns


@pytest.mark.parametrize("text", ["", "s", "1h", "-1", "1e3", "nan", "1,5", "1:30", "1.5.5", "٣", "9" * 40])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is no time"):
        time_ns(text)


def test_sizes() -> None:
    assert (size_px("1200x800"), size_px("640×480"), size_px("900")) == ((1200, 800), (640, 480), (900, None))
    for text in ("", "x", "12x", "-1x2", "1x2x3"):
        with pytest.raises(argparse.ArgumentTypeError):
            size_px(text)


def test_help_names_every_format() -> None:
    done = concviz("export", "--help")
    assert done.returncode == 0
    text = " ".join(done.stdout.decode().split())
    assert all(f" {name}" in text for name in FORMATS)
    assert set(FORMATS) >= {line.split()[0] for line in cli_export_options.FORMATS.splitlines()[1:7]}


def test_every_format_has_its_own_ending() -> None:
    assert len({form.extension for form in FORMATS.values()}) == len(FORMATS)
