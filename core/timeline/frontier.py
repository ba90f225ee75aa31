"""How far a thread's history can be settled so that nothing that is still to come changes it.

That is possible at a sample, where the running time so far is squared with the CPU time. It is also possible
between two samples that lie far apart, up to ``REST_NS`` before the second: the CPU time that this one brings
was used later than that, and until then the state of the first one goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from concviz.core.model import State
from concviz.core.system.layout import ThreadState
from concviz.core.timeline import merge
from concviz.core.timeline.merge import SHORT_NS
from concviz.core.timeline.spans import STATE_BITS
from concviz.core.timeline.squaring import REST_NS, UNSEEN_NS, Debt

_NEVER = 1 << 62


@dataclass(frozen=True, slots=True)
class Now:
    """Up to where everything is known."""

    now_ns: int
    """Everything committed before this instant was read (where the logs are drained)."""
    over: bool
    """Nothing will be written any more."""
    ended_ns: int | None = None
    """When the program was over, where that is known; what is known beyond it is of others."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far what is known about a process's threads is complete."""

    known_ns: int
    """All records are read up to here; with them the call in progress is known, if there is one."""
    sweep_ns: int | None
    """Samples are complete up to here; None where the process was never sampled."""
    unsampled_ns: int
    """Time up to here that was not sampled will not be."""
    drained: bool
    """All that was committed is read (otherwise a thread is known up to its own last record)."""
    alone: bool = False
    """The process has one thread only: it cannot wait for the GIL."""
    complete: bool = False
    """No more samples will come at all."""

    def seen_ns(self) -> int:
        """Up to here the samples that are read tell of all running there was."""
        if self.sweep_ns is None or self.complete:
            return self.known_ns
        return min(self.known_ns, self.sweep_ns) - REST_NS

    def sees(self, t_ns: int) -> bool:
        """True when no sample before an instant is missing."""
        return self.complete or max(self.sweep_ns or 0, self.unsampled_ns) >= t_ns


def last_border(samples: npt.NDArray[Any], limit_ns: int, sweep_ns: int, cursor_ns: int) -> int:
    """The last instant up to ``limit_ns`` at which a thread can be settled.

    Args:
        samples: all up to ``sweep_ns``, from the one that holds at the cursor on.
    """
    times = samples["t"]
    after = int(times.searchsorted(limit_ns, "right"))
    seen_ns, rest = (int(times[after - 1]), REST_NS) if after else (cursor_ns, UNSEEN_NS)
    next_ns = int(times[after]) if after < len(times) else sweep_ns
    return max(seen_ns, min(limit_ns, next_ns - rest))


def before_turn(samples: npt.NDArray[Any], open_ns: int, target_ns: int, cursor_ns: int) -> int:
    """The target, or less where a call in progress was seen to wait for its turn.

    If all further samples see the same, its wait was over when the first of them did (``merge.ready_since``);
    if one sees it blocked again, it was not. So it is settled to the last one that saw it blocked.
    """
    times = samples["t"]
    inside = slice(int(times.searchsorted(open_ns)), int(times.searchsorted(target_ns, "right")))
    states = samples["state"][inside]
    if not merge.waits_for_turn(states).any():
        return target_ns
    blocked = np.flatnonzero(states == ThreadState.BLOCKED)
    at = inside.start + (int(blocked[-1]) if len(blocked) else -1)
    return int(times[at]) if at >= 0 else cursor_ns


def next_run(samples: npt.NDArray[Any], debt: Debt, cursor_ns: int) -> int:
    """The begin of the first stretch, from the cursor on, in which it was seen to run or used CPU time."""
    if not len(samples):
        return _NEVER
    if debt.index < 0:
        return cursor_ns
    s = samples[debt.index :]
    runs = (merge.sampled_codes(s) & STATE_BITS) == State.RUNNING
    owed = debt.carry + debt.due - debt.held - (debt.cpu or 0)
    runs[:-1] |= s["cpu"][1:] + owed >= SHORT_NS
    first = int(runs.argmax())
    return int(s["t"][first]) if runs[first] else _NEVER
