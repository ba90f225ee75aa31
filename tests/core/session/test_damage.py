"""Sessions that are missing, empty, cut short, damaged or from the future: what is readable opens."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concviz.core.agent import layout as L
from concviz.core.insight.stats import stats
from concviz.core.session.session import Session, SessionError
from tests.core.session.small import events, some, story
from tests.core.timeline.build import Story, ns
from tests.core.timeline.stories import read


@pytest.fixture
def session(tmp_path: Path) -> Path:
    return story(tmp_path / "session").write()


def test_what_is_not_there_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").mkdir()
    for name, words in (("nothing", "no session"), ("file", "a folder"), ("empty", "holds no session")):
        with pytest.raises(SessionError, match=words) as error:
            Session.open(tmp_path / name)
        assert "\n" not in str(error.value)


def test_of_a_pack_without_its_suffix_it_is_said_which_is_there(tmp_path: Path) -> None:
    (tmp_path / "trace.cviz").write_bytes(b"")
    with pytest.raises(SessionError, match=r"there is no session \S+trace: did you mean \S+trace\.cviz\?$"):
        Session.open(tmp_path / "trace")


def test_a_newer_format_is_refused_and_its_own_is_read(session: Path) -> None:
    data = json.loads((session / "session.json").read_text())
    (session / "session.json").write_text(json.dumps(data | {"format": 2}))
    with pytest.raises(SessionError, match="newer concviz"):
        Session.open(session)


def test_a_log_of_a_newer_format_is_left_out_with_a_note(session: Path) -> None:
    log = events(session)
    data = bytearray(log.read_bytes())
    data[8:12] = (L.FORMAT + 1).to_bytes(4, "little")
    log.write_bytes(data)
    opened = read(session)
    assert opened.info.events == 0
    assert any("newer" in note for note in opened.notes)


def test_without_session_json_the_logs_still_open(session: Path) -> None:
    for damage in (b"", b"{", b"[1]", b"\xff" * 100):
        (session / "session.json").write_bytes(damage)
        opened = read(session)
        assert opened.info.events == 24
        assert any("session.json" in note for note in opened.notes)


def test_cut_in_half_it_keeps_its_first_half(session: Path) -> None:
    log = events(session)
    log.write_bytes(log.read_bytes()[: L.RECORDS_AT + 10 * L.RECORD_SIZE + 17])
    opened = read(session)
    assert opened.info.events == 10
    assert opened.info.complete


def test_an_empty_log_is_not_called_damaged(session: Path) -> None:
    """A process without room for its log, as under a limit on the size of files, leaves an empty one."""
    log = events(session)
    log.write_bytes(b"")
    opened = read(session)
    assert opened.notes == (
        f"{log.name}: nothing could be written into it: a full disk, or a limit on the size of files?",)
    assert not opened.info.complete


def test_a_damaged_header_is_told_by_the_name(session: Path) -> None:
    log = events(session)
    data = bytearray(log.read_bytes())
    data[:200] = bytes(200)
    log.write_bytes(data)
    opened = read(session)
    assert opened.info.events == 24
    assert any("header" in note for note in opened.notes)


def test_a_hole_is_counted_and_skipped(session: Path) -> None:
    log = events(session)
    data = bytearray(log.read_bytes())
    data[L.RECORDS_AT + 5 * 40 : L.RECORDS_AT + 8 * 40] = bytes(120)
    log.write_bytes(data)
    opened = read(session)
    assert (opened.info.events, opened.info.dropped) == (21, 3)


def test_records_whose_marks_do_not_match_are_not_passed_over_in_silence(session: Path) -> None:
    log = events(session)
    data = bytearray(log.read_bytes())
    for at in range(L.RECORDS_AT, L.RECORDS_AT + 24 * 40, 40):
        data[at + 36] ^= 1
    log.write_bytes(data)
    opened = read(session)
    assert (opened.info.events, opened.info.dropped) == (0, 24)
    assert opened.notes == (f"{log.name}: 24 records cannot be read: their commit marks are wrong",)


def test_the_records_of_the_last_instant_need_no_note(session: Path) -> None:
    """Who is killed may just have been writing them."""
    log = events(session)
    data = bytearray(log.read_bytes())
    data[L.RECORDS_AT + 23 * 40 + 36] ^= 1
    log.write_bytes(data)
    opened = read(session)
    assert (opened.info.events, opened.info.dropped, opened.notes) == (23, 0, ())


def test_a_hole_in_a_living_session_is_given_a_second(session: Path) -> None:
    (session / "end.json").unlink()
    log = events(session)
    whole = log.read_bytes()
    data = bytearray(whole)
    data[L.RECORDS_AT + 5 * 40 : L.RECORDS_AT + 6 * 40] = bytes(40)
    log.write_bytes(data)
    opened = Session.open(session, alive=lambda pid, ticks: True)
    opened.advance(ns(200))
    opened.advance(ns(1100))
    assert (opened.info.events, opened.info.dropped) == (5, 0)
    log.write_bytes(whole)  # its writer had only been interrupted
    opened.advance(ns(1150))
    assert (opened.info.events, opened.info.dropped) == (24, 0)


def test_a_hole_that_stays_is_left_behind(session: Path) -> None:
    (session / "end.json").unlink()
    log = events(session)
    data = bytearray(log.read_bytes())
    data[L.RECORDS_AT + 5 * 40 : L.RECORDS_AT + 6 * 40] = bytes(40)
    log.write_bytes(data)
    opened = Session.open(session, alive=lambda pid, ticks: True)
    opened.advance(ns(200))
    opened.advance(ns(1201))
    assert (opened.info.events, opened.info.dropped) == (23, 1)


def test_impossible_times_do_not_stretch_the_timeline(tmp_path: Path) -> None:
    made = story(tmp_path / "session")
    app = made.processes[0]
    app.record(96, L.BLOCK, None, 10**12, 0)
    opened = read(made.write())
    assert opened.info.dropped == 1
    assert opened.timeline.end_ns == ns(100)


def test_a_recorder_that_died_leaves_an_incomplete_session(session: Path) -> None:
    (session / "end.json").unlink()
    opened = read(session)
    assert not opened.info.running
    assert not opened.info.complete
    assert any("cut off" in note for note in opened.notes)
    assert [str(w.outcome) for w in opened.timeline.workers] == ["done", "done", "killed"]
    assert opened.timeline.end_ns == ns(95)


def test_names_of_the_worst_kind_are_harmless(tmp_path: Path) -> None:
    made = Story(tmp_path / "session")
    app = made.process(100)
    main = app.thread("Main\x1b[31m\nThread", tid=100, main=True)
    for i, name in enumerate(("[bold]x[/]", "\x9b2J", "a" * 10_000, "漢字🎉", "\u202eevil", "tab\there")):
        main.task(name, born=i + 1)
    timeline = read(made.end(50).write()).timeline
    names = [w.name for w in timeline.workers]
    assert all(name.isprintable() and len(name) <= 200 for name in names)
    assert "Main␛[31m␊Thread" in names
    assert {"[bold]x[/]", "漢字🎉", "\\u202eevil", "tab␉here"} <= set(names)


@some
@given(st.integers(0, 10**9), st.sampled_from((".events", ".names", "system.log", "end.json")))
def test_random_bytes_anywhere_never_raise(
    tmp_path_factory: pytest.TempPathFactory, seed: int, where: str
) -> None:
    session = story(tmp_path_factory.mktemp("damage") / "session").write()
    chance = random.Random(seed)
    found = [p for p in session.rglob(f"*{where}") if p.is_file() and p.stat().st_size]
    for path in found:
        data = bytearray(path.read_bytes())
        for _ in range(chance.randrange(1, 40)):
            at = chance.randrange(len(data))
            size = min(chance.choice((1, 4, 40, 400)), len(data) - at)
            data[at : at + size] = chance.randbytes(size)
        path.write_bytes(data[: chance.randrange(len(data))] if chance.random() < 0.3 else data)
    json.dumps(stats(read(session)))


@some
@given(st.integers(0, 10**9))
def test_records_of_nonsense_never_raise(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    made = story(tmp_path_factory.mktemp("nonsense") / "session")
    chance = random.Random(seed)

    def word() -> int:
        return chance.choice((0, 1, 2, chance.getrandbits(32), chance.getrandbits(28) | 7 << 28))

    app = made.processes[0]
    for _ in range(60):
        record = app.record(chance.uniform(0, 99), chance.randrange(64), None, chance.uniform(0, 99), 0)
        third = record.words[2] | chance.randrange(5) << 8 | chance.randrange(4) << 6
        record.words = (*record.words[:2], third, *(word() for _ in range(5)))
        made.sampled(
            chance.uniform(0, 99), chance.randrange(12), chance.choice((100, 7)),
            chance.choice((100, 101)), word(), chance.getrandbits(40), chance.getrandbits(40),
        )
    figures = stats(read(made.write()))
    for worker in figures["workers"]:
        assert all(value >= 0 for value in worker["time_s"].values())
