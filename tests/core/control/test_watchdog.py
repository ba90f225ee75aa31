"""What a silent thread does, told by a /proc that the test writes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from concviz.core.control.watchdog import (
    APART_NS,
    BUSY,
    COMPUTED_NS,
    COMPUTING,
    IN_A_CALL,
    STARVED_NS,
    STOPPED,
    UNKNOWN,
    Watchdog,
)
from concviz.core.system.procfs import Proc

TICK_NS = 1_000_000_000 // os.sysconf("SC_CLK_TCK")


def thread(root: Path, status: str, voluntary: int, cpu_ns: int = 0) -> None:
    folder = root / "7" / "task" / "8"
    folder.mkdir(parents=True, exist_ok=True)
    fields = [status, *["0"] * 10, str(cpu_ns // TICK_NS), *["0"] * 39]
    (folder / "stat").write_text("8 (py) " + " ".join(fields))
    (folder / "status").write_text(
        f"Name:\tpy\nvoluntary_ctxt_switches:\t{voluntary}\nnonvoluntary_ctxt_switches:\t3\n")


@pytest.mark.parametrize(("first", "second", "told"), [
    (("S", 5), ("S", 5), IN_A_CALL), (("D", 5), ("S", 5), IN_A_CALL), (("S", 5), ("S", 6), BUSY),
    (("R", 5), ("S", 5), COMPUTING), (("S", 5), ("R", 5), COMPUTING), (("S", 5), ("T", 5), STOPPED),
])
def test_two_looks_tell(tmp_path: Path, first: tuple[str, int], second: tuple[str, int], told: str) -> None:
    watchdog = Watchdog(Proc(str(tmp_path)))
    thread(tmp_path, *first)
    assert watchdog.look(7, 8, 0, 1000) is None
    thread(tmp_path, *second, cpu_ns=COMPUTED_NS)
    assert watchdog.look(7, 8, 0, 1000 + APART_NS - 1) is None
    assert watchdog.look(7, 8, 0, 1000 + APART_NS) == told


def test_looks_of_different_waits_are_not_mixed(tmp_path: Path) -> None:
    watchdog = Watchdog(Proc(str(tmp_path)))
    thread(tmp_path, "S", 5)
    assert watchdog.look(7, 8, 0, 1000) is None
    assert watchdog.look(7, 8, 900, 1000 + APART_NS) is None
    assert watchdog.look(7, 8, 900, 1000 + 2 * APART_NS) == IN_A_CALL


def test_who_cannot_be_looked_at_is_silent(tmp_path: Path) -> None:
    assert Watchdog(Proc(str(tmp_path))).look(7, 8, 0, 1000) == UNKNOWN


def test_who_is_given_no_core_is_not_taken_for_one_who_computes_long(tmp_path: Path) -> None:
    watchdog = Watchdog(Proc(str(tmp_path)))
    thread(tmp_path, "R", 5)
    assert watchdog.look(7, 8, 0, 0) is None
    thread(tmp_path, "R", 5, COMPUTED_NS - TICK_NS)
    assert watchdog.look(7, 8, 0, STARVED_NS - 1) is None
    thread(tmp_path, "R", 5, COMPUTED_NS)
    assert watchdog.look(7, 8, 0, STARVED_NS - 1) == COMPUTING


def test_who_is_given_no_core_at_all_is_not_waited_for_forever(tmp_path: Path) -> None:
    watchdog = Watchdog(Proc(str(tmp_path)))
    thread(tmp_path, "R", 5)
    assert watchdog.look(7, 8, 0, 0) is None
    assert watchdog.look(7, 8, 0, STARVED_NS) == COMPUTING


def test_who_was_woken_once_is_in_a_call_none_the_less(tmp_path: Path) -> None:
    watchdog = Watchdog(Proc(str(tmp_path)))
    thread(tmp_path, "R", 5)
    assert watchdog.look(7, 8, 0, 0) is None
    thread(tmp_path, "S", 6)
    assert watchdog.look(7, 8, 0, APART_NS) is None
    assert watchdog.look(7, 8, 0, 2 * APART_NS) == IN_A_CALL
