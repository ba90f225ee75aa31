"""One-file sessions: what goes in comes out, byte for byte; damage is told, never followed."""

from __future__ import annotations

import json
import os
import random
import resource
import struct
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from concviz.core.agent import layout as L
from concviz.core.insight.stats import stats
from concviz.core.launch import folder
from concviz.core.launch.trim import sizes, trim
from concviz.core.session import chunks, columns
from concviz.core.session.chunks import Codec
from concviz.core.session.pack import pack, unpack
from concviz.core.session.packed import Pack, facts, is_pack
from concviz.core.session.session import Session, SessionError
from tests.core.session.small import some, story
from tests.core.timeline.stories import read, stories

GIB = 1 << 30


@pytest.fixture
def session(tmp_path: Path) -> Path:
    """A session as its recorder leaves it, with everything a session may have."""
    made = story(tmp_path / "session")
    made.sample_site("app.py", 5, "fetch")
    made.output = b"hello\n\x1b[31m\xff"
    path = made.write()
    (path / "output.index").write_text("1 0\n")
    (path / "log.txt").write_text("something was said\n")
    (path / "schedule.jsonl").write_text('{"schedule": 1, "from_start": true, "environment": {}}\n')
    trim(path)
    folder.write_sizes(path, sizes(path))
    return path


@pytest.fixture
def packed(session: Path) -> Path:
    path = session.with_name("session.cviz")
    pack(session, path)
    return path


