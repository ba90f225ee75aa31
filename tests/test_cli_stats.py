"""The table of ``concviz stats``: everything in it, at any width, whatever the names hold."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from concviz.cli_stats import table
from concviz.core import language
from concviz.core.insight.stats import stats
from concviz.core.insight.stats_moments import moments
from tests.core.launch.commands import CONCVIZ, OnTerminal, bare
from tests.core.timeline.stories import read
from tests.tui.sessions import crawl

SLOW = "import sys; from concviz import cli_progress; cli_progress._SOON_S = -1\n" \
    "from concviz.__main__ import main; sys.exit(main(sys.argv[1:]))"
ROOT = Path(__file__).resolve().parent.parent


def worker(name: str, kind: str = "task", parent: str | None = "p1", **more: Any) -> dict[str, Any]:
    """A worker as ``stats`` describes it; its id is its name."""
    return {
        "id": name, "kind": kind, "parent": parent, "pid": 1, "tid": 1, "name": name, "about": "",
        "outcome": "done", "start_s": 0.0, "end_s": 2.0, "steps": 3,
        "time_s": {"running": 0.25, "ready": 0.5, "waiting": 1.25}, "waiting_s": {"io": 1.0, "lock": 0.25},
        "ready_s": {"gil": 0.5}, "known": "exact",
        "sites": [{"file": "app.py", "line": 42, "function": "fetch", "state": "waiting", "reason": "io",
                   "total_s": 1.0, "count": 40, "known": "exact", "after": False}], **more,
    }


def figures(*workers: dict[str, Any], dropped: int = 0) -> dict[str, Any]:
    """The figures of a session with these workers below a process p1."""
    return {
        "schema": 1,
        "session": {
            "command": ["python", "app.py"], "python": "3.13.0", "started": "2026-01-01T00:00:00+00:00",
            "duration_s": 2.0, "complete": True, "events": 12345, "dropped": dropped, "held_s": 0,
        },
        "concurrency": {"mean": 9.8, "peak": 10}, "parallelism": {"mean": 1.0, "peak": 2},
        "workers": [worker("p1", "process", None, sites=[]), *workers],
    }


def shown(data: dict[str, Any], width: int = 100, notes: tuple[str, ...] = ()) -> str:
    file = io.StringIO()
    Console(file=file, width=width, no_color=True).print(table(data, notes, width))
    return file.getvalue()


def test_the_run_its_workers_and_their_places_are_told() -> None:
    text = shown(figures(worker("load"), worker("parse")))
    for part in ("python app.py", "Python 3.13.0", "2.00 s", "mean 9.80, peak 10", "12,345", "task load",
                 "250 ms", "500 ms", "1.25 s", "io 1.00 s", "app.py:42 fetch", "waiting (io)", "80"):
        assert part in text
    assert "missing" not in text


def test_a_line_that_a_task_went_on_from_is_no_line_where_it_ran() -> None:
    ran = {"file": "app.py", "line": 42, "function": "fetch", "state": "running", "reason": None, "count": 1,
           "known": "exact"}
    text = shown(figures(worker("load", sites=[{**ran, "total_s": 1.0, "after": True},
                                               {**ran, "total_s": 0.75, "after": False}])))
    assert re.search(r"app.py:42 fetch +running after it +1.00 s", text)
    assert re.search(r"app.py:42 fetch +running +750 ms", text)


def test_children_stand_below_their_parents_in_order() -> None:
    text = shown(figures(
        worker("t2", "thread"), worker("inner", parent="t2"), worker("t1", "thread"),
        worker("lost", parent="gone")))
    lines = [line.split("250")[0].rstrip() for line in text.splitlines() if "done" in line]
    assert lines == ["process p1", "  thread t2", "    task inner", "  thread t1", "task lost"]


def test_ten_thousand_siblings_share_a_line() -> None:
    text = shown(figures(*(worker(f"w{n}") for n in range(10_000))))
    assert "… 9,988 more tasks" in text
    assert "2,497 s" in text
    assert len(text.splitlines()) < 50


@pytest.mark.parametrize(("outcomes", "told"), [
    (["done", "cancelled", "failed", "failed"], "✗ 2 failed"), (["killed", "cancelled"], "† 1 killed"),
    (["cancelled"], "⊘ 1 cancelled"),
])
def test_of_many_in_one_line_the_worst_end_is_counted(outcomes: list[str], told: str) -> None:
    workers = [*(worker(f"w{n}") for n in range(15)), *(worker("x", outcome=outcome) for outcome in outcomes)]
    (line,) = (line for line in shown(figures(*workers)).splitlines() if "more tasks" in line)
    assert told in line
    assert "✗" not in shown(figures(*(worker(f"w{n}") for n in range(20))))


def test_losses_and_notes_are_not_hidden() -> None:
    text = shown(figures(dropped=7), notes=("the log of pid 3 is cut short",))
    assert "7 events are missing" in text
    assert "the log of pid 3 is cut short" in text


def test_a_note_that_each_of_many_processes_writes_is_one_line() -> None:
    text = shown(figures(), notes=[f"p{pid}: asyncio: switched off: no reason" for pid in range(12)])
    assert [line.strip() for line in text.splitlines() if "switched off" in line] == [
        "! asyncio: switched off: no reason (in 12 processes)"
    ]


def test_in_another_language_no_word_of_the_table_stays_english() -> None:
    """But names, the program's own, and the terms that keep their name: GIL, join."""
    language.use("ru")
    held = figures(
        *(worker(f"w{n}") for n in range(20)), worker("t", "thread", outcome="failed", detail="exit code 3"),
        worker("p2", "process", outcome="killed", waiting_s={"unknown": 3.0}, end_s=200.0,
               sites=[{"file": "app.py", "line": 4, "function": "f", "state": "running", "reason": None,
                       "total_s": 1.0, "count": 4, "known": "sampled", "after": False}]), dropped=7)
    held["session"] |= {"held_s": 70, "complete": False}
    text = shown(held, 120, notes=("the recording was cut off: its end is not known",))
    english = set(re.findall(r"[A-Za-z]{2,}", text))
    assert english <= {"python", "Python", "app", "py", "fetch", "GIL", "join", "p2", "w0"}, english
    for word in ("w11", "ещё 8 задач", "✗ код", "≈ 1.00 с", "4 замера", "70.0 с", "200 с", "неизвестно"):
        assert word in text


