"""Marks of what was worth a look, in pictures and in pages."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from concviz.core.agent import layout as L
from concviz.core.colors import COLORS
from concviz.core.export import moments
from concviz.core.export.picture import marks
from concviz.core.export.picture.layout import MARK, layout_of
from concviz.core.export.request import request_of
from concviz.core.insight import stats_moments
from concviz.core.session.session import Session
from tests.core.export.drawn import NAUGHTY, SVG, picture
from tests.core.export.hostile import harmless
from tests.core.timeline.build import START_NS, Story
from tests.core.timeline.stories import read
from tests.tui.sessions import PID, crawl, relay

_DIAMOND = re.compile(r"^M([\d.]+) ([\d.]+)l3.5-3.5l3.5 3.5l-3.5 3.5z$")


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return read(crawl(tmp_path / "session").path)


def marked(session: Session, **asked: Any) -> list[tuple[float, float, str]]:
    """Middle of each diamond, and the tooltip it has."""
    found = []
    for group in picture(session, **asked).root.iter(f"{SVG}g"):
        title = group.find(f"{SVG}title")
        for path in group.findall(f"{SVG}path"):
            at = _DIAMOND.match(path.get("d", ""))
            if at and title is not None and title.text:
                found.append((float(at[1]) + 3.5, float(at[2]), title.text))
    return found


def failing(path: Path, names: tuple[str, ...]) -> Session:
    """Tasks that fail one after another, each with an exception of that name."""
    story = Story(path, command=["python", "x.py"], pid=PID)
    app = story.process(PID)
    main = app.thread("MainThread", tid=PID, main=True).loop(0)
    for number, name in enumerate(names):
        t = 2 + number
        main.task(f"job {name}", born=1).step(t, t + 0.5, ended=L.REF_FAILED, text=app.text(name))
    app.closed = 1000
    return read(story.end(1000, 0).write())


def test_each_has_a_mark_where_it_begins_and_its_text_as_a_tooltip(session: Session) -> None:
    expected = stats_moments.moments(session)
    assert len(expected) > 1
    scale = layout_of(request_of(session)).scale
    wanted = sorted((scale.x(START_NS + round(each["start_s"] * 1e9)), each["text"]) for each in expected)
    told = sorted((x, title.partition("\n")[0]) for x, _, title in marked(session))
    assert [text for _, text in told] == [text for _, text in wanted]
    assert all(abs(x - at) < 0.02 for (x, _), (at, _) in zip(told, wanted))


def test_the_tooltip_says_when_and_of_an_instant_no_more_than_that(tmp_path: Path) -> None:
    lines = {title for _, _, title in marked(failing(tmp_path / "session", ("Trouble",)))}
    assert lines == {"job Trouble failed: an uncaught Trouble\nat 0.0024 s"}
    crawled = {title for _, _, title in marked(read(crawl(tmp_path / "crawl").path))}
    assert any(re.search(r"\nfrom 0\.\d+ s to \d\.\d+ s$", title) for title in crawled)


def test_they_stand_between_the_axis_and_the_lanes(session: Session) -> None:
    rows = moments.rows(request_of(session), lambda share: None, marks.apart_ns(request_of(session)))
    layout = layout_of(request_of(session), marks=len(rows))
    drawn = picture(session)
    assert all(layout.axis_y < y - 3.5 < y + 3.5 < layout.lanes_y for _, y, _ in marked(session))
    assert min(shape.y for shape in drawn.shapes() if ": running" in shape.title) >= layout.lanes_y
    assert "worth a look" in drawn.words


@pytest.mark.parametrize("theme", COLORS)
def test_they_can_be_told_from_the_ground_in_every_theme(session: Session, theme: str) -> None:
    colors = COLORS[theme]
    own, ground = (
        sum(int(color[i : i + 2], 16) for i in (1, 3, 5)) for color in (colors.accent, colors.background)
    )
    assert abs(own - ground) > 256
    fills = {
        group.get("fill") for group in picture(session, theme=theme).root.iter(f"{SVG}g") if any(
            _DIAMOND.match(path.get("d", "")) for path in group.findall(f"{SVG}g/{SVG}path"))
    }
    assert fills - {None} == {colors.accent}


def test_where_there_is_none_there_is_no_room_for_any(tmp_path: Path) -> None:
    quiet = read(relay(tmp_path / "session").path)
    assert marked(quiet) == []
    assert "worth a look" not in picture(quiet).words
    assert layout_of(request_of(quiet)).lanes_y == layout_of(request_of(quiet)).axis_y + 8


def test_a_part_has_the_marks_of_that_part(session: Session) -> None:
    part = {"from_ns": 300_000_000, "to_ns": 700_000_000, "lanes": "spinner"}
    expected = moments.moments(request_of(session, **part), lambda share: None)
    assert sorted(each["text"] for each in expected) == sorted(
        title.partition("\n")[0] for _, _, title in marked(session, **part)
    )
    scale = layout_of(request_of(session, **part)).scale
    assert all(scale.left <= x <= scale.right for x, _, _ in marked(session, **part))


def test_many_at_once_share_a_row_instead_of_pushing_the_lanes_away(tmp_path: Path) -> None:
    crowded = failing(tmp_path / "session", tuple(f"Error{number}" for number in range(9)))
    found = marked(crowded)
    assert len(found) == len(stats_moments.moments(crowded)) >= 9
    heights = sorted({y for _, y, _ in found})
    assert len(heights) == 4
    assert {round(b - a, 2) for a, b in pairwise(heights)} == {MARK}


def test_no_name_breaks_out_of_a_mark(tmp_path: Path) -> None:
    names = tuple(name[:90] for name in NAUGHTY)
    hostile = failing(tmp_path / "session", names)
    titles = [title for _, _, title in marked(hostile)]
    assert all(harmless(line) for title in titles for line in title.split("\n"))
    assert any("<script>alert(1)</script>" in title for title in titles), "as text"
    tags = {part.tag.removeprefix(SVG) for part in ElementTree.fromstring(picture(hostile).data).iter()}
    assert "script" not in tags


def test_a_picture_of_a_height_keeps_room_for_its_marks(session: Session) -> None:
    assert picture(session, height=400).root.get("height") == "400"
    assert marked(session, height=400)
