"""What can be set of an experiment becomes the program's options, and what cannot is told in one line."""

from __future__ import annotations

import pytest

from concviz.core.lab import adjusting, bounds
from concviz.core.lab.adjusting import AS_IT_IS, Adjustments
from concviz.core.lab.catalog import BY_KEY, EXPERIMENTS
from concviz.core.lab.glossary import TERMS
from concviz.core.launch.errors import LaunchError


def words(key: str, **asked: object) -> list[str]:
    """The arguments after the program."""
    return adjusting.words(BY_KEY[key], Adjustments(**asked))[1:]  # type: ignore[arg-type]


def test_as_it_is() -> None:
    assert words("fetch_threads") == []
    assert words("fetch") == ["fetch", "asyncio"]
    assert words("lock_order") == []


def test_everything_at_once() -> None:
    asked = {"items": 7, "latency_s": 0.25, "workers": 3, "model": "thread-pool"}
    assert words("fetch", **asked) == [
        "fetch", "thread-pool", "--size", "7", "--latency", "0.25", "--workers", "3"]
    assert words("fetch_threads", items=7, latency_s=1.0, workers=3) == [
        "--requests", "7", "--latency", "1", "--workers", "3"]
    assert words("lost_update_asyncio", workers=3) == ["--tasks", "3"]


@pytest.mark.parametrize(("key", "asked", "why"), [
    ("lock_order", {"items": 3}, "lock_order has nothing to set"),
    ("compute", {"latency_s": 1.0}, "compute has no latency to set, only items, workers, model"),
    ("fetch_asyncio", {"model": "threading"},
     "fetch_asyncio has no model to set, only items, latency, workers"),
    ("count", {"model": "threading"}, "count cannot be done by 'threading': there are sequential, asyncio"),
    ("fetch", {"model": "thread"}, "fetch cannot be done by 'thread': there are threading"),
    ("fetch", {"model": "free-threaded"},
     "free-threaded needs a Python of its own: concviz compare looks for one"),
])
def test_what_cannot_be_set(key: str, asked: dict[str, object], why: str) -> None:
    with pytest.raises(LaunchError) as error:
        words(key, **asked)
    assert str(error.value) == why


@pytest.mark.parametrize(("typed", "read"), [
    ({}, AS_IT_IS),
    ({"items": " ", "model": ""}, AS_IT_IS),
    ({"items": "12", "latency": "0,5", "workers": "500", "model": " asyncio "},
     Adjustments(12, 0.5, 500, "asyncio")),
    ({"latency": "0"}, Adjustments(latency_s=0.0)),
])
def test_what_was_typed(typed: dict[str, str], read: Adjustments) -> None:
    assert adjusting.read(typed) == read


@pytest.mark.parametrize(("typed", "why"), [
    ({"items": "0"}, "items: '0' is no number from 1 to 100,000"),
    ({"items": "1000000"}, "items: '1000000' is no number from 1 to 100,000"),
    ({"items": "٣"}, "items: '٣' is no number from 1 to 100,000"),
    ({"items": "9" * 5000}, f"items: '{'9' * 5000}' is no number from 1 to 100,000"),
    ({"workers": "501"}, "workers: '501' is no number from 1 to 500"),
    ({"latency": "nan"}, "latency: 'nan' is no number of seconds from 0 to 60"),
    ({"latency": "-1"}, "latency: '-1' is no number of seconds from 0 to 60"),
    ({"latency": "soon"}, "latency: 'soon' is no number of seconds from 0 to 60"),
])
def test_what_was_mistyped(typed: dict[str, str], why: str) -> None:
    with pytest.raises(LaunchError) as error:
        adjusting.read(typed)
    assert str(error.value) == why


def test_a_comparison_reads_numbers_as_an_experiment_does() -> None:
    assert bounds.seconds("0,5") == bounds.seconds("0.5") == 0.5
    with pytest.raises(ValueError, match="is no number from 1 to 99"):
        bounds.whole("9" * 5000, 99)


@pytest.mark.parametrize(("name", "meant"), [
    ("fetchh", "fetch"), ("lock_convoy", "lock-convoy"), ("fetch-threads", "fetch_threads"),
])
def test_the_nearest_name(name: str, meant: str) -> None:
    with pytest.raises(LaunchError, match=f"did you mean {meant}\\?"):
        adjusting.find(name)


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda experiment: experiment.key)
def test_what_it_does_otherwise_is_known(experiment: object) -> None:
    usual = adjusting.usual(experiment)  # type: ignore[arg-type]
    known = adjusting.takes(experiment)  # type: ignore[arg-type]
    assert set(known) <= set(usual)
    assert all(usual[name] for name in known if name in ("items", "latency", "model"))


def test_every_word_of_the_glossary_is_explained_and_shown() -> None:
    assert len({term.word for term in TERMS}) == len(TERMS)
    for term in TERMS:
        assert term.experiment in BY_KEY, term.word
        assert term.meaning.endswith("."), term.word
        assert term.meaning.count(". ") <= 1, term.word
    assert {
        "parallelism", "concurrency", "coroutine", "event loop", "await point", "GIL", "ready queue", "lane",
        "multiprocessing", "threading", "cooperative multitasking", "context switch", "span", "task",
    } <= {term.word for term in TERMS}
