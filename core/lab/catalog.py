"""The built-in experiments: small real programs, each showing one way of doing the same work, or one bug."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Experiment:
    """One program of the lab and what a reader should know before watching it."""

    key: str
    """Short name: what ``concviz lab NAME`` takes, and the file's name."""
    title: str
    explanation: str
    """Two sentences: what the program does, and what follows from how it does it."""
    look_for: str
    """What to watch for in the lanes."""
    args: tuple[str, ...] = ()
    keys: str = ""
    """Of a bug that depends on who goes first: the keys that bring it about. Such a one starts held."""

    @property
    def held(self) -> bool:
        """Is it to be held before its first step?"""
        return bool(self.keys)

    @property
    def path(self) -> Path:
        """The program, a file that can be read, copied and run by itself."""
        return _HERE / f"{self.key}.py"


EXPERIMENTS: tuple[Experiment, ...] = (
    Experiment(
        key="fetch_sequential",
        title="Forty pages, one after another",
        explanation=(
            "One thread asks a slow server for forty pages and reads each one before it asks for the next. "
            "The processor has almost nothing to do, and still the waits add up to eight seconds."
        ),
        look_for="One lane that waits for I/O nearly all the time: concurrency 1, parallelism close to 0.",
    ),
    Experiment(
        key="fetch_threads",
        title="Forty pages by ten threads",
        explanation=(
            "A pool of ten threads shares the same forty requests, so ten of them are under way at any time. "
            "A thread that waits for the network has let go of the GIL, which is why the waits overlap."
        ),
        look_for=(
            "Ten lanes waiting side by side: concurrency 10, parallelism still near 0. "
            "Each thread takes its next page as soon as it has finished one."
        ),
    ),
    Experiment(
        key="fetch_asyncio",
        title="Forty pages by asyncio",
        explanation=(
            "One thread runs an event loop with a task for each page, and a task that awaits its socket "
            "gives way to the others. All forty waits overlap, and no second thread is needed."
        ),
        look_for=(
            "Forty task lanes in one thread, awaiting together and running in short steps, one at a time: "
            "concurrency 40, parallelism at most 1."
        ),
    ),
    Experiment(
        key="lost_update_threads",
        title="A lost update, with threads",
        explanation=(
            "Two threads pay 100 into one account; each takes the lock to read the balance, and again to "
            "write the sum. No two of these happen at once, and still a payment is lost when both read "
            "before either writes."
        ),
        look_for="Two payers and one lock that is free whenever they ask for it: no lane ever waits long.",
        keys=(
            "n, again and again, until one payer is about to acquire its second lock (line 23): it has "
            "read 0. Then the digit of the other payer until it stands there, too. space: both write 100."
        ),
    ),
    Experiment(
        key="lost_update_asyncio",
        title="A lost update, without threads",
        explanation=(
            "Two tasks pay 100 into one account: each reads the balance, awaits a journal, and writes the "
            "sum. Across an await anything can happen, and the loop's own order is one that loses a payment."
        ),
        look_for="Two task lanes in one thread that take turns: each runs a step, awaits, and runs one more.",
        keys=(
            "n until both payers are in the list; n n: both have read 0; space: both write 100. "
            "Or, instead of space, u u and then twice the digit of one payer: it is through before the other "
            "reads, and nothing is lost."
        ),
    ),
    Experiment(
        key="lock_order",
        title="A deadlock by lock order",
        explanation=(
            "Two threads move money between two accounts and lock both, each in its own order. "
            "It nearly always goes well, and stops for ever once each has taken its first lock."
        ),
        look_for="Two threads that each hold what the other waits for: a circle, with both lines of both.",
        keys=(
            "n until one thread is about to acquire its second lock (line 23). Then the digit of the other "
            "one until it stands there, too, and n until nobody can go on. u leads out again."
        ),
    ),
)
