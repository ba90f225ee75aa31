"""The verdict follows the figures: made-up ones, both ways round."""

from __future__ import annotations

from typing import Any

from concviz.core.insight import verdict as v
from concviz.core.insight.alone import FASTEST_ALONE, waited_for_others
from concviz.core.insight.compare import Figures
from concviz.core.insight.verdict import Verdict, verdict


def took(wall_s: float, cpu_s: float, **more: Any) -> Figures:
    """Figures of a model that waits for whatever it does not compute."""
    values: dict[str, Any] = {
        "whole_s": wall_s + 0.2, "concurrency": 1.0, "concurrency_peak": 1, "parallelism": cpu_s / wall_s,
        "parallelism_peak": 2, "running": 0.0, "ready": 0.0, "items": 40, "workers": 1, "switches": 10,
        "steps": 0, "peak_rss_bytes": None, **more,
    }
    return Figures(wall_s=wall_s, cpu_s=cpu_s, waiting=1 - values["running"] - values["ready"], **values)


WAITS = took(2.0, 0.05, running=0.02)
COMPUTES = took(2.0, 2.0, running=1.0)


def threads(wall_s: float, cpu_s: float = 0.06, workers: int = 10, **more: Any) -> Figures:
    """Threads whose waits overlap."""
    return took(wall_s, cpu_s, **{"concurrency": float(workers), "workers": workers, "running": 0.02, **more})


def judged(cores: int = 2, **models: Figures) -> Verdict:
    found = verdict({name.replace("_", "-"): figures for name, figures in models.items()}, cores)
    assert found is not None
    return found


def said(found: Verdict, template: str) -> dict[str, str]:
    """The values of the one sentence made from a template."""
    (sentence,) = [sentence for sentence in found.sentences if sentence.template == template]
    return dict(sentence.values)


def templates(found: Verdict) -> set[str]:
    return {sentence.template for sentence in found.sentences}


def test_where_the_work_waits_who_overlaps_most_wins() -> None:
    found = judged(
        sequential=WAITS, thread_pool=threads(0.21), asyncio=threads(0.09, workers=38),
        process_pool=took(1.1, 0.2, concurrency=2.0, workers=2))
    assert found.model == "asyncio"
    assert said(found, v.FASTEST) == {"model": "asyncio", "wall": "90 ms", "speedup": "22"}
    assert said(found, v.WAITS_OVERLAP)["overlap"] == "37"
    assert said(found, v.TOO_FEW)["model"] == "process-pool"
    assert v.NO_CORES in templates(found)
    assert said(found, v.LONGER)["model"] == "asyncio"


def test_where_the_work_computes_who_uses_the_cores_wins() -> None:
    by_gil = took(2.1, 2.1, concurrency=2.0, workers=2, running=0.5, ready=0.48, reasons={"gil": 0.48})
    by_cores = took(1.05, 2.0, concurrency=2.0, workers=2, running=0.95)
    found = judged(sequential=COMPUTES, threading=by_gil, process_pool=by_cores)
    assert found.model == "process-pool"
    assert said(found, v.USES_CORES) == {
        "overlap": "0.10", "cores": "1.9", "other": v.ONE_AFTER_ANOTHER, "base": "1.0"}
    assert said(found, v.FOR_GIL) == {"model": "threading", "best": "process-pool", "share": "48 %"}
    assert said(found, v.MORE_CORES)["model"] == "process-pool"
    assert v.NO_WAITS in templates(found)


def test_the_names_decide_nothing() -> None:
    many, two = threads(0.1), took(1.0, 0.2, concurrency=2.0, workers=2)
    one = judged(sequential=WAITS, asyncio=many, process_pool=two)
    other = judged(sequential=WAITS, process_pool=many, asyncio=two)
    assert (one.model, other.model) == ("asyncio", "process-pool")
    assert templates(one) == templates(other)


def test_a_gain_that_is_not_worth_it_leaves_it_at_one_after_another() -> None:
    assert judged(sequential=COMPUTES, thread_pool=took(1.9, 1.9, running=1.0)).model == "sequential"
    assert judged(sequential=COMPUTES, thread_pool=took(1.5, 1.5, running=1.0)).model == "thread-pool"


def test_of_two_that_are_alike_the_cheaper_one_is_better() -> None:
    dear, cheap = threads(0.200, cpu_s=0.5), threads(0.205, cpu_s=0.1)
    assert judged(sequential=WAITS, multiprocessing=dear, asyncio=cheap).model == "asyncio"
    much_faster = threads(0.1, cpu_s=0.5)
    assert judged(sequential=WAITS, multiprocessing=much_faster, asyncio=cheap).model == "multiprocessing"


def test_tiny_jobs_cost_more_to_hand_over_than_to_do() -> None:
    tiny, pool = took(0.01, 0.01, running=1.0), took(0.6, 0.5, concurrency=2.0, workers=2, running=0.4)
    found = judged(sequential=tiny, process_pool=pool)
    assert found.model == "sequential"
    assert said(found, v.OVERHEAD)["times"] == "50"
    assert v.CORES_OVERTAKE not in templates(found)


def test_a_lock_makes_threads_walk_in_single_file() -> None:
    convoy = threads(2.0, reasons={"lock": 0.88})
    found = judged(sequential=WAITS, threading=convoy)
    assert found.model == "sequential"
    assert said(found, v.FOR_LOCK)["share"] == "88 %"
    assert v.LONGER_STAYS in templates(found)
    assert judged(sequential=WAITS, threading=threads(0.2)).model == "threading"