def content(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def figures(path: Path) -> str:
    return json.dumps(stats(read(path)))


def chunk(
    name: str, data: bytes, offset: int = 0, codec: Codec = Codec.PLAIN, size: int | None = None
) -> bytes:
    return chunks.header(codec, name, offset, len(data) if size is None else size, data) + data


# -- round trips ---------------------------------------------------------------------------------------------


def test_figures_of_a_session_its_pack_and_what_is_unpacked_are_the_same(session: Path, packed: Path) -> None:
    again = session.with_name("again")
    assert unpack(packed, again) == []
    assert figures(session) == figures(packed) == figures(again)
    assert read(packed).notes == read(session).notes
    assert read(packed).output(0) == read(session).output(0)
    assert content(again) == content(session)
    assert again.stat().st_mode & 0o777 == 0o700
    assert {p.stat().st_mode & 0o777 for p in again.rglob("*") if p.is_file()} == {0o600}


def test_a_packed_session_is_over_whoever_has_its_pids_now(session: Path) -> None:
    (session / "end.json").unlink()
    path = session.with_name("cut.cviz")
    pack(session, path, alive=lambda pid, ticks: False)
    opened = Session.open(path, alive=lambda pid, ticks: True)
    opened.advance(1 << 62)
    assert not opened.info.running
    assert any("cut off" in note for note in opened.notes)


def test_reserved_space_is_left_out(session: Path) -> None:
    log = next((session / "events").glob("*.events"))
    size = log.stat().st_size
    with open(log, "ab") as file:
        file.write(bytes(1 << 20))
    path = session.with_name("small.cviz")
    assert pack(session, path) < 10_000
    assert Pack(path).size(Path("events", log.name)) == size
    assert figures(path) == figures(session)


def test_what_is_none_of_a_session_stays_out(session: Path) -> None:
    for name in ("secret", "events/1-0-1.events.bak", "events/x.events"):
        (session / name).write_text("secret")
    (session / "events" / "1-0-1.names").symlink_to("/etc/hostname")
    path = session.with_name("clean.cviz")
    pack(session, path)
    assert set(Pack(path).names) == {name for name in content(session) if chunks.allowed(name)} - {
        "events/1-0-1.names"
    }


def test_facts_are_told_without_reading_the_rest(session: Path, packed: Path) -> None:
    found = facts(packed)
    assert found == {name: (session / name).read_bytes() for name in chunks.FIRST}
    assert facts(session / "session.json") == {}


@some
@given(st.data())
def test_any_possible_session_survives(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = tmp_path_factory.mktemp("any") / "session"
    data.draw(stories(path)).write()
    pack(path, path.with_name("s.cviz"), alive=lambda pid, ticks: False)
    unpack(path.with_name("s.cviz"), path.with_name("again"))
    assert figures(path) == figures(path.with_name("s.cviz")) == figures(path.with_name("again"))


@some
@given(st.binary(max_size=2000), st.integers(0, 3), st.integers(0, 1 << 48), st.booleans())
def test_any_bytes_are_records(data: bytes, times: int, offset: int, samples: bool) -> None:
    data = (data * (times + 1))[: len(data) * (times + 1) // L.RECORD_SIZE * L.RECORD_SIZE]
    if data:
        there = columns.packed(data, offset, samples=samples)
        assert columns.unpacked(there, len(data), offset, samples=samples) == data


@pytest.mark.parametrize("samples", [False, True])
def test_records_of_the_greatest_numbers_survive(samples: bool) -> None:
    for fill in (b"\xff", b"\x80", b"\0"):
        data = fill * 400 + random.Random(1).randbytes(400) + fill * 400
        there = columns.packed(data, 7, samples=samples)
        assert columns.unpacked(there, len(data), 7, samples=samples) == data


def test_steps_of_tasks_take_less_than_twelve_bytes() -> None:
    chance = np.random.default_rng(7)
    records = np.zeros(50_000, columns.EVENT)
    records["dur"] = chance.gamma(2, 4000, len(records))
    records["t0"] = (records["dur"] + chance.gamma(2, 2000, len(records))).cumsum()
    records["word"] = L.STEP | 1 << L.THREAD_SHIFT
    records["a"], records["b"] = chance.integers(1, 200, len(records)), chance.integers(1, 9, len(records))
    records["c"], records["d"] = chance.gamma(2, 30_000, len(records)), L.REF_IO << 28 | 7
    records["e"] = L.REF_FUTURE << 28 | chance.choice(chance.integers(0, 1 << 24, 50), len(records)) << 4
    records["mark"] = np.arange(len(records)) * 40 + L.RECORDS_AT
    there = columns.packed(records.tobytes(), L.RECORDS_AT, samples=False)
    assert len(there) / len(records) < 12


# -- refusals ------------------------------------------------------------------------------------------------


def test_a_session_that_runs_is_not_packed(session: Path) -> None:
    (session / "end.json").unlink()
    with pytest.raises(SessionError, match="still runs"):
        pack(session, session.with_name("x.cviz"), alive=lambda pid, ticks: True)
    assert not session.with_name("x.cviz").exists()


def test_a_session_whose_pids_are_others_by_now_is_packed(session: Path) -> None:
    (session / "end.json").unlink()
    told = json.loads((session / "session.json").read_text())
    told |= {"pid": os.getpid(), "recorder_pid": os.getpid()}
    (session / "session.json").write_text(json.dumps(told))
    assert pack(session, session.with_name("x.cviz"))
    opened = Session.open(session)
    opened.advance(time.perf_counter_ns())
    assert not opened.info.running


def test_what_is_there_is_not_replaced(session: Path, packed: Path) -> None:
    before = packed.read_bytes()
    with pytest.raises(SessionError, match="is there already"):
        pack(session, packed)
    with pytest.raises(SessionError, match="is there already"):
        unpack(packed, session)
    assert packed.read_bytes() == before


def test_an_interrupt_leaves_nothing(session: Path, packed: Path) -> None:
    def interrupt(done: int, total: int) -> None:
        if done > 100:
            raise KeyboardInterrupt

    before = sorted(session.parent.iterdir())
    with pytest.raises(KeyboardInterrupt):
        pack(session, session.with_name("x.cviz"), interrupt)
    with pytest.raises(KeyboardInterrupt):
        unpack(packed, session.with_name("x"), interrupt)
    assert sorted(session.parent.iterdir()) == before


def test_what_is_cut_while_it_is_packed_is_not_taken_for_the_whole(session: Path) -> None:
    output = session / "output.log"
    output.write_bytes(b"x" * (3 << 20))

    def cut(done: int, total: int) -> None:
        if output.stat().st_size > 1 << 20 and done > 1 << 20:
            os.truncate(output, 1 << 20)

    before = sorted(session.parent.iterdir())
    with pytest.raises(SessionError, match=r"output\.log' cannot be read to its end"):
        pack(session, session.with_name("x.cviz"), cut)
    assert sorted(session.parent.iterdir()) == before


def test_progress_ends_with_all(session: Path) -> None:
    told: list[tuple[int, int]] = []
    pack(session, session.with_name("x.cviz"), lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1] > L.RECORDS_AT


@pytest.mark.parametrize(("make", "words"), [
    (lambda p: None, "there is no session"),
    (lambda p: p.write_bytes(b""), "is no session"),
    (lambda p: p.write_bytes(chunks.MAGIC[:5]), "is no session"),
    (lambda p: p.write_bytes(b"PK\x03\x04" * 100), "is no session"),
    (lambda p: p.write_bytes(chunks.head()), "holds no session"),
    (lambda p: p.write_bytes(chunks.MAGIC), "holds no session"),
])
def test_what_is_no_pack_is_said_in_one_line(tmp_path: Path, make: object, words: str) -> None:
    make(tmp_path / "x.cviz")  # type: ignore[operator]
    with pytest.raises(SessionError, match=words) as error:
        Session.open(tmp_path / "x.cviz")
    assert "\n" not in str(error.value)


def test_a_newer_version_is_refused(packed: Path) -> None:
    begin = chunks.HEAD.pack(chunks.MAGIC, chunks.VERSION + 1, 0)[:-4]
    packed.write_bytes(begin + struct.pack("<I", zlib.crc32(begin)) + packed.read_bytes()[16:])
    with pytest.raises(SessionError, match=r"newer concviz \(version 2; this one reads up to 1\)"):
        Session.open(packed)
    assert facts(packed) == {}


@pytest.mark.parametrize("name", [
    "../evil", "/tmp/evil", "events/../../evil", "events/1-0-1.events/x", "evil", "", "events/", "control",
    "events/1-0-1.events\n", "events\\1-0-1.events", "events/\u0661-0-1.events",
])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, packed: Path, name: str) -> None:
    assert not chunks.allowed(name)
    if not name.isascii():
        return
    whole = packed.read_bytes()
    end = chunk("", b"", len(Pack(packed).names) + 99, Codec.END)
    packed.write_bytes(whole[: -len(end)] + chunk(name, b"evil") + end)
    unpack(packed, tmp_path / "deep" / "out")
    assert not list(tmp_path.rglob("*evil*"))
    assert any("none of a session" in note for note in read(packed).notes)


# -- damage --------------------------------------------------------------------------------------------------


@contextmanager
def memory(limit: int) -> Iterator[None]:
    """Let this process allocate ``limit`` bytes more than it has; beyond that it gets a MemoryError."""
    used = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (used + limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def outcome(path: Path) -> str:
    """What opening gives: the figures, with what is noted, or the one line that refuses."""
    try:
        opened = read(path)
    except SessionError as error:
        return f"refused: {error}"
    return json.dumps(stats(opened))


def test_each_byte_flipped_is_told_and_nothing_worse(packed: Path) -> None:
    whole, right = packed.read_bytes(), outcome(packed)
    chance = random.Random(5)
    with memory(GIB):
        for at in range(len(whole)):
            damaged = bytearray(whole)
            damaged[at] ^= 1 << chance.randrange(8)
            packed.write_bytes(damaged)
            assert "\n" not in (told := outcome(packed))
            assert told != right, at


def test_cut_anywhere_it_is_told_and_the_rest_is_there(packed: Path) -> None:
    whole = packed.read_bytes()
    with memory(GIB):
        for length in range(0, len(whole), 7):
            packed.write_bytes(whole[:length])
            told = outcome(packed)
            assert told.startswith("refused") or "cut short or damaged" in told


def test_a_damaged_part_costs_its_records_only(packed: Path) -> None:
    whole = bytearray(packed.read_bytes())
    found = Pack(packed)._files
    log = next(name for name in found if name.endswith(".events"))
    whole[found[log][1].at + 50] ^= 1
    packed.write_bytes(whole)
    opened = read(packed)
    assert (opened.info.events, opened.info.complete) == (0, False)
    assert f"session.cviz: 1 part is damaged and left out, of {log}" in opened.notes
    assert "24 of 24 events are lost" in opened.damage
    assert (opened.info.dropped, opened.info.python) == (24, "3.13.0")
    assert opened.info.command == ("app.py",)


def test_cut_late_it_says_how_much_is_lost(packed: Path) -> None:
    """Also of what is unpacked: there the lost events are zeros."""
    log = next(name for name in Pack(packed).names if name.endswith(".events"))
    at = Pack(packed)._files[log][1].at
    for cut in (at + 10, at - 10):  # within the events, and before their chunk has begun
        packed.write_bytes(packed.read_bytes()[:cut])
        opened = read(packed)
        assert "24 of 24 events are lost" in opened.damage
        assert (opened.info.events, opened.info.dropped) == (0, 24)
        assert not any(note.endswith(": ") for note in opened.notes)
        again = packed.with_name(f"again-{cut}")
        unpack(packed, again)
        assert read(again).info.dropped == 24


def test_a_damaged_header_costs_its_part_only(packed: Path) -> None:
    whole = bytearray(packed.read_bytes())
    found = Pack(packed)._files
    at = found["end.json"][0].at
    whole[at - 3] ^= 1  # in its name
    packed.write_bytes(whole)
    assert set(Pack(packed).names) == set(found) - {"end.json"}
    assert any("cut short or damaged" in note for note in read(packed).notes)


@pytest.mark.parametrize("make", [
    lambda name: chunk(name, zlib.compress(bytes(7 << 20), 9), codec=Codec.DEFLATED, size=100),  # a bomb
    lambda name: chunk(name, zlib.compress(b"x"), codec=Codec.DEFLATED, size=chunks.LARGEST),
    lambda name: chunk(name, b"x" * 200, codec=Codec.EVENTS, size=chunks.LARGEST // 40 * 40),
    lambda name: chunk(name, struct.pack("<40I", *[1 << 31] * 40), codec=Codec.EVENTS, size=4000),
    lambda name: chunk(name, struct.pack("<40I", 9, *[0] * 39) + zlib.compress(bytes(1 << 20))[:9],
                       codec=Codec.SAMPLES, size=4000),
    lambda name: chunk(name, b"x" * 40, offset=1 << 47),
    lambda name: chunk(name, b"x" * 40) + chunk(name, b"x" * 40),
    lambda name: chunk(name, b"x" * 40, codec=77),
])
def test_what_lies_about_its_size_is_left_out(packed: Path, make: object) -> None:
    name = "events/9-0-9.events"
    whole = packed.read_bytes()
    end = chunk("", b"", 0, Codec.END)
    packed.write_bytes(whole[: -len(end)] + make(name) + end)  # type: ignore[operator]
    assert (Pack(packed).size(Path(name)) or 0) <= chunks.LARGEST
    with memory(GIB):
        opened = read(packed)
        assert opened.info.events == 24
        assert opened.notes


def test_inflating_stops_where_more_comes_than_was_promised() -> None:
    deflated = zlib.compress(bytes(256 << 20), 9)
    with memory(GIB // 16), pytest.raises(columns.Damaged):
        columns.inflated(deflated, 100)


@pytest.mark.parametrize(("size", "known"), [(chunks.LARGEST, True), (chunks.LARGEST + 1, False)])
def test_a_part_larger_than_any_is_damaged(size: int, known: bool) -> None:
    header = chunks.header(Codec.DEFLATED, "log.txt", 0, size, b"")
    assert (chunks.parsed(header, 0) is not None) == known


RECORDS_OF_A_BOMB = chunks.LARGEST // 40 * 40
TEXT_OF_A_BOMB = zlib.compress(b"T\t1\tx\n" * (1 << 20), 9), 7 << 20


def bomb(name: str) -> Iterator[bytes]:
    """Chunks that are next to nothing and would be 2 GiB."""
    for n in range(300):
        if name == "sizes.json":
            data, size = TEXT_OF_A_BOMB
            yield chunk(name, data, n * size, Codec.DEFLATED, size)
        else:
            nothing = struct.pack("<40I", *[0] * 40)
            codec = Codec.SAMPLES if name == "system.log" else Codec.EVENTS
            yield chunk(name, nothing, n * RECORDS_OF_A_BOMB, codec, RECORDS_OF_A_BOMB)


@pytest.mark.parametrize("name", ["events/9-0-9.events", "system.log", "sizes.json"])
def test_a_small_pack_is_not_large_when_it_is_opened(tmp_path: Path, packed: Path, name: str) -> None:
    others = (chunk(file, data) for file, data in facts(packed).items() if file != name)
    packed.write_bytes(chunks.head() + b"".join((*others, *bomb(name))))
    small = packed.stat().st_size
    held = [found.size for of in Pack(packed)._files.values() for found in of]
    assert sum(held) <= (16 << 20) + 40 * small
    with memory(GIB // 4):
        opened = read(packed)
        assert opened.info.command == ("app.py",)
        assert any("parts are damaged and left out" in note for note in opened.damage)


@pytest.mark.parametrize("name", ["schedule.jsonl", "system.log", "output.log", "events/9-0-9.names"])
def test_what_is_as_regular_as_a_bomb_is_packed_all_the_same(session: Path, name: str) -> None:
    regular = bytes(40) if name == "system.log" else b'{"worker": "p1.t1"}\n'
    (session / name).write_bytes(regular * 1_000_000)
    size = pack(session, session.with_name("x.cviz"))
    assert size < 6 << 20
    assert unpack(session.with_name("x.cviz"), session.with_name("again")) == []
    assert content(session.with_name("again")) == content(session)


@some
@given(st.integers(0, 10**9))
def test_random_damage_never_raises(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    made = story(tmp_path_factory.mktemp("damage") / "session").write()
    path = made.with_name("s.cviz")
    pack(made, path)
    chance = random.Random(seed)
    data = bytearray(path.read_bytes())
    for _ in range(chance.randrange(1, 12)):
        at, size = chance.randrange(16, len(data)), chance.choice((1, 4, 40, 400))
        data[at : at + size] = chance.choice((b"", chance.randbytes(size), data[at - 16 : at]))
    path.write_bytes(data)
    assert is_pack(path)
    outcome(path)
    unpack(path, path.with_name("out"))
