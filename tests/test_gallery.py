"""The pictures that are committed: those that the gallery draws, and those that the README shows."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from tests.core.export.drawn import SVG
from tests.gallery import EXPORTS, FOLDER, PICTURES, ROOT

NAMES = [wanted.name for wanted in (*PICTURES, *EXPORTS)]


def test_every_picture_that_can_be_drawn_is_there_and_no_other() -> None:
    assert sorted(path.stem for path in FOLDER.iterdir()) == sorted(NAMES)


def test_the_readme_shows_pictures_that_exist() -> None:
    shown = re.findall(r"!\[[^]]+\]\(([^)]+)\)", (ROOT / "README.md").read_text("utf-8"))
    assert len(shown) >= 3
    assert all((ROOT / path).is_file() for path in shown)


@pytest.mark.parametrize(("name", "words"), [
    ("fetch_sequential", ["one after another at fetch_sequential.py:15"]),
    ("fetch_threads", ["10 threads wait at once and none runs", "connection.getresponse().read()"]),
    ("fetch_asyncio", ["40 tasks wait at once", "page 39", "await asyncio.gather"]),
    ("blocked_loop", ["blocks the loop for 20", "time.sleep(0.2)", "2 tasks are ready and wait"]),
    ("gil", ["the GIL passes from"]),
    ("home", ["Forty pages by asyncio", "A deadlock by lock order"]),
    ("drawn_asyncio", ["python fetch_asyncio.py", "page 39", "wakes"]),
    ("playing_threads", ["python fetch_threads.py", "fetcher_9", "▶ plays"]),
])
def test_a_picture_shows_what_is_said_of_it_and_needs_nothing(name: str, words: list[str]) -> None:
    text = (FOLDER / f"{name}.svg").read_text("utf-8")
    drawn = ElementTree.fromstring(text)
    shown = " ".join(part.text or "" for part in drawn.iter(f"{SVG}text"))
    assert [word for word in words if word not in shown] == []
    assert not re.search(r"<script|url\((?!#)|@font-face|@import|href=", text)
    assert not re.search(r"(?<![\w./~])/\w+/", " ".join(drawn.itertext())), "where its maker keeps things"
    assert len(text) < 500_000