def test_a_loop_is_blocked_by_a_wait_or_kept_busy_by_computing() -> None:
    blocked = took(2.0, 0.05, concurrency=20.0, workers=20, running=0.05, ready=0.95, reasons={"loop": 0.95})
    found = judged(sequential=WAITS, asyncio=blocked, asyncio_threads=threads(0.4, workers=6))
    assert (found.model, said(found, v.BLOCKED)["model"]) == ("asyncio-threads", "asyncio")
    in_steps = took(2.0, 0.02, running=1.0, steps=40)  # one coroutine after another, and each blocks
    found = judged(sequential=in_steps, asyncio=took(2.0, 0.02, concurrency=20.0, running=0.05, ready=0.95,
                                                     steps=40, reasons={"loop": 0.95}))
    assert said(found, v.BLOCKED)["model"] == "asyncio"
    assert v.LONGER_STAYS in templates(found)
    busy = took(2.0, 2.0, concurrency=8.0, workers=16, running=0.1, ready=0.9, reasons={"loop": 0.9})
    found = judged(sequential=COMPUTES, asyncio=busy)
    assert (found.model, said(found, v.HOGGED)["model"]) == ("sequential", "asyncio")


def test_a_worker_without_work_is_noticed() -> None:
    even = took(1.1, 2.0, concurrency=1.9, workers=2, running=1.0)
    uneven = took(1.9, 2.0, concurrency=1.1, workers=2, running=1.0)
    found = judged(sequential=COMPUTES, process_pool=even, multiprocessing=uneven)
    assert said(found, v.UNEVEN) == {
        "model": "multiprocessing", "best": "process-pool", "at_work": "1.1", "workers": "2"}


def test_longer_waits_turn_the_verdict_round() -> None:
    both = took(2.0, 1.2, running=0.6)
    cores = took(1.0, 1.3, concurrency=2.0, workers=2, running=0.65)
    overlaps = took(1.25, 1.2, concurrency=20.0, workers=24, running=0.05, ready=0.15)
    found = judged(sequential=both, process_pool=cores, asyncio=overlaps)
    assert found.model == "process-pool"
    assert said(found, v.LONGER_OVERTAKES)["model"] == "asyncio"


def test_more_cores_turn_the_verdict_round() -> None:
    both = took(4.0, 2.4, running=0.6)
    cores = took(1.5, 2.5, concurrency=2.0, workers=2, running=0.83)
    overlaps = took(1.3, 1.25, concurrency=9.0, workers=24, running=0.1, ready=0.5)
    found = judged(sequential=both, process_pool=cores, asyncio=overlaps)
    assert found.model == "asyncio"
    assert said(found, v.CORES_OVERTAKE)["model"] == "process-pool"


def test_other_programs_on_the_cores_are_mentioned() -> None:
    crowded = took(4.0, 2.0, running=0.5, ready=0.5, reasons={"core": 0.5})
    assert said(judged(sequential=crowded), v.BUSY)["share"] == "50 %"
    assert v.BUSY not in templates(judged(sequential=COMPUTES))


def test_who_ran_while_others_were_on_the_cores_is_judged_by_what_it_would_take_alone() -> None:
    lucky = took(2.0, 2.0, running=1.0)
    crowded = took(2.2, 2.1, concurrency=2.0, workers=2, running=0.48, ready=0.52, reasons={"core": 0.52})
    found = judged(sequential=lucky, process_pool=crowded)
    assert found.model == "process-pool"
    assert said(found, FASTEST_ALONE) == {"model": "process-pool", "alone": "1.06 s", "wall": "2.20 s"}
    assert said(found, v.BUSY)["share"] == "52 %"
    unlucky = took(2.0, 1.0, running=0.5, ready=0.5, reasons={"core": 0.5})
    assert judged(sequential=unlucky, process_pool=took(1.5, 1.5, running=1.0)).model == "sequential"


def test_what_waits_behind_its_own_fellows_would_do_so_alone() -> None:
    many = took(1.1, 2.2, concurrency=8.0, workers=8, running=0.25, ready=0.75, reasons={"core": 0.75})
    assert waited_for_others(many, 2) == 0.0
    found = judged(sequential=COMPUTES, process_pool=many)
    assert (found.model, v.BUSY in templates(found)) == ("process-pool", False)
    assert v.FASTEST in templates(found)


def test_threads_under_one_gil_have_no_use_for_more_cores() -> None:
    reasons = {"gil": 0.7, "core": 0.12}
    pool = took(1.0, 0.5, concurrency=9.0, workers=10, running=0.05, ready=0.82, reasons=reasons)
    assert v.demand(pool) == 1.0
    found = judged(sequential=took(2.5, 0.5, running=0.2), thread_pool=pool)
    assert not templates(found) & {v.MORE_CORES, v.CORES_OVERTAKE}


def test_without_anything_to_compare_with() -> None:
    assert verdict({}, 2) is None
    assert judged(asyncio=threads(0.1)).text == "asyncio is the fastest: 100 ms."
    found = judged(asyncio=threads(0.1), thread_pool=threads(0.3, workers=4))
    assert (found.model, said(found, v.LONGER)["other"]) == ("asyncio", "thread-pool")
