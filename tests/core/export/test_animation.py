from __future__ import annotations

import re
from pathlib import Path

import pytest

from concviz.core.export.picture.animation import length_s, words
from concviz.core.export.picture.layout import layout_of
from concviz.core.export.request import request_of
from tests.core.export.drawn import SVG, picture, stepping, uneven
from tests.core.timeline.stories import read
from tests.tui.sessions import crawl


def test_every_span_is_drawn_once_and_two_things_move(tmp_path: Path) -> None:
    session = read(crawl(tmp_path / "session").path)
    still, playing = picture(session), picture(session, animate=True)
    wide = [title for title in still.titles if title.startswith("spinner_0: running")]
    assert len(wide) > 5
    for title in wide:
        assert still.titles.count(title) == playing.titles.count(title)
    (style,) = (part.text or "" for part in playing.root.iter(f"{SVG}style"))
    assert re.findall(r"animation:(\w+)", style) == ["veil", "now"]
    assert "infinite" in style


def test_it_plays_only_for_who_wants_motion_and_is_whole_without(tmp_path: Path) -> None:
    playing = picture(read(crawl(tmp_path / "session").path), animate=True)
    (style,) = (part.text or "" for part in playing.root.iter(f"{SVG}style"))
    assert re.match(r"@media \(prefers-reduced-motion: no-preference\)\{.*animation:.*\}\}@keyframes", style)
    moving = [part for part in playing.root.iter() if part.get("class") in ("veil", "now", "plays")]
    assert [part.get("opacity") for part in moving] == ["0", "0", "0"]
    assert (moving[-1].text or "").startswith("▶ plays")  # where nothing plays nothing says so …
    assert playing.words[-1] == moving[-1].text  # … and leaves no gap
    assert style.index(".plays{opacity:1}") < style.index("@keyframes")


def test_the_line_goes_from_the_windows_begin_to_its_end(tmp_path: Path) -> None:
    session = read(crawl(tmp_path / "session").path)
    scale = layout_of(request_of(session)).scale
    text = picture(session, animate=True).data.decode()
    (way,) = re.findall(r"@keyframes now\{88%,100%\{transform:translateX\((\S+)px\)", text)
    assert float(way) == pytest.approx(scale.width, abs=0.01)


def test_the_veils_edge_goes_with_the_line_and_hides_how_it_ended_until_then(tmp_path: Path) -> None:
    session = read(crawl(tmp_path / "session").path)
    scale, playing = layout_of(request_of(session)).scale, picture(session, animate=True)
    assert scale.right < 1150  # words about ends stand there
    (veil,) = (part for part in playing.root.iter() if part.get("class") == "veil")
    left, wide = float(veil.get("x", "")), float(veil.get("width", ""))
    assert left == pytest.approx(scale.left, abs=0.01)
    assert left + wide >= 1180
    pattern = r"@keyframes veil\{88%\{transform:scaleX\((\S+)\)\}88\.01%,100%\{transform:scaleX\(0\)\}\}"
    (beside,) = re.findall(pattern, playing.data.decode())
    assert left + wide * (1 - float(beside)) == pytest.approx(scale.right, abs=1.1)


@pytest.mark.parametrize(
    ("ms", "seconds", "said"),
    [
        (2000, 6, "▶ plays 3 times slower"), (10_000, 10, "▶ plays as fast as it was"),
        (90_000, 30, "▶ plays 3 times as fast"), (31_400, 30, "▶ plays 1.05 times as fast"),
        (30_600, 30, "▶ plays 1.02 times as fast"), (5_800, 6, "▶ plays 1.03 times slower"),
    ],
)
def test_it_says_how_fast_it_plays(tmp_path: Path, ms: float, seconds: float, said: str) -> None:
    session = stepping(tmp_path / "session", tasks=1, steps=1, every_ms=ms - 4, ran_ms=1)
    request = request_of(session)
    assert length_s(request) == seconds
    assert words(request) == said


def test_half_a_minute_of_fifty_busy_lanes_is_small(tmp_path: Path) -> None:
    session = uneven(tmp_path / "session", tasks=50, seconds=30)
    playing = picture(session, animate=True, height=1400)
    assert 300_000 < len(playing.data) < 500_000
    assert any("are drawn together" in words for words in playing.words)
    assert playing.root.get("height") == "1400"
