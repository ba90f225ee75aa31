"""What a silent thread does, told by a /proc that the test writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from concviz.core.control.watchdog import (
    APART_NS,
    BUSY,
    COMPUTING,
    IN_A_CALL,
    STOPPED,
    UNKNOWN,
    Watchdog,
)
from concviz.core.system.procfs import Proc


def thread(root: Path, status: str, voluntary: int) -> None:
    folder = root / "7" / "task" / "8"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "stat").write_text(f"8 (py) {status} " + " ".join(["0"] * 50))
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
    thread(tmp_path, *second)
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
