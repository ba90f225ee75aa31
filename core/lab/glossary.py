"""The words of concurrency, each in one or two sentences, with the experiment that shows it."""

from __future__ import annotations

from dataclasses import dataclass

from concviz.core.language import N_


@dataclass(frozen=True, slots=True)
class Term:
    """A word and what it means; both are translated where they are shown."""

    word: str
    meaning: str
    experiment: str
    """Key of the experiment that shows it."""


TERMS: tuple[Term, ...] = (
    Term(
        N_("concurrency"), N_(
            "Several pieces of work are in progress at once: begun and not ended. They need not execute "
            "at the same instant; it is enough that one goes on while another waits."
        ), "fetch_threads",
    ),
    Term(
        N_("parallelism"), N_(
            "Several pieces of work execute at the same instant, on a core each. It is a special case of "
            "concurrency, and the only one that makes computing faster."
        ), "compute",
    ),
    Term(
        N_("multiprocessing"), N_(
            "Work is dealt out to several processes, each with an interpreter, a GIL and a memory of its "
            "own. It fits computing; every job and every result has to be sent across."
        ), "compute",
    ),
    Term(
        N_("threading"), N_(
            "Several threads in one process share its memory and its GIL. It fits waiting: a thread that "
            "waits for I/O lets the others run."
        ), "fetch_threads",
    ),
    Term(
        N_("asynchronous I/O"), N_(
            "One thread starts many operations and attends to whichever is ready. It fits a great number "
            "of long waits, with neither threads nor processes for them."
        ), "fetch_asyncio",
    ),
    Term(
        N_("coroutine"), N_(
            "A function that can stop at an await and go on later from there. Called, it does nothing "
            "yet: it has to be awaited, or made a task."
        ), "chain",
    ),
    Term(
        N_("task"), N_(
            "A coroutine that an event loop runs beside others, step by step. Each task has a lane here; "
            "the coroutines it awaits happen inside of it."
        ), "count",
    ),
    Term(
        N_("event loop"), N_(
            "It runs one step of one task after another, and when none is ready it waits for I/O and "
            "timers. A step that takes long holds up everybody else."
        ), "fetch_asyncio",
    ),
    Term(
        N_("cooperative multitasking"), N_(
            "A task runs until it gives way by itself, at an await; nobody interrupts it. Threads are "
            "different: they are interrupted wherever they happen to be."
        ), "count",
    ),
    Term(
        N_("await point"), N_(
            "The line at which a task gives way. Between two of them nothing else runs in its loop; "
            "across one anything may have changed."
        ), "lost_update_asyncio",
    ),
    Term(
        N_("step"), N_(
            "What a task does from one await point to the next, in one go. Short steps keep a loop "
            "responsive."
        ), "computing-in-a-coroutine",
    ),
    Term(
        N_("GIL"), N_(
            "The global interpreter lock: whoever runs Python code in a process holds it. So of several "
            "threads that compute one runs and the others are ready."
        ), "threads-for-arithmetic",
    ),
    Term(
        N_("ready queue"), N_(
            "The tasks that could go on and wait for their turn on the loop. A long queue means that "
            "somebody runs for too long."
        ), "blocking-call",
    ),
    Term(
        N_("blocking call"), N_(
            "A call that returns only when what it waits for has come, and keeps its thread until then. "
            "In a coroutine it stops the whole loop."
        ), "blocking-call",
    ),
    Term(
        N_("context switch"), N_(
            "One worker stops and another goes on in its place: on a core, under the GIL, or on an event "
            "loop. Many of them cost time of their own."
        ), "threads-for-arithmetic",
    ),
    Term(
        N_("pool"), N_(
            "A fixed number of threads or processes that take jobs from a queue. What is more than they "
            "are has to wait for one of them."
        ), "starved-executor",
    ),
    Term(
        N_("lock"), N_(
            "Only one worker can hold it at a time; who wants it meanwhile waits. Held during a long "
            "wait, it makes everybody walk in single file."
        ), "lock-convoy",
    ),
    Term(
        N_("race"), N_(
            "The result depends on who happens to go first. A lost update is one: two read, both write, "
            "and one of the writes is gone."
        ), "lost_update_threads",
    ),
    Term(
        N_("deadlock"), N_(
            "A circle of workers, each waiting for what the next one holds. Nobody can go on, for ever."
        ), "lock_order",
    ),
    Term(
        N_("bounded queue"), N_(
            "A queue with little room between producers and consumers. Whoever is faster has to wait, and "
            "the slower side sets the pace."
        ), "pipeline",
    ),
    Term(
        N_("worker"), N_(
            "A process, a thread or a task. Each has a parent and a lane."
        ), "mixed",
    ),
    Term(
        N_("lane"), N_(
            "The row of a worker: what it did at each instant, from left to right."
        ), "fetch_threads",
    ),
    Term(
        N_("span"), N_(
            "A stretch of time in which a worker stays in one state, for one reason."
        ), "fetch_sequential",
    ),
    Term(
        N_("running"), N_(
            "Executing now. A task runs while its step is in progress, even where the step blocks: then "
            "the task runs and its thread waits."
        ), "blocking-call",
    ),
    Term(
        N_("ready"), N_(
            "Able to go on, and waiting for its turn: for the GIL, for the event loop, for a core."
        ), "threads-for-arithmetic",
    ),
    Term(
        N_("waiting"), N_(
            "Unable to go on before something happens: I/O, a lock, a timer, another worker. It needs no "
            "core, so waits can overlap."
        ), "fetch_asyncio",
    ),
    Term(
        N_("wake-up"), N_(
            "Somebody makes a waiting worker ready: another task or thread, a timer, I/O."
        ), "pipeline",
    ),
)
