from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from concviz.core import language
from concviz.core.colors import COLORS, DARK, Colors
from concviz.core.export.picture.layout import layout_of
from concviz.core.export.picture.paints import LEGEND, Paints
from concviz.core.export.request import request_of
from concviz.core.session.session import Session
from concviz.core.units import duration
from tests.core.export.drawn import (
    NAUGHTY,
    PID,
    SVG,
    Drawn,
    Shape,
    blocking,
    computing,
    ending_badly,
    naughty,
    noting,
    picture,
    stepping,
    written,
)
from tests.core.timeline.build import Story
from tests.core.timeline.stories import going_on, read
from tests.tui.sessions import crawl, many


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return read(crawl(tmp_path / "session").path)


def one_of(drawn: Drawn, words: str) -> list[Shape]:
    return [shape for shape in drawn.shapes() if words in shape.title]


@pytest.mark.parametrize("theme", COLORS)
@pytest.mark.parametrize("animate", [False, True])
def test_it_needs_nothing_and_runs_nothing(session: Session, theme: str, animate: bool) -> None:
    drawn = picture(session, theme=theme, animate=animate)
    kinds = {part.tag.removeprefix(SVG) for part in drawn.root.iter()}
    assert kinds <= {"svg", "title", "rect", "g", "text", "path", "circle", "defs", "pattern", "style"}
    assert ("style" in kinds) == animate
    text = drawn.data.decode()
    addresses = set(re.findall(r"\w+://[\w./]*", text))  # none but the namespace and the program's argument
    assert addresses == {"http://www.w3.org/2000/svg", "https://example.org"}
    assert not re.search(r"url\((?!#)|@import|@font-face|href|\son\w+=", text)
    used = set(re.findall(r"url\(#([\w-]+)\)", text))
    assert used == {part.get("id") for part in drawn.root.iter(f"{SVG}pattern")}


def test_every_span_wide_enough_has_a_shape_where_it_was(session: Session) -> None:
    drawn, request = picture(session), request_of(session)
    scale, timeline = layout_of(request).scale, session.timeline
    shapes = Counter((round(s.x, 1), round(s.width, 1), s.title.split("\n")[0]) for s in drawn.shapes())
    wanted = 0
    for worker in timeline.workers:
        for span in timeline.spans(worker.index, request.from_ns, request.to_ns):
            x, x1 = scale.x(span.t0_ns), scale.x(span.t1_ns)
            if x1 - x >= 1.5:
                reason = f" ({span.reason.name.lower()})" if span.reason else ""
                words = f"{worker.name}: {span.state.name.lower()}{reason}, {duration(span.duration_ns)}"
                near = [key for key in shapes if key[2] == words and abs(key[0] - x) < 0.2]
                assert any(abs(key[1] - (x1 - x)) < 0.2 for key in near), (words, x, x1)
                wanted += 1
    assert wanted > 100


def test_a_tooltip_tells_place_waker_and_how_it_is_known(session: Session) -> None:
    titles = picture(session).titles
    waits = [title for title in titles if title.startswith("fetch-1: waiting (io)")]
    assert any("crawl.py:42 fetch → StreamReader.read" in title for title in waits)
    assert any("woken by timer" in title for title in titles)
    assert any(title.endswith("\nsampled") for title in titles if title.startswith("spinner_0: running"))
    assert "spinner_0\nthread · tid 4000011 · daemon\nbegan 0.200 s, done after 1.55 s" in titles


