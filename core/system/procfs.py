"""Reading Linux's /proc: the few files the radar needs, proc(5), without leaving descriptors behind.

Every reader here raises ``OSError`` for what has vanished or may not be read and ``ValueError`` for what
cannot be understood: a process may end between any two reads.
"""

from __future__ import annotations

import os
import resource
from typing import NamedTuple

_MOST = 65536
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Stat(NamedTuple):
    """What ``/proc/PID/stat`` says, as far as it is used here."""

    name: str
    status: str
    ppid: int
    cpu_ns: int
    """User and system time of the whole process, in steps of a clock tick (10 ms)."""
    threads: int
    start_ticks: int
    rss_bytes: int
    core: int
    wait_status: int
    """How it ended, for a zombie of ours; 0 otherwise or where the kernel does not tell."""

    @property
    def over(self) -> bool:
        """Is it a zombie? One whose main thread alone has ended shows Z too, but still counts threads."""
        return self.status in "XZ" and self.threads < 2


def parse_stat(data: bytes) -> Stat:
    """Parse a stat file; the name in it may hold spaces, parentheses and newlines.

    Raises:
        ValueError: the text is not a stat line.
    """
    head, _, tail = data.rpartition(b")")
    fields = tail.split()
    if len(fields) < 37 or b"(" not in head:
        raise ValueError("not a stat line")
    return Stat(
        name=head.partition(b"(")[2].decode("utf-8", "replace"),
        status=fields[0].decode("ascii", "replace"),
        ppid=int(fields[1]),
        cpu_ns=(int(fields[11]) + int(fields[12])) * (1_000_000_000 // _TICKS_PER_S),
        threads=int(fields[17]),
        start_ticks=int(fields[19]),
        rss_bytes=int(fields[21]) * _PAGE,
        core=int(fields[36]),
        wait_status=int(fields[49]) if len(fields) > 49 else 0,
    )


def parse_schedstat(data: bytes) -> tuple[int, int, int]:
    """CPU ns, ns spent waiting for a core, and how often it was put on one.

    Raises:
        ValueError: the text is not a schedstat line.
    """
    cpu, delay, slices = data.split()
    return int(cpu), int(delay), int(slices)


def parse_switches(data: bytes) -> tuple[int, int]:
    """Voluntary and involuntary context switches of one thread, from its ``status`` file.

    Raises:
        ValueError: they are not there.
    """
    voluntary = involuntary = None
    for line in data[-200:].splitlines():
        key, _, value = line.partition(b":")
        if key == b"voluntary_ctxt_switches":
            voluntary = int(value)
        elif key == b"nonvoluntary_ctxt_switches":
            involuntary = int(value)
    if voluntary is None or involuntary is None:
        raise ValueError("no context switches in status")
    return voluntary, involuntary


class Proc:
    """A proc file system. ``root`` is another folder in tests."""

    def __init__(self, root: str = "/proc") -> None:
        self.root = root

    @property
    def present(self) -> bool:
        """Is there a Linux /proc here?"""
        return os.path.exists(f"{self.root}/self/stat") or os.path.exists(f"{self.root}/stat")

    def read(self, name: str) -> bytes:
        """The contents of ``root/name``, at most 64 kB."""
        fd = os.open(f"{self.root}/{name}", os.O_RDONLY | os.O_CLOEXEC)
        try:
            return os.read(fd, _MOST)
        finally:
            os.close(fd)

    def stat(self, pid: int) -> Stat:
        """``/proc/PID/stat``."""
        return parse_stat(self.read(f"{pid}/stat"))

    def tasks(self, pid: int) -> list[int]:
        """Thread ids of a process, in order."""
        return sorted(int(name) for name in os.listdir(f"{self.root}/{pid}/task") if name.isdigit())

    def children(self, pid: int, tid: int) -> list[int]:
        """Pids of the living children that thread ``tid`` of ``pid`` has begun."""
        return [int(child) for child in self.read(f"{pid}/task/{tid}/children").split()]

    def executable(self, pid: int) -> str:
        """The file a process runs, resolved."""
        return os.readlink(f"{self.root}/{pid}/exe")

    def modules(self, pid: int) -> dict[str, int]:
        """Files mapped into a process and where their first mapping begins."""
        bases: dict[str, int] = {}
        with open(f"{self.root}/{pid}/maps", encoding="utf-8", errors="surrogateescape") as maps:
            for line in maps:
                fields = line.rstrip("\n").split(None, 5)
                if len(fields) == 6:
                    bases.setdefault(fields[5], int(fields[0].partition("-")[0], 16))
        return bases

    def environment(self, pid: int, name: str) -> str:
        """A variable of the environment a process was started with; '' where it is not set."""
        key = os.fsencode(name) + b"="
        for entry in self.read(f"{pid}/environ").split(b"\0"):
            if entry.startswith(key):
                return os.fsdecode(entry[len(key):])
        return ""


class KeptFile:
    """A small file that is read again and again, through one descriptor while there are enough of them.

    A descriptor of /proc/PID/… belongs to that very process: it never reads one that got the pid later.
    """

    _kept = 0

    __slots__ = ("_fd", "_path")

    def __init__(self, path: str) -> None:
        """Open it.

        Raises:
            OSError: it is not there or may not be read.
        """
        self._path = path
        self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        if KeptFile._kept >= _descriptors():
            os.close(self._fd)
            self._fd = -1
        else:
            KeptFile._kept += 1

    def read(self, count: int = 512) -> bytes:
        """What it says now.

        Raises:
            OSError: it is over, or may not be read.
        """
        if self._fd >= 0:
            return os.pread(self._fd, count, 0)
        fd = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            return os.read(fd, count)
        finally:
            os.close(fd)

    def close(self) -> None:
        """Let go of the descriptor."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
            KeptFile._kept -= 1


def _descriptors() -> int:
    """How many descriptors may be kept: half of what this process may have, the rest is not ours."""
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return 4096 if soft == resource.RLIM_INFINITY else min(4096, soft // 2)
