"""The panel of a held program: what it says about hand-made views, in every size."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from concviz.core import language
from concviz.core.control.desk import FAILED
from concviz.core.control.program import Process
from concviz.core.control.view import State, View
from concviz.tui import held_words as words
from concviz.tui.digits import Digits
from concviz.tui.held import HeldBoard, Situation
from concviz.tui.held_deeds import DEEDS
from concviz.tui.lines import width_of
from concviz.tui.palettes import DARK
from tests.core.control.stage import Places
from tests.tui.held_views import NOW_NS, VIEWS, crawler, deadlock, diverged, many, over, payers, thread


def source(file: str, line: int) -> str:
    return f"line {line} of {file.rpartition('/')[2]}"


def shown(view: View, width: int = 100, height: int = 16, chosen: str = "", **more: str) -> list[str]:
    situation = Situation(view, NOW_NS, chosen, **more, digits=Digits().renew(view))  # type: ignore[arg-type]
    board = HeldBoard(situation, DARK, source)
    return [strip.text.rstrip() for strip in board.lines(width, height)]


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_it_fits_every_size(view: View) -> None:
    for width in (20, 40, 59, 60, 80, 109, 110, 200):
        for height in (1, 2, 3, 5, 8, 11, 30):
            strips = HeldBoard(Situation(view, NOW_NS, ""), DARK, source).lines(width, height)
            assert [width_of([(strip.text, DARK.text())]) for strip in strips] == [width] * height


def test_the_ready_list_says_who_what_where_and_since_when() -> None:
    lines = shown(payers(), chosen=payers().ready[1].id)
    first = lines.index(" 1 ┃ payer 1  acquire a lock at lost_update.py:24".ljust(92) + " 3.00 s")
    assert lines[first + 1].strip() == "line 24 of lost_update.py"
    assert lines[first + 2].startswith("▸2 ┃ payer 2  acquire a lock")
    assert " ~ ┃ MainThread  waits for a thread's end at lost_update.py:46" in lines[-8:][0] + "".join(lines)


def test_what_cannot_be_chosen_has_no_number_and_says_why() -> None:
    lines = shown(crawler())
    (callback,) = [line for line in lines if "neither overtaken" in line]
    assert callback.startswith(" – ")
    assert Digits().renew(crawler()) == {choice.id: n for n, choice in enumerate(crawler().ready[:3], 1)}


def test_source_lines_give_way_first() -> None:
    view = payers()
    for height, sources in ((16, 2), (6, 2), (5, 1), (4, 0), (3, 0)):
        lines = shown(view, 80, height, chosen=view.ready[0].id)
        assert sum("line 24 of" in line for line in lines) == sources, height
        assert any("payer 1" in line for line in lines)


def test_a_long_list_follows_the_selection_and_counts_the_rest() -> None:
    view = many(40)
    lines = shown(view, height=9, chosen=view.ready[30].id)
    assert any(line.startswith("▸") and "job 31" in line for line in lines)
    hidden = [int(line.split()[1]) for line in lines if line.strip().startswith("… ")]
    assert len(hidden) == 2
    assert sum("job " in line for line in lines) + sum(hidden) == 40


def test_names_are_harmless() -> None:
    text = "\n".join(shown(crawler(), width=200))
    assert "\x1b" not in text
    assert "[b]fetch[/b]" in text


def test_a_schedule_that_is_not_fifo_is_labelled() -> None:
    assert any(words.NOT_FIFO in line for line in shown(crawler()))
    assert not any(words.NOT_FIFO in line for line in shown(payers()))


def test_what_cannot_be_stepped_is_told() -> None:
    assert any("uvloop runs its handles itself" in line for line in shown(crawler()))
    assert any("hasher  in a C call, last heard of at lost_update.py:77" in line for line in shown(crawler()))


def test_a_deadlock_is_shown_as_a_circle_with_both_sites() -> None:
    lines = shown(deadlock())
    assert lines[0].startswith(" ↻ DEADLOCK")
    circle = lines[1:5]
    assert circle == [
        " ╭▶ left to right  holds lock 1, taken at lock_order.py:23",
        " │   waits for lock 2 at lock_order.py:24, held by right to left",
        " ├▶ right to left  holds lock 2, taken at lock_order.py:23",
        " ╰── waits for lock 1 at lock_order.py:24, held by left to right",
    ]
    assert sum("waits for lock 1" in line for line in lines) == 1  # told once


def pooled(name: str, owner: str) -> View:
    """A pool's thread waits for a lock that another one has; two more are ready."""
    blocked = replace(crawler().blocked[0], name=name, owner_name=owner)
    ready = tuple(
        replace(choice, name=f"ThreadPoolExecutor-0_{n}") for n, choice in enumerate(payers().ready, 3)
    )
    return replace(payers(), ready=ready, blocked=(blocked,))


