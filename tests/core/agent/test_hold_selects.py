"""What a select is to find while held: bits in the order of its descriptors, by real pipes."""

from __future__ import annotations

import os
import select
import selectors
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from concviz.core.agent import hold_selects, log
from concviz.core.agent import layout as L

COUNT = 3


@pytest.fixture(autouse=True)
def held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "control", [L.CONTROL_SYNC, L.TIME_OF_WAITS])


@pytest.fixture
def pipes() -> Iterator[list[tuple[int, int]]]:
    made = [os.pipe() for _ in range(COUNT)]
    yield made
    for pipe in made:
        for end in pipe:
            os.close(end)


def fill(pipes: list[tuple[int, int]], *which: int) -> None:
    for at in which:
        os.write(pipes[at][1], b"x")


def found_by(
    selector: selectors.BaseSelector, pipes: list[tuple[int, int]], wanted: int | None, timeout: float | None,
) -> tuple[list[int], int | None]:
    """Which of the pipes a selector finds, and the bits that are told of it."""
    with selector:
        for read, _ in pipes:
            selector.register(read, selectors.EVENT_READ)
        args = (selector, timeout)
        select, bits = hold_selects.measured(type(selector).select, args, {}, wanted)
        result = select(*args)
        ends = [read for read, _ in pipes]
        return [ends.index(key.fd) for key, _ in result], bits(result)


def listed(pipes: list[tuple[int, int]], wanted: int | None, timeout: float | None) -> tuple[list[int], Any]:
    ends = [read for read, _ in pipes]
    args = (ends, [], ends, timeout)
    call, bits = hold_selects.measured(select.select, args, {}, wanted)
    result = call(*args)
    return [ends.index(end) for end in result[0]], bits(result)


BY: list[Callable[..., tuple[list[int], int | None]]] = [
    lambda *how: found_by(selectors.PollSelector(), *how),
    lambda *how: found_by(selectors.EpollSelector(), *how),
]


@pytest.mark.parametrize("by", BY, ids=["poll", "epoll"])
def test_what_is_ready_is_told_in_the_order_of_registration(
    pipes: list[tuple[int, int]], by: Callable[..., tuple[list[int], int | None]],
) -> None:
    fill(pipes, 2, 0)
    assert by(pipes, None, None) == ([0, 2], 0b010001)


@pytest.mark.parametrize("by", BY, ids=["poll", "epoll"])
def test_what_was_recorded_is_found_and_nothing_else(
    pipes: list[tuple[int, int]], by: Callable[..., tuple[list[int], int | None]],
) -> None:
    fill(pipes, 0, 1, 2)
    assert by(pipes, 0b010000, None) == ([2], 0b010000)


@pytest.mark.parametrize("by", BY, ids=["poll", "epoll"])
def test_where_time_was_over_nothing_is_found(
    pipes: list[tuple[int, int]], by: Callable[..., tuple[list[int], int | None]],
) -> None:
    fill(pipes, 1)
    assert by(pipes, 0, 0.001) == ([], 0)


def test_what_does_not_come_is_not_waited_for_forever(
    pipes: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks: list[int] = []
    monkeypatch.setattr(hold_selects, "_rest", looks.append)
    fill(pipes, 1)
    assert found_by(selectors.PollSelector(), pipes, 0b000001, None) == ([1], 0b000100)
    assert len(looks) == 1000


def test_who_takes_what_another_thread_is_to_find_can_wait_until_that_has_looked(
    pipes: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked, rest = threading.Event(), hold_selects._rest

    def resting(milliseconds: float) -> None:
        looked.set()
        rest(milliseconds)

    monkeypatch.setattr(hold_selects, "_rest", resting)
    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(found_by, selectors.PollSelector(), pipes, 0b000001, None)
        assert looked.wait(60)
        fill(pipes, 0)
        hold_selects.have_looked()
        os.read(pipes[0][0], 1)
        fill(pipes, 1)  # all that it could find otherwise
        assert found.result(60) == ([0], 0b000001)
    hold_selects.have_looked()  # nobody looks any more


def test_a_program_that_is_released_takes_what_there_is(pipes: list[tuple[int, int]]) -> None:
    log.control[0] = 0
    fill(pipes, 1)
    assert found_by(selectors.PollSelector(), pipes, 0b000001, None) == ([1], 0b000100)


def test_the_lists_of_select_select_are_one_after_the_other(pipes: list[tuple[int, int]]) -> None:
    fill(pipes, 0, 2)
    assert listed(pipes, None, None) == ([0, 2], 0b101)
    assert listed(pipes, 0b100, None) == ([2], 0b100)
    assert listed(pipes, 0, 0.001) == ([], 0)


def test_of_many_descriptors_nothing_is_told(pipes: list[tuple[int, int]]) -> None:
    fill(pipes, 0)
    args = ([read for read, _ in pipes] * 21, [], [])
    call, bits = hold_selects.measured(select.select, args, {}, None)
    assert (call, bits(call(*args))) == (select.select, None)
