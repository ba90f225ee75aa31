"""``concviz serve``: the real application in a real browser, for who has the key, and for nobody else."""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from concviz import cli
from concviz.cli_web import page_size
from tests.core.launch.commands import CONCVIZ, concviz
from tests.tui.sessions import crawl

pytest.importorskip("textual_serve", reason="textual-serve is not installed: pip install -e '.[serve]'")


@contextmanager
def served(*words: str | Path, cwd: Path) -> Iterator[str]:
    """The printed address of ``concviz serve words…`` while it runs."""
    command = [*CONCVIZ, "serve", "--port", "0", *map(str, words)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=cwd) as server:
        assert server.stdout
        line = server.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+/\?key=[\w-]{32}", line)
        assert found, line
        try:
            yield found[0]
        finally:
            server.send_signal(signal.SIGINT)
            assert server.wait(30) == 0


def refused(url: str, **headers: str) -> int:
    """The status of the answer that refuses a request."""
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30)
    with caught.value as answer:
        return answer.status or 0


def test_who_has_no_key_gets_nothing(tmp_path: Path) -> None:
    with served(cwd=tmp_path) as url:
        base = url.partition("?")[0]
        upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
                   "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
        for path in ("", "?key=", "?key=wrong", "static/js/textual.js", "ws", "download/x"):
            assert refused(base + path) == 403
        assert refused(base + "ws", **upgrade, Origin="http://evil.example") == 403
        assert refused(base, Cookie=f"concviz-{base.split(':')[2].rstrip('/')}=wrong") == 403


async def test_a_page_shows_the_session_and_takes_keys(tmp_path: Path) -> None:
    from tests.browser import chromium

    session = crawl(tmp_path / "crawl").path
    with served("replay", session, cwd=tmp_path) as url:
        async with chromium() as browser:
            page = await browser.new_page(viewport={"width": 1300, "height": 800})
            asked: list[str] = []
            page.on("request", lambda request: asked.append(request.url))
            await page.goto(url)
            await page.wait_for_selector("body.-first-byte", timeout=60_000)
            assert "key=" not in page.url
            # keys reach it without a click
            await page.wait_for_function("document.activeElement.matches('.xterm-helper-textarea')")
            screenshots = tmp_path / "screenshots"
            await page.keyboard.press("Shift+S")
            for _ in range(600):
                if screenshots.is_dir() and any(screenshots.iterdir()):
                    break
                await page.wait_for_timeout(50)
            (picture,) = screenshots.iterdir()
            assert "spinner_0" in picture.read_text("utf-8")
            base = url.partition("?")[0]
            local = (base, base.replace("http:", "ws:"), "data:", "blob:")
            elsewhere = [one for one in asked if not one.startswith(local)]
            assert all("fonts.googleapis.com" in one for one in elsewhere)


async def test_ctrl_c_ends_what_an_open_page_shows_and_then_the_server(tmp_path: Path) -> None:
    from tests.browser import chromium

    session = crawl(tmp_path / "crawl").path
    command = [*CONCVIZ, "serve", "--port", "0", "replay", str(session)]
    async with chromium() as browser:
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path
        ) as server:
            assert server.stdout
            page = await browser.new_page()
            await page.goto(server.stdout.readline().split()[4])
            await page.wait_for_selector("body.-first-byte", timeout=60_000)
            shown = psutil.Process(server.pid).children(recursive=True)
            assert shown
            server.send_signal(signal.SIGINT)
            told = await asyncio.to_thread(server.communicate, timeout=60)
            assert (told[1], server.returncode) == ("", 0)
            assert not [process for process in shown if process.is_running()]


@pytest.mark.parametrize(("words", "says"), [
    (["--host", "0.0.0.0"], "may be reached by other machines, and whoever has the page's address can run"),
    (["--host", "::"], "--expose-to-network serves it all the same"),
    (["--host", "example.org"], "--expose-to-network serves it all the same"),
    (["--port", "70000"], "'70000' is no port from 0 to 65535"),
    (["record", "app.py"], "a page shows run, replay, lab, step, compare or, with nothing said, home; not"),
    (["run", "missing.py"], "there is no file 'missing.py'"),
    (["run"], "say what to run"),
    (["step", "--headless", "-c", "0"], "there is nothing to show on a page in that"),
    (["compare", "fetch"], "there is nothing to show on a page in that"),
    (["lab"], "there is nothing to show on a page in that"),
    (["replay"], "the following arguments are required: SESSION"),
])
def test_wrong_usage_is_refused_in_one_line(tmp_path: Path, words: list[str], says: str) -> None:
    done = concviz("serve", *words, cwd=tmp_path)
    text = done.stderr.decode()
    assert text.startswith("concviz: ")
    assert text.count("\n") == 1
    assert says in text
    assert (done.returncode, done.stdout) == (2, b"")


def test_without_textual_serve_it_says_how_to_get_it(tmp_path: Path) -> None:
    code = ("import sys; sys.modules['textual_serve'] = None\n"
            "from concviz.__main__ import main; sys.exit(main(['serve']))")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=tmp_path, timeout=60)
    assert done.returncode == 2
    assert done.stderr == b"concviz: concviz serve needs textual-serve: pip install 'concviz[serve]'\n"


def test_a_taken_port_is_one_line(tmp_path: Path) -> None:
    with served(cwd=tmp_path) as url:
        port = url.split(":")[2].partition("/")[0]
        done = concviz("serve", "--port", port, cwd=tmp_path)
    assert done.returncode == 2
    assert b"Address already in use (--port says another)" in done.stderr
    assert done.stderr.count(b"\n") == 1


def test_the_command_of_a_page_keeps_its_words() -> None:
    options = cli.parse(["serve", "--port", "9000", "run", "--hz", "0", "--", "app", "--port", "1"])
    assert (options.port, options.host) == (9000, "127.0.0.1")
    assert options.target == ["run", "--hz", "0", "--", "app", "--port", "1"]


def test_a_page_is_known_by_the_environment_and_leaves_nothing_there() -> None:
    assert page_size({"TERM": "xterm"}) is None
    assert page_size({"TEXTUAL_DRIVER": "mine:Driver"}) is None
    code = ("import os; from concviz.cli_web import page_size; print(page_size(os.environ), "
            "[n for n in os.environ if n.startswith(('TEXTUAL', 'TERM_')) or n in ('COLUMNS', 'ROWS')])")
    told = {"TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver", "TEXTUAL_FPS": "60", "COLUMNS": "132",
            "TEXTUAL_COLOR_SYSTEM": "truecolor", "TERM_PROGRAM": "textual", "ROWS": "50"}
    done = subprocess.run([sys.executable, "-c", code], env=told, capture_output=True, text=True, timeout=60)
    assert done.stdout == "(132, 50) []\n"
