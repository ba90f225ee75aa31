"""The layout of ``system.log``, stated once: ``core/system`` writes by it, ``core/session`` reads by it.

``system.log`` is a sequence of 40-byte little-endian records; ``system.names`` holds their texts as
lines ``T <number> <text>``, escaped like those of the agent's names files. What each kind puts into
``tid``, ``value``, ``a`` and ``b`` is in ``core/session/FORMAT.md``.
"""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import NamedTuple

LOG_NAME = "system.log"
NAMES_NAME = "system.names"

RECORD = struct.Struct("<QIIIIqq")  # t_ns, kind, pid, tid, value, a, b
RECORD_SIZE = RECORD.size
assert RECORD_SIZE == 40


class Record(IntEnum):
    """What a record says."""

    THREAD = 1
    GIL = 2
    PROCESS = 3
    SWITCHES = 4
    BORN = 5
    GONE = 6
    CORE = 7
    SWEEP = 8
    RADAR = 9
    SITE = 10
    AFFINITY = 11
    IDLE = 12


class ThreadState(IntEnum):
    """What a thread was doing when it was looked at."""

    HOLDS_GIL = 1
    ON_CORE = 2
    """On a core or runnable, without the GIL; in a process whose GIL cannot be read: perhaps with it."""
    WAITS_FOR_GIL = 3
    BLOCKED = 4
    WAITS_FOR_CORE = 5
    GONE = 6


class Wait(IntEnum):
    """What a blocked thread is blocked in, as far as its system call tells."""

    UNKNOWN = 0
    LOCK = 1
    IO = 2
    SLEEP = 3
    CHILD = 4
    SELECT = 5


class ThreadValue(NamedTuple):
    """The three parts of a THREAD record's ``value``."""

    state: int
    wait: int
    core: int
    """Number of the core, -1 where it is not known."""


def thread_value(state: int, wait: int = Wait.UNKNOWN, core: int = -1) -> int:
    """Pack a THREAD record's ``value``."""
    return state | wait << 8 | (core + 1 & 0xFFFF) << 16


def unpack_thread(value: int) -> ThreadValue:
    """Unpack a THREAD record's ``value``."""
    return ThreadValue(value & 0xFF, value >> 8 & 0xFF, (value >> 16 & 0xFFFF) - 1)


class ProcessValue(NamedTuple):
    """The two parts of a PROCESS record's ``value``."""

    core: int
    """Number of the core it was last on, -1 where that is not known."""
    status: str
    """The kernel's letter, proc_pid_stat(5): R, S, D, T, Z, …; '' where it is not known."""


def process_value(core: int, status: str) -> int:
    """Pack a PROCESS record's ``value``."""
    return (core + 1 & 0xFFFF) | (ord(status[0]) & 0xFF if status else 0) << 16


def unpack_process(value: int) -> ProcessValue:
    """Unpack a PROCESS record's ``value``."""
    letter = value >> 16 & 0xFF
    return ProcessValue((value & 0xFFFF) - 1, chr(letter) if letter else "")


EXIT_CODE_BIAS = 256
"""Added to the exit code of a GONE record, so that 0 can mean unknown; death by signal n is −n."""
