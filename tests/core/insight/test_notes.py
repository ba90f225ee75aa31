"""A session's notes, told: what several processes say alike is one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from concviz.core import language
from concviz.core.insight.notes import gathered, told
from tests.core.export.drawn import noting
from tests.core.timeline.stories import read

OFF = "asyncio: switched off: no reason"
OFTEN = ("sockets: called so often ({n} times a second) that observing each would slow the program; "
         "from here on their waits are sampled")


def often(n: str) -> str:
    return OFTEN.format(n=n)


def test_what_many_processes_write_is_told_once_with_their_number(tmp_path: Path) -> None:
    session = read(noting(tmp_path / "session", 12).write())
    assert sum(OFF in note for note in session.notes) == 12, "the session keeps who said it"
    other = "p111: locks: switched off: no reason"
    assert told([*session.notes, other]) == [f"{OFF} (in 12 processes)", other]


def test_what_differs_by_its_figures_alone_is_told_of_one_and_how_many_others() -> None:
    notes = [f"p1: {often('4,200')}", f"p2: {often('5,100')}", f"p3: {often('4,200')}"]
    assert told(notes) == [f"p1: {often('4,200')} (and alike in 2 other processes)"]
    assert told(notes[:2]) == [f"p1: {often('4,200')} (and alike in 1 other process)"]
    lost = ["7-0-a.events: 3 records could not be written", "8-0-b.events: 5 records could not be written"]
    assert told(lost) == [f"{lost[0]} (and alike in 1 other process)"]


@pytest.mark.parametrize("notes", [
    [f"p1: {OFF}"],
    ["the recording was cut off: its end is not known"],
    ["p1: pid 7 started with -I: its threads and tasks cannot be seen",
     "p2: pid 8 started with -I: its threads and tasks cannot be seen"],
    [f"p1: {often('4,200')}", f"p1: {often('9,000')}"],
    [f"p1: {OFF}", "p2: asyncio: switched off: another reason"],
    ["p1 says nothing", "p2 says nothing"],
], ids=["one", "of no process", "who", "one process", "why", "no head"])
def test_what_is_not_the_same_is_told_one_by_one(notes: list[str]) -> None:
    assert told(notes) == notes


def test_a_process_of_a_pid_that_was_given_again_counts_as_another() -> None:
    assert told([f"p7: {OFF}", f"p7#2: {OFF}"]) == [f"{OFF} (in 2 processes)"]


def test_they_are_known_again_when_others_say_it_or_figures_have_grown() -> None:
    (one,) = gathered([f"p1: {often('4,200')}"])
    (other,) = gathered([f"p9: {often('77')}"])
    assert one.shape == other.shape
    assert gathered([f"p9: {OFF}"])[0].shape != one.shape


def test_they_are_told_in_the_language() -> None:
    language.use("ru")
    (words,) = told([f"p{n}: {OFF}" for n in range(12)])
    assert words.startswith("asyncio: ")
    assert words.endswith(" (в 12 процессах)")
    assert "switched" not in words