@pytest.mark.parametrize("width", [60, 70, 80, 100, 140, 200])
def test_who_holds_a_lock_is_told_in_any_width(width: int) -> None:
    for name, owner in (("writer", "hasher"), ("writer", "ThreadPoolExecutor-0_2"),
                        ("ThreadPoolExecutor-0_1", "hasher"), ("ThreadPoolExecutor-0_1", "n" * 30 + "-0_2")):
        (line,) = (line for line in shown(pooled(name, owner), width) if " ═ " in line)
        assert "waits for journal" in line
        assert "900 ms" in line
        tail = owner if len(owner) < 8 else "-0_2"
        assert re.search(f"held by [^,]*{tail}", line), line
        assert name in line or re.search(r"Thr\S*…-0_1", line), line


def test_where_there_is_room_it_is_told_where_the_lock_was_taken() -> None:
    view = pooled("writer", "hasher")
    lines = {width: next(line for line in shown(view, width) if " ═ " in line) for width in (120, 80, 60)}
    assert "held by hasher, who took it at lost_update.py:76" in lines[120]
    assert "waits for journal at lost_update.py:81, held by hasher  " in lines[80]
    assert "waits for journal, held by hasher  " in lines[60]


@pytest.mark.parametrize("width", [50, 60, 80])
def test_of_a_circle_it_is_told_who_waits_for_whom_in_any_width(width: int) -> None:
    lines = shown(deadlock(), width)
    assert sum(bool(re.search("waits for lock 1.*held by left to right$", line)) for line in lines) == 1
    assert sum(bool(re.search("waits for lock 2.*held by right to left$", line)) for line in lines) == 1


def test_those_of_a_pool_can_be_told_apart_in_the_ready_list() -> None:
    lines = shown(pooled("writer", "hasher"), 60)
    assert any("…-0_3  acquire" in line for line in lines)
    assert any("…-0_4  acquire" in line for line in lines)
    assert any(" ThreadPoolExecutor-0_3  acquire a lock at lost_update.py:24 " in line
               for line in shown(pooled("writer", "hasher"), 80)), "there is room"


def test_a_deadlock_without_a_circle_says_so() -> None:
    view = replace(deadlock(), cycle=())
    lines = shown(view)
    assert "nobody can go on" in lines[1]
    assert sum("who took it" in line or "held by" in line for line in lines) == 2


def test_a_program_that_ended_says_how() -> None:
    assert shown(over(), outcome="SIGKILL")[0].startswith(" ■ OVER  the program has ended: SIGKILL")


def test_a_divergence_tells_what_was_expected_and_what_is_there() -> None:
    lines = shown(diverged())
    assert "the replay stopped before step 6" in lines[1]
    assert lines[2] == "   expected  payer 2 before acquire at /srv/lost_update.py:24"
    assert lines[3] == "   found     payer 2 before release at /srv/lost_update.py:25"
    later = replace(diverged(), step=6)
    assert not any("expected" in line for line in shown(later))


