"""Which model does the work best, and why: said from measured figures alone, never from the work's name.

What is said is a template and its values, so that it can be translated; thresholds are stated where they are
used. A model's *overlap* is how many waits for the outside world it has under way at once, on average; its
*demand* is how many cores it could use: those it computes on, and those it is ready for and does not get
because other programs are on them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from concviz.core.insight.alone import CROWDED, FASTEST_ALONE, alone, waited_for_others
from concviz.core.insight.compare import Figures
from concviz.core.insight.rounded import percent, seconds, times
from concviz.core.language import N_, _

SEQUENTIAL = "sequential"
WORTH_IT = 1.1
"""A model has to be so many times faster than one after another to be worth its trouble."""
_ALIKE = 1.05
"""Within so much the walls are taken for equal, and the one that uses less CPU time is better."""
_ON_SEVERAL = 1.25
"""A demand for cores from which on a model computes on more than one."""
_MUCH = 0.3
"""A share of the time that explains something."""
_LONGER = 10
_MORE_CORES = 4

ONE_AFTER_ANOTHER = N_("one after another")
FASTEST = N_("{model} is the fastest: {wall}, {speedup} times as fast as one after another.")
FASTEST_OF_ALL = N_("{model} is the fastest: {wall}.")
STAY = N_("One after another ({wall}) is the best choice: the next, {other}, takes {other_wall}.")
WAITS_OVERLAP = N_(
    "It has {overlap} waits under way at once, with work for {cores} cores: waiting needs none."
)
USES_CORES = N_("It has work for {cores} cores at once; {other} has it for {base}.")
BOTH = N_("It has {overlap} waits under way at once, and work for {cores} cores.")
FOR_GIL = N_("{model} gains little: its threads are ready, and wait for the GIL {share} of the time.")
FOR_LOCK = N_("{model} waits for a lock {share} of the time: its threads walk in single file.")
BLOCKED = N_(
    "{model} gains little: its tasks wait for the loop {share} of the time, though the work is waiting: "
    "a call blocks the loop."
)
HOGGED = N_(
    "{model} gains little: its tasks wait for the loop {share} of the time, which stands while work computes."
)
TOO_FEW = N_("{model} has {overlap} waits under way at once, {best} has {more}: more workers would help it.")
OVERHEAD = N_(
    "{model} spends {times} times the CPU time: starting workers and handing over outweighs the work."
)
UNEVEN = N_("{model} has {at_work} of its {workers} workers at work: the work is dealt out unevenly.")
MORE_CORES = N_(
    "With {n} times the cores {model} would take about {wall}: it keeps those that there are busy."
)
CORES_OVERTAKE = N_("With {n} times the cores {model} would overtake it.")
NO_CORES = N_("More cores would change nothing: {model} has work for {cores}, there are {all}.")
LONGER = N_("If every wait took {n} times as long: {model} about {wall}, {other} {base}.")
LONGER_STAYS = N_(
    "If every wait took {n} times as long, nothing would do better: no model overlaps the waits."
)
LONGER_OVERTAKES = N_(
    "If every wait took {n} times as long, {model} would be the fastest, with about {wall}."
)
NO_WAITS = N_("Longer waits would change nothing: there are hardly any.")
BUSY = N_("Other programs were on the cores {share} of the time: all of this is slower than it needs to be.")


class Said(NamedTuple):
    """A sentence: a template to be translated, and what goes into it."""

    template: str
    values: Mapping[str, str]

    def __str__(self) -> str:
        said = {
            name: _(value) if value == ONE_AFTER_ANOTHER else value for name, value in self.values.items()
        }
        return _(self.template).format(**said)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The best model, and the sentences that say why and what would change it."""

    model: str
    sentences: tuple[Said, ...]

    @property
    def text(self) -> str:
        """All of it, in the language that is spoken."""
        return " ".join(map(str, self.sentences))