@pytest.mark.parametrize("height", [None, 400])
def test_in_another_language_no_word_of_a_picture_stays_english(
    session: Session, tmp_path: Path, height: int | None
) -> None:
    """But names, the program's own, and the terms that keep their name."""
    language.use("ru")
    drawn = written("svg", session, height=height, animate=height is None, lanes="e" if height else "")
    crowd = read(many(tmp_path / "crowd", 300).path)
    drawn += written("svg", crowd, height=height)
    told = set(re.findall(r"<(?:text|title)[^>]*>([^<]+)", drawn.decode()))
    assert len(told) > 50
    workers = (*session.timeline.workers, *crowd.timeline.workers)
    names = " ".join(f"{worker.name} {worker.about} {worker.detail}" for worker in workers)
    own = set(re.findall(r"[A-Za-z]{2,}", f"{names} python Python"))
    terms = {"GIL", "pid", "tid", "join", "await", "future", "SIGKILL"}
    places = r"\S+:\d+ .*|\S+[._:/-]\S+"
    words = re.findall(r"[A-Za-z]{2,}", re.sub(places, "", "\n".join(told)))
    assert set(words) - own - terms == set()


@pytest.mark.parametrize("colors", COLORS.values(), ids=COLORS)
def test_states_differ_without_colour(colors: Colors) -> None:
    paints = Paints(colors, 16)
    assert {paints.fill(paint) for paint in LEGEND} >= {colors.running}
    patterns = re.findall(r"<pattern.*?</pattern>", paints.definitions())
    looks = {re.sub(r"#\w{6}|id=\S+", "", pattern) for pattern in patterns}
    assert len(looks) == len(patterns) == len(LEGEND) - 1


def test_what_is_not_exact_is_marked_below_the_lane(session: Session) -> None:
    drawn = picture(session)
    dashed = [part for part in drawn.root.iter(f"{SVG}path") if part.get("stroke-dasharray") == "3 2"]
    assert len(dashed) > 2
    assert "sampled from outside" in drawn.words


def test_a_step_far_below_a_pixel_can_be_seen_and_says_how_long_it_was(tmp_path: Path) -> None:
    session = stepping(tmp_path / "session", tasks=1, steps=3, every_ms=20_000, ran_ms=0.01)
    ticks = one_of(picture(session), "task-0: running, 10.0 µs")
    assert {tick.fill for tick in ticks} == {DARK.running}
    assert len(ticks) == 2  # the first is too near to its birth to be alone
    assert all(tick.width >= 1 and tick.height > 10 for tick in ticks)


def test_many_short_spans_are_columns_of_exact_shares(tmp_path: Path) -> None:
    session = stepping(tmp_path / "session", tasks=2, steps=4000, every_ms=1, ran_ms=0.25)
    drawn = picture(session)
    (title,) = {shape.title for shape in one_of(drawn, "task-1: 8 001 spans")}
    assert "running 25 %" in title
    assert "waiting 75 %" in title
    shapes = one_of(drawn, "task-1: 8 001 spans")
    run = [shape for shape in shapes if shape.fill == DARK.running]
    layout = layout_of(request_of(session))
    assert sum(shape.width for shape in run) == pytest.approx(layout.scale.width, rel=0.01)
    area = sum(shape.width * shape.height for shape in run)
    assert area == pytest.approx(layout.scale.width * layout.sizes.bar * 0.25, rel=0.05)
    assert any("spans shorter than" in words and "are drawn together" in words for words in drawn.words)
    assert len(drawn.data) < 100_000  # of 16 000 spans


def test_nothing_is_said_to_be_merged_where_nothing_is(tmp_path: Path) -> None:
    session = stepping(tmp_path / "session", tasks=1, steps=2, every_ms=50, ran_ms=20)
    assert not any("drawn together" in words for words in picture(session, from_ns=5_000_000).words)


def test_a_window_shows_that_time_alone(session: Session) -> None:
    drawn = picture(session, from_ns=500_000_000, to_ns=1_000_000_000)
    assert any(words.startswith("500 ms of 2.00 s") for words in drawn.words)
    ticks = [words for words in drawn.words if re.fullmatch(r"\d\.\d+ s", words)]
    assert ticks[0] == "0.50 s"
    assert ticks[-1] == "1.00 s"
    scale = layout_of(request_of(session, from_ns=500_000_000, to_ns=1_000_000_000)).scale
    for shape in drawn.shapes():
        if ": " in shape.title and shape.fill != "none":  # what is only to be pointed at
            assert scale.left - 0.6 <= shape.x <= shape.x + shape.width <= scale.right + 0.6


