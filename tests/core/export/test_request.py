from __future__ import annotations

from pathlib import Path

import pytest

from concviz.core.export.formats import FORMATS, format_of
from concviz.core.export.request import ExportError, request_of
from concviz.core.session.session import Session
from tests.core.timeline.build import START_NS, Story
from tests.core.timeline.stories import read
from tests.tui.sessions import crawl, many


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return read(crawl(tmp_path / "session").path)


def test_the_whole_session_is_the_usual(session: Session) -> None:
    request = request_of(session)
    assert (request.from_ns, request.to_ns) == (START_NS, session.timeline.end_ns)
    assert request.heading == "python crawl.py --all https://example.org"
    assert len(request.shown()) == len(session.timeline.workers)


def test_a_window_is_told_from_the_sessions_begin_and_ends_with_it(session: Session) -> None:
    request = request_of(session, from_ns=10**9, to_ns=10**12)
    assert (request.from_ns, request.to_ns) == (START_NS + 10**9, session.timeline.end_ns)


def test_only_who_is_alive_in_the_window_is_shown(tmp_path: Path) -> None:
    session = read(many(tmp_path / "session", 10).path)
    names = {session.timeline.workers[i].name for i in request_of(session, to_ns=80_000_000).shown()}
    assert names == {"many.py", "MainThread", "job-0"}


def test_lanes_of_a_name_come_with_those_above(session: Session) -> None:
    names = {session.timeline.workers[i].name for i in request_of(session, lanes="fetch-3").shown()}
    assert names == {"crawl.py", "MainThread", "fetch-3"}


def test_a_title_takes_the_place_of_the_command(session: Session) -> None:
    assert request_of(session, title=" A \x1b crawl ").heading == "A ␛ crawl"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"from_ns": 3 * 10**9}, "there is nothing from 3 s on: the session lasts 2 s"),
        ({"from_ns": 300 * 10**9}, "there is nothing from 300 s on: the session lasts 2 s"),
        ({"from_ns": 10**9, "to_ns": 10**9}, "from 1 s to 1 s is no time: the end must be later"),
        ({"from_ns": 15 * 10**8, "to_ns": 2_000}, "from 1.5 s to 0.000002 s is no time"),
        ({"lanes": "no\nbody"}, "no worker with 'no␊body' in its name is alive"),
        ({"theme": "drak"}, "there is no theme 'drak', did you mean dark? (themes: dark, light, "),
        ({"width": 10}, "a width of 10 is not between"),
        ({"height": 10}, "a height of 10 is not between"),
    ],
)
def test_what_leads_to_nothing_is_refused(session: Session, wrong: dict[str, object], words: str) -> None:
    with pytest.raises(ExportError) as refused:
        request_of(session, **wrong)  # type: ignore[arg-type]
    assert str(refused.value).startswith(words)
    assert "\n" not in str(refused.value)


def test_an_empty_session_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="the session is empty"):
        request_of(read(Story(tmp_path / "session", pid=4_000_001).write()))


def test_themes_have_short_names(session: Session) -> None:
    assert request_of(session, theme="light").theme == "concviz-light"


def test_a_format_is_found_by_its_name_and_the_nearest_is_offered() -> None:
    assert format_of("SVG") is FORMATS["svg"]
    with pytest.raises(ExportError, match=r"there is no format 'htm', did you mean html\? \(formats: svg"):
        format_of("htm")