def verdict(models: Mapping[str, Figures], cores: int) -> Verdict | None:
    """Judge the models that were measured; None where there are none.

    Args:
        models: figures by model. The one called ``sequential`` is what others are measured against; where it
            is missing the slowest is.
        cores: how many the machine has.
    """
    if not models:
        return None
    fair = alone(models, cores)
    best = _best(fair)
    against = SEQUENTIAL if SEQUENTIAL in fair else max(fair, key=lambda name: fair[name].wall_s)
    base = fair[against]
    others = {name: figures for name, figures in fair.items() if name not in (best, SEQUENTIAL)}
    values = {"model": best, "alone": seconds(fair[best].wall_s), "wall": seconds(models[best].wall_s)}
    sentences = [
        _winner(best, models) if best == _best(models) else Said(FASTEST_ALONE, values),
        *_why(best, fair[best], against, base), *_why_not(best, fair[best], base, others),
    ]
    if len(fair) > 1:
        sentences += [_more_cores(best, fair, base, cores), _longer_waits(best, fair, against)]
    busy = max(waited_for_others(figures, cores) for figures in models.values())
    if busy >= CROWDED:
        sentences.append(Said(BUSY, {"share": percent(busy)}))
    return Verdict(best, tuple(sentences))


def overlap(figures: Figures) -> float:
    """How many waits for the outside world are under way at once; a lock is not outside.

    A task whose step blocks runs, and no core does: that is a wait, too.
    """
    waiting = figures.concurrency * max(figures.waiting - figures.reasons.get("lock", 0.0), 0.0)
    in_steps = figures.concurrency * figures.running - figures.parallelism
    return waiting + (in_steps if figures.steps and in_steps > figures.parallelism else 0.0)


def demand(figures: Figures) -> float:
    """How many cores it could use; threads that wait for one GIL could use no more than one."""
    wanted = figures.parallelism + figures.concurrency * figures.reasons.get("core", 0.0)
    one_gil = figures.reasons.get("gil", 0.0) >= _MUCH
    return min(wanted, max(figures.parallelism, 1.0)) if one_gil else wanted


def _best(models: Mapping[str, Figures]) -> str:
    fastest = min(figures.wall_s for figures in models.values())
    base = models.get(SEQUENTIAL)
    if base is not None and base.wall_s <= fastest * WORTH_IT:
        return SEQUENTIAL
    alike = [name for name, figures in models.items() if figures.wall_s <= fastest * _ALIKE]
    return min(alike, key=lambda name: models[name].cpu_s)


def _winner(best: str, models: Mapping[str, Figures]) -> Said:
    wall_s, base = models[best].wall_s, models.get(SEQUENTIAL)
    others = [name for name in models if name != best]
    if best == SEQUENTIAL and others:
        next_best = min(others, key=lambda name: models[name].wall_s)
        other_wall = seconds(models[next_best].wall_s)
        return Said(STAY, {"wall": seconds(wall_s), "other": next_best, "other_wall": other_wall})
    if base is None or best == SEQUENTIAL:
        return Said(FASTEST_OF_ALL, {"model": best, "wall": seconds(wall_s)})
    return Said(FASTEST, {"model": best, "wall": seconds(wall_s), "speedup": times(base.wall_s / wall_s)})


def _why(best: str, figures: Figures, against: str, base: Figures) -> Iterable[Said]:
    if best == SEQUENTIAL:
        return
    waits = overlap(figures) > 1.5 and overlap(figures) > 1.5 * overlap(base)
    computes = demand(figures) > max(_ON_SEVERAL, 1.2 * demand(base))
    values = {"overlap": times(overlap(figures)), "cores": times(demand(figures))}
    if waits and computes:
        yield Said(BOTH, values)
    elif waits:
        yield Said(WAITS_OVERLAP, values)
    elif computes:
        yield Said(USES_CORES, {**values, "other": _called(against), "base": times(demand(base))})


def _why_not(
    best: str, figures: Figures, base: Figures, others: Mapping[str, Figures],
) -> Iterable[Said]:
    """What holds the others back: each cause once, at the model that shows it most."""
    causes: dict[str, tuple[float, Said]] = {}
    for name, other in others.items():
        if best != SEQUENTIAL and other.wall_s < figures.wall_s * WORTH_IT:
            continue
        found = _cause(name, other, base, best, figures)
        if found and found[0] > causes.get(found[1].template, (0.0, None))[0]:
            causes[found[1].template] = found
    return [said for _, said in causes.values()]