@pytest.mark.parametrize("name", [
    "[red]bold[/red]", "[/]", "\x1b[31mred", "two\nlines", "🧵" * 50, "漢字" * 100, "x" * 10_000,
    "\u202eevil",
])
@pytest.mark.parametrize("width", [40, 80, 200])
def test_no_name_breaks_the_table(name: str, width: int) -> None:
    text = shown(figures(worker(name)), width, notes=(name,))
    assert all(cell_len(line) <= width for line in text.splitlines())
    assert all(line.isprintable() for line in text.splitlines())
    if "[" in name and width == 200:
        assert name.replace("\x1b", "␛") in text


def test_eighty_columns_are_used_before_a_name_is_cut() -> None:
    names = [f"client-session-{n}" for n in range(3)]
    tasks = [worker(name, parent="MainThread") for name in names]
    text = shown(figures(worker("MainThread", "thread"), *tasks), 80)
    assert all(f"    task {name} " in text for name in names)
    assert "held up by" in text
    long = shown(figures(worker("x" * 200)), 80)
    (line,) = (line for line in long.splitlines() if "xx" in line)
    assert 76 <= len(line) <= 80
    assert "x…" in line


@pytest.mark.parametrize(("width", "path"), [
    (200, "/a/very/long/way/down/to/the/package/module.py:7 f  "), (70, "…/package/module.py:7 f  "),
    (50, "module.py:7 f  "),
])
def test_a_path_that_is_too_long_is_told_by_its_end(width: int, path: str) -> None:
    site = {"file": "/a/very/long/way/down/to/the/package/module.py", "line": 7, "function": "f",
            "state": "running", "reason": "", "total_s": 1.0, "count": 1, "known": "sampled",
            "after": False}
    assert f"\n{path}" in shown(figures(worker("w", sites=[site])), width)


