"""Makes a ``view.View``, frozen, of the scheduler's state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from concviz.core.control import view
from concviz.core.control.ready import candidates
from concviz.core.control.scheduler import Scheduler
from concviz.core.control.standing import Standing
from concviz.core.control.wishes import Follow
from concviz.core.control.workers import Doing, Worker

_NONE = Standing((), (), (), (), False, 0)


def view_of(scheduler: Scheduler, notes: tuple[str, ...]) -> view.View:
    """Everything a screen wants to know. Costs in proportion to the workers and ready handles."""
    state, baton = scheduler.state, scheduler.baton
    wish = scheduler.wish
    waiting = sorted(scheduler.workers.values(), key=lambda worker: worker.turn)
    lasts = scheduler.standing or _NONE
    cycle = scheduler.waits.cycle(with_selves=state is view.State.DEADLOCK) if scheduler.granularity else ()
    return view.View(
        state,
        scheduler.granularity,
        scheduler.step,
        tuple(candidate.choice() for candidate in candidates(waiting)),
        (*(_blocked(scheduler, w) for w in waiting if w.doing is Doing.BLOCKED and not w.may_try),
         *lasts.blocked),
        (*(_outside(w) for w in waiting if w.doing is Doing.OUTSIDE), *lasts.outside),
        cycle or lasts.cycle,
        tuple(_reports(worker for worker in waiting if worker not in lasts.members)),
        baton.worker_key if baton else "",
        scheduler.last,
        scheduler.did,
        scheduler.divergence,
        wish.left if isinstance(wish, Follow) else None,
        notes,
        scheduler.fifo,
    )


def _blocked(scheduler: Scheduler, worker: Worker) -> view.Blocked:
    places = worker.process.places
    taken = scheduler.locks.of(worker.process, worker.object)
    return view.Blocked(
        worker.worker_key, worker.process.pid, worker.thread, worker.task or None, worker.running_name,
        places.site(worker.site), worker.heard_ns, worker.object,
        worker.detail or (taken.name if taken else ""),
        taken.owner.worker_key if taken else "", taken.owner.running_name if taken else "",
        places.site(taken.site) if taken else None,
    )


def _outside(worker: Worker) -> view.Outside:
    return view.Outside(
        worker.worker_key, worker.process.pid, worker.thread, worker.task or None, worker.running_name,
        worker.kind, worker.process.places.site(worker.site), worker.heard_ns, worker.detail,
    )


def _reports(workers: Iterable[Worker]) -> Iterator[view.Report]:
    for worker in workers:
        if worker.silence is not None:
            site = worker.process.places.site(worker.site)
            yield view.Report(
                worker.worker_key, worker.running_name, worker.silence.what, site, worker.silence.since_ns
            )