def _cause(
    name: str, other: Figures, base: Figures, best: str, winner: Figures,
) -> tuple[float, Said] | None:
    """The first cause that explains why a model is slower than the best, and how much of it there is."""
    several = demand(winner) >= _ON_SEVERAL
    gains = base.wall_s / other.wall_s >= 1.3 and not (several and demand(other) < _ON_SEVERAL)
    reasons = other.reasons
    values = {"model": name, "best": best}
    lock, gil, loop = (reasons.get(reason, 0.0) for reason in ("lock", "gil", "loop"))
    if lock >= _MUCH:
        return lock, Said(FOR_LOCK, {**values, "share": percent(lock)})
    dear = other.cpu_s / base.cpu_s if base.cpu_s else 0.0
    if dear >= 2 and other.cpu_s - base.cpu_s >= 0.5 * (other.wall_s - winner.wall_s):
        return dear, Said(OVERHEAD, {**values, "times": times(dear)})
    if not gains and gil >= _MUCH:
        return gil, Said(FOR_GIL, {**values, "share": percent(gil)})
    if not gains and loop >= _MUCH:
        template = BLOCKED if overlap(base) >= 0.5 else HOGGED
        return loop, Said(template, {**values, "share": percent(loop)})
    if overlap(winner) > 2 * overlap(other) and other.waiting >= 0.5:
        more = {"overlap": times(overlap(other)), "more": times(overlap(winner))}
        return 1 / (1 + overlap(other)), Said(TOO_FEW, {**values, **more})
    idle = winner.concurrency - other.concurrency
    if several and other.workers > 1 and idle > 0.25 * winner.concurrency:
        at_work = {"at_work": times(other.concurrency), "workers": str(other.workers)}
        return idle, Said(UNEVEN, {**values, **at_work})
    return None


def _more_cores(best: str, models: Mapping[str, Figures], base: Figures, cores: int) -> Said:
    """What more cores would change: they help a model that has already been seen to use several."""
    def with_more(name: str) -> float:
        figures = models[name]
        if demand(figures) < max(_ON_SEVERAL, 0.6 * cores):
            return figures.wall_s
        # What it takes beyond one after another is handing over, and that is no more spread than before.
        computing_s = min(base.cpu_s, figures.cpu_s) / demand(figures)
        return max(figures.wall_s - computing_s * (1 - 1 / _MORE_CORES), figures.wall_s / _MORE_CORES)

    winner = min(models, key=with_more)
    wall_s, figures = with_more(winner), models[best]
    if winner != best and wall_s * WORTH_IT < with_more(best):
        return Said(CORES_OVERTAKE, {"model": winner, "n": str(_MORE_CORES)})
    if with_more(best) * WORTH_IT < figures.wall_s:
        values = {"model": best, "n": str(_MORE_CORES), "wall": seconds(with_more(best))}
        return Said(MORE_CORES, values)
    return Said(NO_CORES, {"model": best, "cores": times(demand(figures)), "all": str(cores)})


def _longer_waits(best: str, models: Mapping[str, Figures], against: str) -> Said:
    """What longer waits would change: they cost a model less, the more of them it has under way."""
    base = models[against]
    waited_s = overlap(base) * base.wall_s
    if waited_s < 0.1 * base.wall_s:
        return Said(NO_WAITS, {})

    def with_longer(figures: Figures) -> float:
        return figures.wall_s + (_LONGER - 1) * waited_s / max(overlap(figures), 1.0)

    winner = min(models, key=lambda name: with_longer(models[name]))
    wall_s = with_longer(models[winner])
    values = {"model": winner, "n": str(_LONGER), "wall": seconds(wall_s)}
    if winner != best and wall_s * WORTH_IT < with_longer(models[best]):
        return Said(LONGER_OVERTAKES, values)
    if best == SEQUENTIAL:
        return Said(LONGER_STAYS, {"n": str(_LONGER)})
    values |= {"model": best, "wall": seconds(with_longer(models[best]))}
    return Said(LONGER, {**values, "other": _called(against), "base": seconds(with_longer(base))})


def _called(model: str) -> str:
    return ONE_AFTER_ANOTHER if model == SEQUENTIAL else model