def test_a_replay_says_how_far_it_is() -> None:
    assert shown(VIEWS["replaying"])[1] == " repeating 13 steps in a fresh process: 8 to go"


def test_what_a_step_did() -> None:
    view = payers()
    payer = view.ready[0]
    assert words.told(12, payer, view) == "step 12: payer 1 acquired a lock at lost_update.py:24"
    named = replace(payer, detail="journal")
    assert words.told(12, named, view) == "step 12: payer 1 acquired journal at lost_update.py:24"
    stuck = deadlock()
    asked = replace(thread(2, "left to right"), site=stuck.blocked[0].site)
    assert words.told(8, asked, stuck) == "step 8: left to right found lock 2 taken at lock_order.py:24"
    task = crawler().ready[0]
    assert words.told(3, task, view) == "step 3: fetch 1 made a step at crawl.py:30"


@pytest.mark.parametrize("kind", sorted(DEEDS))
def test_every_gate_has_words(kind: str) -> None:
    choice = thread(1, "x", kind)
    for detail in ("", "timeout", "a name"):
        said = words.about(replace(choice, detail=detail))
        assert "{" not in said
        assert "timeout" not in said.replace("(with a timeout)", "")


@pytest.mark.parametrize("kind", sorted(DEEDS))
def test_every_gate_has_russian_words(kind: str) -> None:
    language.use("ru")
    said = [
        words.about(thread(1, "x", kind)),
        words.told(3, thread(1, "x", kind), payers()),
        words.does(replace(payers().outside[0], kind=kind)),
    ]
    for text in said:
        assert re.search("[а-яё]{3}", text.removeprefix("шаг 3"))
        latin = re.findall(r"[a-z]{3,}", text.replace("lost_update.py", "").lower())
        assert set(latin) <= {"notify", "join", "dns"}


def test_what_the_controller_says_is_told_in_russian() -> None:
    language.use("ru")
    process = Process("0", 7, "7", Places(), ("gevent", "freethreaded"))
    told = [words.note(note) for note in process.notes()]
    assert [note.partition(":")[0] for note in told] == ["pid 7", "pid 7"]
    assert "гринлеты" in told[0]
    assert "сборка без GIL" in told[1]
    assert words.note(f"{FAILED}: OSError(5)") == "управление отказало, программа работает сама: OSError(5)"
    report = crawler().reports[0]
    silent = "последняя весть в lost_update.py:77: остальные могут идти дальше"
    assert words.silent(report) == f"в вызове C, {silent}"
    assert words.headline(crawler()) == ["5 работников", "1 в вызове C"]
    assert any("за обратным вызовом" in line for line in shown(crawler()))


def test_the_headline_counts_who_is_held_and_who_is_not() -> None:
    assert words.headline(crawler()) == ["5 workers", "1 in a C call"]
    assert words.headline(payers()) == ["2 workers", "1 in a call"]
    assert words.state(View(State.HOLDING)) == "▢ HOLDING…"


def test_what_to_try_stands_at_the_bottom_where_there_is_room() -> None:
    hint = "press n until both are there, then the digit of the other one, and look at what it says"
    lines = shown(payers(), 60, 11, hint=hint)
    assert lines[-2:] == [
        " ? press n until both are there, then the digit of the",
        " │ other one, and look at what it says",
    ]
    assert sum("line 24 of" in line for line in lines) == 2
    assert not any("press n" in line for line in shown(payers(), 60, 5, hint=hint))


def test_a_callback_is_called_by_what_tells_it_from_others() -> None:
    choice = replace(payers().ready[0], kind="callback", name="_SelectorSocketTransport._read_ready fd 7",
                     site=None, found_bytes=4400)
    assert words.name(choice) == "_read_ready fd 7"
    assert words.about(choice) == "callback of the loop: 4 400 bytes are there"
    assert words.about(replace(choice, found_bytes=0)) == "callback of the loop: the end"
    assert words.name(replace(choice, kind="task", name="app.work 7")) == "app.work 7"
