"""The GIL of another process, read from outside: found once per executable, then two small reads a look.

``probe.py`` finds the words in a helper process of the same executable; here they are moved onto the target's
mapping and checked there. Nothing is injected into the target, and it is never stopped.
"""

from __future__ import annotations

import errno
import json
import os
import re
import struct
import subprocess
import time
from collections.abc import Container
from pathlib import Path
from typing import NamedTuple

from concviz.core.system.code_objects import Layout
from concviz.core.system.probe import GIL_WORDS
from concviz.core.system.procfs import Proc

_PROBE = str(Path(__file__).with_name("probe.py"))
_PROBE_LIMIT_NS = 10_000_000_000
_PYTHON = re.compile(r"(python|pypy)[0-9.]*[a-z]*(\.exe)?$")
_GIL_BYTES = 208  # sizeof(struct _gil_runtime_state): the words, then two condition variables and two mutexes
_LONGEST_INTERVAL_US = 60_000_000
_U64 = struct.Struct("<Q")
_U32 = struct.Struct("<I")

Tids = Container[int]


class GilUnreadable(Exception):
    """The GIL cannot be read; the text says why in one line."""


class NotYet(Exception):
    """The process is too young: its interpreter has not begun."""


class Place(NamedTuple):
    """Where an executable keeps its GIL, and the way from a ``PyThreadState`` to the kernel's thread id."""

    module: str
    """File whose mapping holds the GIL: libpython or the executable."""
    offset: int
    """Of the GIL's words from the module's first mapping."""
    native: int | None
    """Of the kernel's id in PyThreadState (3.11 and later)."""
    ident: int | None
    """Of the pthread identifier in PyThreadState: the address of a struct pthread …"""
    pthread: int | None
    """… and of the kernel's id in that."""
    frames: Layout | str
    """How to read the frames of its threads, or why they cannot be read."""


def is_python(name: str) -> bool:
    """Is this the name of an interpreter's executable?"""
    return _PYTHON.match(name) is not None


class Locator:
    """Finds the place of the GIL for executables; never waits for an answer."""

    def __init__(self, proc: Proc) -> None:
        self.proc = proc
        self._answers: dict[tuple[str, int, str], Place | str] = {}
        self._probes: dict[tuple[str, int, str], tuple[subprocess.Popen[bytes], int]] = {}

    def place(self, pid: int) -> Place | None:
        """Where the GIL of ``pid``'s executable is; None while the answer is being looked for.

        Raises:
            GilUnreadable: it cannot be told.
            OSError: the process has vanished, or may not be looked at.
        """
        executable = self.proc.executable(pid)
        name = os.path.basename(executable)
        if not is_python(name):
            raise GilUnreadable(f"{name} is not a Python executable: its GIL is not looked for")
        try:
            changed = os.stat(executable).st_mtime_ns
        except OSError:
            raise GilUnreadable(f"its executable {executable} is gone") from None
        key = (executable, changed, self.proc.environment(pid, "LD_LIBRARY_PATH"))
        answer = self._answers.get(key) or self._ask(key)
        if isinstance(answer, str):
            raise GilUnreadable(answer)
        return answer

    def close(self) -> None:
        """End the helpers that are still at work."""
        for probe, _ in self._probes.values():
            probe.kill()
            probe.communicate()
        self._probes.clear()

    def _ask(self, key: tuple[str, int, str]) -> Place | str | None:
        """Start the helper, or take its answer when it is done."""
        if key not in self._probes:
            try:
                self._probes[key] = (_start_probe(key[0], key[2]), time.monotonic_ns())
            except OSError as error:
                self._answers[key] = f"its executable does not start: {error.strerror}"
                return self._answers[key]
        probe, since_ns = self._probes[key]
        if probe.poll() is None:
            if time.monotonic_ns() - since_ns < _PROBE_LIMIT_NS:
                return None
            probe.kill()
        del self._probes[key]
        self._answers[key] = _understand(probe.communicate()[0])
        return self._answers[key]