def test_lanes_are_those_asked_for_and_above(session: Session) -> None:
    names = {"crawl.py", "MainThread", "fetch-3"}
    assert names <= set(picture(session, lanes="fetch-3").words)
    assert not any(words.startswith("fetch-1") for words in picture(session, lanes="fetch-3").words)


@pytest.mark.parametrize(
    ("width", "height"), [(320, 360), (320, 400), (900, 470), (900, 500), (1000, 530), (2000, 900)]
)
def test_it_has_the_size_that_was_asked_for(session: Session, width: int, height: int) -> None:
    root = picture(session, width=width, height=height, animate=True).root
    assert (root.get("width"), root.get("height")) == (str(width), str(height))
    assert root.get("viewBox") == f"0 0 {width} {height}"
    for text in root.iter(f"{SVG}text"):
        assert float(text.get("y", "0")) <= height


def test_who_does_not_fit_is_a_crowd(tmp_path: Path) -> None:
    drawn = picture(read(many(tmp_path / "session", 2000).path))
    (crowd,) = {title for title in drawn.titles if "more tasks" in title}
    assert re.match(r"1 8\d\d more tasks, at most \S+ alive at once", crowd)
    assert sum(words.startswith("job-") for words in drawn.words) > 100
    assert len(drawn.data) < 300_000


def test_its_size_is_bounded(tmp_path: Path) -> None:
    session = stepping(tmp_path / "session", tasks=40, steps=300, every_ms=10, ran_ms=3)
    drawn = picture(session, width=4000)
    assert sum(1 for _ in drawn.root.iter()) < 60_000
    assert len(drawn.data) < 4_000_000


def test_a_failure_is_told_behind_its_lane(session: Session) -> None:
    assert "✗ TimeoutError" in picture(session).words
    assert "⊘ cancelled" in picture(session).words


@pytest.mark.parametrize("width", [480, 640, 1200])
@pytest.mark.parametrize("ended_ms", [99.9, 97, 50])
def test_what_ends_badly_at_the_very_end_is_told_in_full(tmp_path: Path, ended_ms: float, width: int) -> None:
    session = ending_badly(tmp_path / "session", ended_ms, "OSError")
    drawn, layout = picture(session, width=width), layout_of(request_of(session, width=width))
    (words,) = (part for part in drawn.root.iter(f"{SVG}text") if part.text == "✗ OSError")
    assert float(words.get("x", "0")) + len("✗ OSError") * layout.sizes.font * 0.9 * 0.61 <= width - 20 + 0.1


def test_no_words_about_an_end_take_the_lanes_away(tmp_path: Path) -> None:
    session = ending_badly(tmp_path / "session", 99.9, "E" * 300)
    assert layout_of(request_of(session)).scale.right > 1200 * 0.85 - 20
    assert "✗ failed" in picture(session).words
    assert "✗" in picture(session, width=320).words


def test_what_ended_well_takes_no_room(tmp_path: Path) -> None:
    session = stepping(tmp_path / "session", tasks=0, steps=1, every_ms=10, ran_ms=1)
    assert layout_of(request_of(session)).scale.right == 1200 - 20


def test_notes_of_the_session_stand_below(tmp_path: Path) -> None:
    story = Story(tmp_path / "session", command=["x.py"], pid=PID)
    app = story.process(PID)
    app.thread("MainThread", tid=PID, main=True)
    app.dropped = 7
    app.closed = 50
    session = read(story.end(50).write())
    assert session.notes
    words = picture(session).words
    assert all(any(f"! {note}"[:60] in line for line in words) for note in session.notes)


