"""Names that try to break out, in every format there is: read back, they are words and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from xml.etree import ElementTree

import pytest

from concviz.core.export.formats import FORMATS
from concviz.core.export.request import request_of
from concviz.core.session.session import Session
from tests.core.export.drawn import SVG
from tests.core.export.exported import Perfetto, csv_rows, json_of, strings, text, written
from tests.core.export.hostile import NAMES, harmless, hostile_session
from tests.core.export.paged import page_in

_SHAPES = {"svg", "title", "rect", "g", "text", "path", "circle", "defs", "pattern", "style"}
_FORMULA = re.compile(r"[=+\-@\t\r]")


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    return hostile_session(tmp_path_factory.mktemp("hostile") / "session")


def in_svg(data: bytes) -> Iterable[str]:
    root = ElementTree.fromstring(data)
    assert {part.tag.removeprefix(SVG) for part in root.iter()} <= _SHAPES
    assert not any(name.startswith("on") or "href" in name for part in root.iter() for name in part.attrib)
    for part in root.iter():
        yield from part.attrib.values() if part.tag != f"{SVG}path" else ()  # the path of a shape may be long
        yield from (part.text or "").split("\n")


def in_html(data: bytes) -> Iterable[str]:
    page = page_in(data.decode())
    outside = re.sub(r'id="data">\n.*\n', "", page.html)
    assert "alert" not in outside
    assert len(re.findall("<script", outside)) == 2
    return strings(page.facts)


def in_perfetto(data: bytes) -> Iterable[str]:
    trace = Perfetto(data)
    yield from (text(track, 2) for track in trace.tracks.values() if track[2])
    for _, _, _, name, arguments in trace.slices:
        yield from (name, *arguments.values())


def in_json(data: bytes) -> Iterable[str]:
    assert all(byte >= 0x20 or byte == 0x0A for byte in data)
    return strings(json_of(data))


def in_csv(data: bytes) -> Iterable[str]:
    rows = csv_rows(data)
    assert data.count(b"\n") == len(rows) + 1
    for row in rows:
        for word in row.values():
            assert not _FORMULA.match(word) or re.fullmatch(r"-?[\d.]+", word), "a spreadsheet would run it"
            yield word


READERS: dict[str, Callable[[bytes], Iterable[str]]] = {
    "svg": in_svg, "html": in_html, "perfetto": in_perfetto, "chrome": in_json, "speedscope": in_json,
    "json": in_json, "csv": in_csv, "csv-workers": in_csv, "csv-wakes": in_csv,
}


def test_no_format_is_left_out() -> None:
    assert READERS.keys() == FORMATS.keys()


def test_what_is_looked_for_is_found_in_the_names_themselves() -> None:
    harmful = [name for name in NAMES if not harmless(name)]
    assert len(harmful) > 5
    assert max(map(len, harmful)) >= 1_000_000


@pytest.mark.parametrize("name", [*FORMATS, "animated"])
def test_no_name_breaks_out(session: Session, name: str) -> None:
    form, animate = ("svg", True) if name == "animated" else (name, False)
    data = written(form, request_of(session, animate=animate, title="".join(NAMES[:-20])[:2000]))
    assert len(data) < 1_000_000
    words = list(READERS[form](data))
    assert all(map(harmless, words))
    if name != "csv-wakes":  # it has numbers and ids
        assert any("<script>" in word for word in words)
