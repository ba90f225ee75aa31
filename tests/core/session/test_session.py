"""A session being read: its facts, its gauges, its names, what the program printed."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from concviz.core.agent import layout as L
from concviz.core.model import Known
from concviz.core.session.alive import is_alive
from concviz.core.session.names import Names
from concviz.core.session.session import Session
from concviz.core.system import layout as S
from tests.core.timeline.build import Story, ns
from tests.core.timeline.stories import read


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return Story(tmp_path / "session", command=["python", "app.py"])


def test_the_facts(story: Story) -> None:
    app = story.process(100, dropped=3)
    app.fact("argv", "python", "app.py").fact("version", "3.12.1")
    app.thread("main", tid=100, main=True)
    app.note(5, "asyncio", "switched off: no reason")
    info = (opened := read(story.end(50, exit_code=2).write())).info
    assert (info.command, info.python) == (("python", "app.py"), "3.13.0")
    assert (info.exit_code, info.signal) == (2, None)
    assert (info.events, info.dropped, info.complete, info.running) == (2, 3, True, False)
    assert info.end_ns == ns(50)
    assert "p100: asyncio: switched off: no reason" in opened.notes
    assert any("3 records could not be written" in note for note in opened.notes)


def test_reading_stops_when_there_is_nothing_more_to_come(story: Story) -> None:
    story.process(100).thread("main", tid=100, main=True)
    session = Session.open(story.end(50).write(), alive=lambda pid, ticks: False)
    assert session.advance(ns(60))
    assert not session.advance(ns(61))


def test_a_living_session_is_caught_up_when_all_that_is_there_was_read(story: Story) -> None:
    main = story.process(100).thread("main", tid=100, main=True)
    for i in range(10):
        main.block(2 * i, 2 * i + 1, L.OP_SLEEP)
    session = Session.open(story.write(), alive=lambda pid, ticks: True)
    assert not session.caught_up
    assert session.advance(ns(30), limit=6)
    assert not session.caught_up
    assert session.advance(ns(31), limit=6)
    assert session.caught_up
    assert session.info.events == 11
    assert session.advance(ns(32))  # more may come all the same
    assert session.caught_up


def test_a_session_lives_while_its_program_or_its_recorder_does(story: Story) -> None:
    story.process(100, start_ticks=77).thread("main", tid=100, main=True)
    asked: list[tuple[int, int]] = []
    living = [True]

    def alive(pid: int, ticks: int) -> bool:
        asked.append((pid, ticks))
        return living[0] and pid == 100

    session = Session.open(story.write(), alive=alive)
    session.advance(ns(10))
    session.advance(ns(1000))
    assert session.info.running
    assert (100, 77) in asked  # a reused pid is told by when it began
    living[0] = False
    session.advance(ns(2000))
    assert not session.info.running
    assert not session.info.complete


def test_a_clock_that_began_anew_means_the_machine_did(story: Story) -> None:
    story.process(100).thread("main", tid=100, main=True)
    session = Session.open(story.write(), alive=lambda pid, ticks: True)
    session.advance(5)
    assert not session.info.running


def test_the_pid_may_come_later(story: Story) -> None:
    path = story.write()
    whole = json.loads((path / "session.json").read_text())
    (path / "session.json").write_text(json.dumps(whole | {"pid": None}))
    session = Session.open(path, alive=lambda pid, ticks: True)
    session.advance(ns(1))
    assert session.info.pid == 0
    (path / "session.json").write_text(json.dumps(whole))
    session.advance(ns(2))
    assert session.info.pid == 100
    assert [w.id for w in session.timeline.workers] == ["p100"]


def test_what_the_program_printed(story: Story) -> None:
    story.output = b"hello\n\x1b[31mworld"
    session = read(story.end(5).write())
    data, at = session.output(0)
    assert (data, at) == (b"hello\n\x1b[31mworld", 16)
    assert session.output(at) == (b"", at)
    assert session.output(11) == (b"world", 16)
    assert session.output(-1)[1] == 16


def test_the_gauges(story: Story) -> None:
    app = story.process(100)
    app.thread("main", tid=100, main=True)
    app.thread("other", tid=101, born=1)
    for i in range(11):
        story.usage(100 * i, 100, 50.0 * i, rss=4096, status="S", core=1)
        for core in (0, 1):
            story.sampled(100 * i, S.Record.CORE, 0, 0, core, i * 10, i * 30 if core else i * 10)
        story.sampled(100 * i, S.Record.GIL, 100, 101, 2, 40 * i)
    story.sampled(1000, S.Record.SWITCHES, 100, 0, 7, 12, 3)
    system = read(story.end(1100).write()).system
    gauge = system.process(100)
    assert gauge is not None
    assert gauge.cpu_percent == pytest.approx(50)
    assert (gauge.core, gauge.rss_bytes, gauge.status) == (1, 4096, "S")
    assert (gauge.threads, gauge.voluntary, gauge.involuntary) == (7, 12, 3)
    assert system.cores() == pytest.approx((0.5, 0.25))
    gil = system.gil(100)
    assert gil is not None
    assert (gil.holder_tid, gil.waiting, gil.known) == (101, 2, Known.SAMPLED)
    assert gil.holder is not None
    assert gil.switches_per_s == pytest.approx(400)
    assert (system.process(9), system.gil(9)) == (None, None)


def test_a_counter_of_which_nothing_more_is_told_stands_still(story: Story) -> None:
    story.process(100).thread("main", tid=100, main=True)
    for i in range(11):
        story.sampled(100 * i, S.Record.GIL, 100, 100, 1, 40 * i)
        story.usage(100 * i, 100, 100.0 * i)
    story.sweep(3000)
    asleep = read(story.end(3100).write()).system
    gil, process = asleep.gil(100), asleep.process(100)
    assert gil is not None
    assert process is not None
    assert (gil.switches_per_s, process.cpu_percent) == (0, 0)


def test_a_counter_that_moves_again_has_moved_since_then(story: Story) -> None:
    story.process(100).thread("main", tid=100, main=True)
    for t, hand_overs in ((0, 0), (5000, 0), (5500, 200)):
        story.sampled(t, S.Record.GIL, 100, 100, 1, hand_overs)
    gil = read(story.end(5600).write()).system.gil(100)
    assert gil is not None
    assert gil.switches_per_s == pytest.approx(200)


def test_a_gil_that_cannot_be_read_says_why(story: Story) -> None:
    story.process(100)
    story.sample_texts.append("no rights")
    story.sampled(5, S.Record.RADAR, 100, 0, 1)
    gil = read(story.end(10).write()).system.gil(100)
    assert gil is not None
    assert (gil.known, gil.why_not) == (Known.INFERRED, "no rights")


def test_names_are_unescaped_and_cleaned_and_read_as_they_grow(tmp_path: Path) -> None:
    path = tmp_path / "x.names"
    names = Names(path)
    assert not names.advance()
    path.write_bytes(
        b"T\t1\ta\\tb\\\\n\nT\t2\tapp.py\nT\t3\tmain\nS\t1\t2\t7\t3\t0\t0\n"
        b"M\targv\tpython\ta b\nT\t4\thal"
    )
    names.advance()
    assert names.text(1) == "a␉b\\n"
    assert names.text(4) == ""
    site = names.site(1)
    assert site is not None
    assert (site.file, site.line, site.function) == ("app.py", 7, "main")
    assert names.facts["argv"] == ("python", "a b")
    with path.open("ab") as file:
        file.write(b"f\n")
    names.advance()
    assert names.text(4) == "half"
    assert names.damaged == 0


def test_is_alive() -> None:
    assert is_alive(os.getpid())
    assert not is_alive(0)
    assert not is_alive(-1)
    assert not is_alive(1 << 40)
    with open("/proc/self/stat", "rb") as file:
        ticks = int(file.read().rpartition(b")")[2].split()[19])
    assert is_alive(os.getpid(), ticks)
    assert not is_alive(os.getpid(), ticks + 1)