@pytest.mark.parametrize(("width", "name"), [
    (100, "task Task-7 Server.answer "), (52, "task Task-7 answer "), (48, "task Task-7 answ…"),
])
def test_a_task_that_nobody_named_tells_its_coroutine(width: int, name: str) -> None:
    text = shown(figures(worker("Task-7", about="main.<locals>.Server.answer")), width)
    assert f"  {name}" in text


def test_a_task_that_has_a_name_tells_that() -> None:
    assert "mop" not in shown(figures(worker("sweeper", about="mop")))


def test_a_worker_that_is_its_own_ancestor_is_listed_once() -> None:
    text = shown(figures(worker("self", parent="self")))
    assert text.count("task self") == 1


def test_what_a_task_computes_is_not_counted_for_its_thread_again() -> None:
    site = {"file": "app.py", "line": 7, "function": "crunch", "state": "running", "reason": "",
            "total_s": 1.5, "count": 60, "known": "sampled", "after": False}
    workers = [worker("t", "thread", sites=[site]), worker("k", "task", parent="t", sites=[site])]
    lines = [line.split() for line in shown(figures(*workers)).splitlines() if "crunch" in line]
    assert lines == [["app.py:7", "crunch", "running", "≈", "1.50", "s", "60", "samples"]]


def test_for_how_long_the_program_was_held_is_told() -> None:
    data = figures(worker("load"))
    assert "stepped" not in shown(data)
    data["session"]["held_s"] = 1.5
    assert "1.50 s of it" in shown(data)


def keys(value: dict[str, Any], of: str = "") -> Iterator[str]:
    """The keys in it, and in what it holds, each as ``workers[].sites[].file``."""
    for key, inner in value.items():
        several = [one for one in inner if isinstance(one, dict)] if isinstance(inner, list) else []
        name = f"{of}{key}[]" if several else f"{of}{key}"
        yield name
        for one in [inner] if isinstance(inner, dict) else several:
            yield from keys(one, f"{name}.")


def documented() -> set[str]:
    """What README's table of the JSON names: the first cell says of what, the second names the keys."""
    table = (ROOT / "README.md").read_text().split("## `concviz stats --json`")[1].split("\n## ")[0]
    found: set[str] = set()
    of: list[str] = []
    for row in table.splitlines():
        first, second = (re.findall(r"`([^`]+)`", cell) for cell in [*row.split(" | "), ""][:2])
        of = first or of
        found |= {*of, *(f"{name}.{key}" for name in of for key in second)}
    return found


def real_keys(folder: Path) -> set[str]:
    found = set(keys(stats(read(crawl(folder / "session").path))))
    return {key for key in found if f"{key}[]" not in found}  # a list that is empty here and there


def test_the_readme_names_every_key_of_the_json(tmp_path: Path) -> None:
    real = real_keys(tmp_path)
    assert len(real) > 50
    assert real <= documented()


def test_the_readme_names_no_key_that_is_not_there(tmp_path: Path) -> None:
    """But for values that it names: ``daemon``, ``exit code 3``."""
    found = moments(read(crawl(tmp_path / "looked at").path))
    assert found
    told = set(keys({"moments": found}))
    assert documented() - real_keys(tmp_path) - told == {"workers[].daemon", "workers[].exit code 3"}


def test_progress_is_shown_on_a_terminal_once_it_takes_long(tmp_path: Path) -> None:
    path = crawl(tmp_path / "crawl").write()
    terminal = OnTerminal([CONCVIZ[0], "-c", SLOW, "stats", path])
    assert terminal.end() == 0
    assert b"adding up" in terminal.shown
    in_pipe = bare(CONCVIZ[0], "-c", SLOW, "stats", path)
    assert (in_pipe.returncode, in_pipe.stderr) == (0, b"")
    assert b"adding up" not in in_pipe.stdout