def test_a_note_that_each_of_many_processes_writes_is_one_line(tmp_path: Path) -> None:
    session = read(noting(tmp_path / "session", 12).write())
    told = "asyncio: switched off: no reason (in 12 processes)"
    assert [words for words in picture(session).words if "switched off" in words] == [f"! {told}"]


def test_in_a_narrow_picture_nothing_that_is_said_is_cut(tmp_path: Path) -> None:
    session = stepping(tmp_path / "session", tasks=2, steps=400, every_ms=10, ran_ms=0.25)
    wide, narrow = picture(session, width=1400), picture(session, width=420)
    said = " ".join(narrow.words)
    assert "are drawn together: the heights in a column" in said
    assert "are the exact shares of the states. What is narrower than a pixel is drawn one pixel wide" in said
    assert narrow.words[1] == "  ·  ".join(wide.words[1].split("  ·  ")[:3])
    assert not any(words.endswith("…") for words in narrow.words)


def test_of_a_part_it_is_said_of_how_much_and_whose_the_curves_are(session: Session) -> None:
    workers, events = len(session.timeline.workers), session.info.events
    whole, few = picture(session).words, picture(session, lanes="fetch-3").words
    assert f"{workers} workers  ·  {events} events" in whole[1]
    assert f"3 of {workers} workers" in few[1]
    assert "events" not in few[1] + picture(session, to_ns=10**9).words[1]
    about = "Concurrency and parallelism are the whole program's"
    assert any(words.startswith(about) for words in few)
    assert not any(words.startswith(about) for words in whole)


def test_one_is_not_called_many(tmp_path: Path) -> None:
    story = Story(tmp_path / "session", command=["x.py"], pid=PID)
    story.process(PID).closed = 50
    assert "1 worker  ·  0 events" in picture(read(story.end(50).write())).words[1]


def test_where_a_task_blocks_is_written_into_it_and_where_its_step_began_is_not(tmp_path: Path) -> None:
    words = picture(blocking(tmp_path / "session")).words
    assert "x.py:4 job" in words
    assert "x.py:3 job" not in words


def test_a_tooltip_says_what_a_task_went_on_from(tmp_path: Path) -> None:
    titles = picture(going_on(tmp_path / "session"), to_ns=200_000_000).titles
    ran = {title.split("\n")[2] for title in titles if re.match("(blocks|computes): running", title)}
    assert ran == {"app.py:4 job", "after app.py:1 job", "after app.py:3 job → asyncio.sleep"}


def test_where_somebody_computes_is_written_as_the_sample_that_it_is(tmp_path: Path) -> None:
    assert "≈ x.py:7 crunch" in picture(computing(tmp_path / "session")).words


def test_concurrency_and_parallelism_stand_above(session: Session) -> None:
    words = picture(session).words
    assert words[2:6:2] == ["concurrency", "parallelism"]
    assert words[3].startswith("mean ")


def test_no_name_breaks_out(tmp_path: Path) -> None:
    drawn = picture(naughty(tmp_path / "session"), title="<i>\x1b]]>")
    assert drawn.root[0].text == "<i>␛]]>"
    kinds = {part.tag.removeprefix(SVG) for part in drawn.root.iter()}
    assert kinds <= {"svg", "title", "rect", "g", "text", "path", "circle", "defs", "pattern"}
    attributes = {name for part in drawn.root.iter() for name in part.attrib}
    assert not any(name.startswith("on") or "href" in name for name in attributes)
    assert all(c.isprintable() or c == "\n" for title in drawn.titles for c in title)
    assert any(NAUGHTY[0] in title for title in drawn.titles)  # shown, and nothing but shown
    assert len(drawn.data) < 300_000


def test_the_same_session_gives_the_same_bytes(session: Session) -> None:
    assert picture(session).data == picture(session).data


def test_running_is_the_highest(session: Session) -> None:
    heights = {shape.height for shape in one_of(picture(session), "fetch-1: running")}
    assert max(heights) == layout_of(request_of(session)).sizes.bar
