"""Wake-ups as arrows in a picture: from whom, to whom, when; and where there are too many of them."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from concviz.core.export.picture.layout import Layout, layout_of
from concviz.core.export.picture.wakes import wakes_svg
from concviz.core.export.request import WAKES, request_of
from concviz.core.session.session import Session
from tests.core.export.drawn import NAUGHTY, PID, picture
from tests.core.timeline.build import START_NS, Story
from tests.core.timeline.stories import read
from tests.tui.sessions import relay

_ARROW = re.compile(r"M(\S+) (\S+)V(\S+)M\S+ \S+h\S+L(\S+) (\S+)z")


def table_tennis(path: Path, rounds: int, names: tuple[str, str] = ("ping", "pong")) -> Session:
    """Two tasks that wake each other ``rounds`` times, one every millisecond."""
    story = Story(path, command=["python", "tennis.py"], pid=PID)
    app = story.process(PID)
    main = app.thread("MainThread", tid=PID, main=True).loop(0)
    players = main.task(names[0], born=1), main.task(names[1], born=1)
    for number in range(rounds):
        player, other = players[number % 2], players[1 - number % 2]
        t = 2.0 + number
        player.step(t, t + 0.5, ready=0.1, waker=other.ref, awaits=other.ref)
    app.closed = rounds + 4
    story.end(app.closed, 0)
    return read(story.write())


def arrows(svg: str) -> list[tuple[float, float, float, float, str]]:
    """(x, y, x, y) of begin and point, and the tooltip, of each."""
    root = ElementTree.fromstring(svg or "<g/>")
    found = []
    for path in root:
        match = _ARROW.fullmatch(path.get("d") or "")
        assert match is not None
        assert path[0].tag == "title"
        x, y0, _, x1, y1 = map(float, match.groups())
        found.append((x, y0, x1, y1, path[0].text or ""))
    return found


def lane(layout: Layout, session: Session, name: str) -> tuple[float, float]:
    """Top and bottom of the bar of a worker."""
    place = next(p for p in layout.places if session.timeline.workers[p.row.worker].name == name)
    return place.y, place.y + layout.sizes.bar


def test_an_arrow_leads_from_who_woke_to_who_was_woken(tmp_path: Path) -> None:
    session = read(relay(tmp_path / "s").path)
    request = request_of(session)
    layout = layout_of(request)
    ((x, y0, x1, y1, title),) = arrows(wakes_svg(request, layout).svg)
    giver, taker = lane(layout, session, "giver"), lane(layout, session, "taker")
    at = layout.scale.x(START_NS + 20_000_000)
    assert x == pytest.approx(at, abs=0.01)
    assert x1 == pytest.approx(at, abs=0.01)
    assert giver[0] < y0 < giver[1]
    assert y1 == pytest.approx(taker[0], abs=0.01)
    assert title == "giver woke taker\nat 0.02000 s"
    drawn = picture(session)
    assert title.encode() in drawn.data
    assert b">wakes</text>" in drawn.data  # the legend
    assert b"woke taker" not in picture(session, wakes="none").data


def test_it_points_upwards_too(tmp_path: Path) -> None:
    session = table_tennis(tmp_path / "s", 3)
    request = request_of(session)
    layout = layout_of(request)
    found = {title.split("\n")[0]: (y0, y1) for _, y0, _, y1, title in arrows(wakes_svg(request, layout).svg)}
    ping, pong = lane(layout, session, "ping"), lane(layout, session, "pong")
    assert found["ping woke pong"] == pytest.approx((sum(ping) / 2, pong[0]), abs=0.01)
    assert found["pong woke ping"] == pytest.approx((sum(pong) / 2, ping[1]), abs=0.01)


def test_too_many_to_be_told_apart_are_counted_instead(tmp_path: Path) -> None:
    session = table_tennis(tmp_path / "s", 400)
    whole, some = request_of(session), request_of(session, to_ns=50_000_000)
    assert wakes_svg(whole, layout_of(whole)) == ("", 400)
    assert "400 wake-ups between these lanes are not drawn" in picture(session).data.decode()
    assert 40 < len(arrows(wakes_svg(some, layout_of(some)).svg)) <= 50
    every = request_of(session, wakes="all")
    assert len(arrows(wakes_svg(every, layout_of(every)).svg)) == 400


def test_what_would_lie_on_top_of_each_other_is_one(tmp_path: Path) -> None:
    session = table_tennis(tmp_path / "s", 4000)
    request = request_of(session, wakes="all", width=320)
    found = arrows(wakes_svg(request, layout_of(request)).svg)
    assert len(found) < 640
    many = [int(match[1]) for *_, title in found if (match := re.search(r"(\d+) times, first at", title))]
    assert sum(many) + sum("times" not in title for *_, title in found) == 4000


def test_a_crowd_has_no_arrows(tmp_path: Path) -> None:
    session = table_tennis(tmp_path / "s", 4)
    request = request_of(session, height=320)
    layout = layout_of(request, foot=180)
    assert any(place.row.members for place in layout.places)
    assert wakes_svg(request, layout) == ("", 0)


def test_names_do_not_break_out(tmp_path: Path) -> None:
    drawn = picture(table_tennis(tmp_path / "s", 3, NAUGHTY[:2]), wakes="all")
    assert any(title.startswith(f"{NAUGHTY[0]} woke {NAUGHTY[1]}\n") for title in drawn.titles)
    assert b"<script" not in drawn.data


def test_the_command_line_offers_them_all() -> None:
    from concviz.cli import parse

    assert [parse(["export", "x", "--to", "svg", "--wakes", which]).wakes for which in WAKES] == list(WAKES)