def _start_probe(executable: str, library_path: str) -> subprocess.Popen[bytes]:
    """The helper: isolated, without ``site``, out of reach of the terminal's signals."""
    return subprocess.Popen(
        [executable, "-I", "-S", "-B", _PROBE],
        env={"LD_LIBRARY_PATH": library_path} if library_path else {},
        cwd="/",
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _understand(line: bytes) -> Place | str:
    try:
        answer = json.loads(line)
        if "why_not" in answer:
            return str(answer["why_not"])
        frames = answer.pop("frames")
        return Place(**answer, frames=frames if isinstance(frames, str) else Layout(**frames))
    except (ValueError, TypeError, KeyError):
        return "its executable could not say where the GIL is (CPython 3.9 and later can)"


class GilWords(NamedTuple):
    """The GIL at one instant."""

    holder: int
    """Kernel's thread id of the holder; 0: it is free, or the holder cannot be told."""
    switches: int
    """How often it was taken by another thread than the one before, since the process began."""


class Gil:
    """The GIL of one process, attached to."""

    def __init__(self, proc: Proc, pid: int, place: Place) -> None:
        """Attach.

        Raises:
            NotYet: the interpreter has not begun; try again later.
            GilUnreadable: no right to read it.
            OSError: the process has vanished.
        """
        self._place = place
        self.identity = place.ident if place.ident is not None else place.native or 0
        """Of a word in PyThreadState that tells its thread from any other."""
        self._last, self._last_tid, self._switches = b"", 0, 0
        try:
            base = proc.modules(pid).get(place.module)
            self._memory = os.open(f"{proc.root}/{pid}/mem", os.O_RDONLY | os.O_CLOEXEC)
        except PermissionError:
            raise GilUnreadable("no right to read its memory (ptrace access)") from None
        try:
            if base is None:
                raise NotYet
            self.base = base
            """Where the module with the GIL, and CPython's other static data, begins."""
            self._address = base + place.offset
            self._check(proc.tasks(pid))
        except BaseException:
            os.close(self._memory)
            raise

    def owns(self, futex: int) -> bool:
        """Is this futex inside of the GIL, so that who waits for it waits for the GIL?"""
        return self._address <= futex < self._address + _GIL_BYTES

    def read(self, tids: Tids) -> GilWords | None:
        """The GIL now; None when the memory is gone: the process ended, or began another program."""
        try:
            words = os.pread(self._memory, GIL_WORDS.size, self._address)
            if words != self._last or self._last_tid not in tids:  # unchanged: the same thread has it
                _interval, holder, locked, self._switches = GIL_WORDS.unpack(words)
                self._last, self._last_tid = words, self.tid_of(holder, tids) if locked == 1 else 0
        except (OSError, struct.error):
            return None
        return GilWords(self._last_tid, self._switches)

    def peek(self, address: int, count: int) -> bytes:
        """Exactly so many bytes of the process's memory.

        Raises:
            OSError: there are not so many.
        """
        try:
            data = os.pread(self._memory, count, address)
        except OverflowError:
            data = b""
        if len(data) != count:
            raise OSError(errno.EFAULT, os.strerror(errno.EFAULT))
        return data

    def last_state(self) -> int:
        """Address of the PyThreadState that last had the GIL; 0 where that cannot be told."""
        words = self._words()
        return words[1] if words else 0

    def close(self) -> None:
        """Let go of the process."""
        os.close(self._memory)

    def _check(self, tids: list[int]) -> None:
        """Is what lies there a GIL? A process that has just begun may still have zeros or nothing there."""
        words = self._words()
        if words is None:
            raise NotYet
        interval, holder, locked, _switches = words
        if not (0 < interval <= _LONGEST_INTERVAL_US and locked in (0, 1) and holder):
            raise NotYet
        if locked and not self.tid_of(holder, set(tids)) and self._words() == words:
            raise NotYet

    def _words(self) -> tuple[int, int, int, int] | None:
        try:
            words = os.pread(self._memory, GIL_WORDS.size, self._address)
            interval, holder, locked, switches = GIL_WORDS.unpack(words)
        except (OSError, struct.error):
            return None
        return interval, holder, locked, switches

    def tid_of(self, holder: int, tids: Tids) -> int:
        """The kernel's id of the thread with this PyThreadState; 0 where it is none of ``tids``.

        The pthread's own word is the second choice where there are two: in a forked child of some 3.11 and
        3.12 the word in PyThreadState still names the parent's thread.
        """
        place = self._place
        if place.native is not None:
            tid = self._number(_U64, holder + place.native)
            if tid in tids:
                return tid
        if place.ident is not None and place.pthread is not None:
            tid = self._number(_U32, self._number(_U64, holder + place.ident) + place.pthread)
            if tid in tids:
                return tid
        return 0

    def _number(self, word: struct.Struct, address: int) -> int:
        try:
            return int(word.unpack(os.pread(self._memory, word.size, address))[0])
        except (OSError, struct.error, OverflowError):
            return 0
