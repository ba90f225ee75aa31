"""The page's data, read back; what it does in a browser stands in ``test_page.py``."""

from __future__ import annotations

import base64
import hashlib
import re
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from concviz.core.export.data import packed
from concviz.core.export.moments import rows
from concviz.core.export.request import ExportError, request_of
from concviz.core.model import State
from concviz.core.session.session import Session
from tests.core.export.drawn import NAUGHTY, naughty, noting, picture, written
from tests.core.export.paged import Page, page_in
from tests.core.timeline.build import START_NS
from tests.core.timeline.stories import read, stories
from tests.tui.sessions import crawl, relay


def page_of(session: Session, **asked: Any) -> Page:
    return page_in(written("html", session, **asked).decode())


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return read(crawl(tmp_path / "session").path)


@pytest.mark.parametrize("asked", [{}, {"from_ns": 700_000_000, "to_ns": 900_000_000}, {"lanes": "fetch"}])
def test_the_page_holds_every_span_as_it_was(session: Session, asked: dict[str, Any]) -> None:
    page, timeline = page_of(session, **asked), session.timeline
    t0, t1 = START_NS + page.facts["from_ns"], START_NS + page.facts["to_ns"]
    lengths, first = page.long("span_ns"), 0
    for worker, told in zip(timeline.workers, page.facts["workers"]):
        assert (told["id"], told["name"]) == (worker.id, worker.name)
        if "spans" not in told:
            continue
        stop = first + told["spans"]
        starts = list(accumulate(lengths[first:stop], initial=told["first_ns"] + START_NS))
        found = [
            (a, b, code & 3, code >> 2 & 3, code >> 4, timeline.words.site_of(site), after, max(peer, -1))
            for a, b, code, site, after, peer in zip(
                starts, starts[1:],
                *(page.columns[f"span_{c}"][first:stop] for c in ("code", "site", "after", "peer"))
            )
        ]
        wanted = []
        for span in timeline.spans(worker.index, t0, t1):
            peer = span.awaits if span.state is State.WAITING else span.waker
            wanted.append((span.t0_ns, span.t1_ns, span.state, span.known, span.reason, span.site,
                           span.after, -1 if peer is None else peer))
        assert found == wanted
        first = stop
    assert first == len(lengths) > 20


def test_the_page_holds_wake_ups_and_curves(tmp_path: Path) -> None:
    session = read(relay(tmp_path / "session").path)
    page, names = page_of(session), [worker.name for worker in session.timeline.workers]
    wakes = [
        (names[by], names[of], t) for t, by, of in zip(
            page.long("wake_t"), page.columns["wake_by"], page.columns["wake_of"])
    ]
    assert ("giver", "taker", 20_000_000) in wakes
    curve = list(zip(page.long("concurrency_t"), page.columns["concurrency"]))
    assert curve[0][0] == 0
    assert all(session.timeline.concurrency.at(START_NS + t) == value for t, value in curve)


def test_the_page_holds_the_moments_of_its_window(session: Session) -> None:
    request = request_of(session, from_ns=300_000_000, to_ns=700_000_000)
    wanted = sorted(moment[:3] for row in rows(request, lambda share: None) for moment in row)
    assert len(wanted) > 1
    page = page_of(session, from_ns=300_000_000, to_ns=700_000_000)
    assert sorted(map(tuple, page.facts["moments"])) == wanted


def test_a_note_that_each_of_many_processes_writes_is_told_once(tmp_path: Path) -> None:
    page = page_of(read(noting(tmp_path / "session", 12).write()))
    assert page.facts["notes"] == ["asyncio: switched off: no reason (in 12 processes)"]


def test_sampled_lines_are_those_that_the_timeline_tells(session: Session) -> None:
    timeline = session.timeline
    for worker, told in zip(timeline.workers, page_of(session).facts["workers"]):
        seen = told.get("seen", [])
        for t, site in zip(seen[::2], seen[1::2]):
            span = timeline.span_at(worker.index, t + START_NS)
            assert span is not None
            assert span.site == timeline.words.site_of(site)


def test_the_policy_allows_the_pages_own_style_and_script_and_nothing_else(session: Session) -> None:
    html = page_of(session).html
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    parts = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    for name, tag in (("style-src", "style"), ("script-src", "script")):
        (source,) = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
        assert parts.pop(name) == f"'sha256-{digest}'"
    assert parts == {
        "default-src": "'none'", "img-src": "data:", "base-uri": "'none'", "form-action": "'none'",
    }
    assert not re.search(r"https?://(?!example\.org)|\ssrc=|\shref=|@import|innerHTML|insertAdjacent", html)


def test_no_name_is_markup(tmp_path: Path) -> None:
    page = page_of(naughty(tmp_path / "session"), title='</title><script>x</script>"')
    outside = re.sub(r'id="data">\n.*\n', "", page.html)
    assert "alert" not in outside
    assert "<title>&lt;/title&gt;&lt;script&gt;x&lt;/script&gt;&quot;</title>" in outside
    assert len(re.findall("<script", outside)) == 2
    names = [worker["name"] for worker in page.facts["workers"]]
    assert NAUGHTY[0] in names
    assert all(text.isprintable() for text in names)
    assert max(map(len, names)) <= 200


def test_more_spans_than_a_browser_can_hold_are_refused(session: Session) -> None:
    with pytest.raises(ExportError, match=r"\d+ spans are more .* \(50\): export a part, by --from and"):
        packed(request_of(session), lambda share: None, most=50)
    assert packed(request_of(session, lanes="fetch-1"), lambda share: None, most=50)


@settings(
    max_examples=15, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(data=st.data(), width=st.integers(320, 1500), animate=st.booleans())
def test_any_session_can_be_drawn_and_made_a_page(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, width: int, animate: bool
) -> None:
    session = read(data.draw(stories(tmp_path_factory.mktemp("any") / "session")).write())
    assume(session.timeline.end_ns > session.timeline.start_ns)
    drawn = picture(session, width=width, animate=animate)
    assert all(0 <= shape.x <= shape.x + shape.width <= width for shape in drawn.shapes())
    assert page_of(session).facts["heading"] == "app.py"
