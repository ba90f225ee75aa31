"""Runs in another interpreter: says where that executable keeps the words of its GIL, and its frames.

``gil.py`` starts it as ``EXE -I -S probe.py``; it prints one line of JSON and touches nothing but its own
process. There is no table of versions in it: it sets two odd switch intervals with ``sys.setswitchinterval``
and looks for the word that held both among the writable data of its executable and of libpython. That word
begins ``struct _gil_runtime_state`` (CPython, ``pycore_gil.h``): interval, last holder, locked, switches.
The frames are looked for in ``frame_probe.py``.

Standard library alone, and written for any Python that can be told apart from the ones that are supported.
"""

from __future__ import annotations

import json
import os
import struct
import sys
from _thread import allocate_lock, get_ident, get_native_id, start_new_thread

_INTERVALS_US = (4937, 5381)
_STATE_BYTES = 1024  # PyThreadState holds both identifiers well within it
_PTHREAD_BYTES = 4096  # struct pthread holds its kernel id well within it
GIL_WORDS = struct.Struct("<QQi4xQ")  # interval (µs), PyThreadState of the last holder, locked, switch number


class Unknown(Exception):
    """The GIL's words cannot be told; the text says why, in one line."""


def _mappings() -> list[tuple[int, int, str, int]]:
    """Writable (start, end, name, base of the module) of the executable and libpython, with their .bss."""
    executable = os.readlink("/proc/self/exe")
    found: list[tuple[int, int, str, int]] = []
    bases: dict[str, int] = {}
    after: tuple[int, str] | None = None
    with open("/proc/self/maps") as maps:
        for line in maps:
            fields = line.rstrip("\n").split(None, 5)
            start, end = (int(x, 16) for x in fields[0].split("-"))
            name = fields[5] if len(fields) > 5 else ""
            ours = name == executable or os.path.basename(name).startswith("libpython")
            if ours:
                bases.setdefault(name, start)
                after = (end, name)
            elif not name and after and after[0] == start:
                name, after = after[1], (end, after[1])
            else:
                after = None
                continue
            if "w" in fields[1]:
                found.append((start, end, name, bases[name]))
    return found


def _find_interval(mem: int) -> list[tuple[int, str, int]]:
    """Addresses of the words that follow the switch interval, with their module's name and base."""
    before = sys.getswitchinterval()
    candidates: set[tuple[int, str, int]] | None = None
    try:
        for microseconds in _INTERVALS_US:
            sys.setswitchinterval(microseconds * 1e-6)
            word = struct.pack("<Q", round(sys.getswitchinterval() * 1e6))
            found = set()
            for start, end, name, base in _mappings():
                data = os.pread(mem, end - start, start)
                at = data.find(word)
                while at >= 0:
                    if at % 8 == 0:
                        found.add((start + at, name, base))
                    at = data.find(word, at + 1)
            candidates = found if candidates is None else candidates & found
    finally:
        sys.setswitchinterval(before)
    return sorted(candidates or ())


def _offsets(mem: int, gil: int) -> tuple[set[int], set[int], set[int]]:
    """Offsets of the calling thread's identifiers in its PyThreadState and its struct pthread."""
    _interval, holder, _locked, _switches = GIL_WORDS.unpack(os.pread(mem, GIL_WORDS.size, gil))
    state = os.pread(mem, _STATE_BYTES, holder)
    native, ident = get_native_id(), get_ident()
    words = struct.unpack(f"<{len(state) // 8}Q", state)
    pthread = os.pread(mem, _PTHREAD_BYTES, ident)
    return (
        {i * 8 for i, word in enumerate(words) if word == native},
        {i * 8 for i, word in enumerate(words) if word == ident},
        {i for i in range(0, len(pthread) - 3, 4) if struct.unpack_from("<I", pthread, i)[0] == native},
    )


def _offsets_of_two_threads(mem: int, gil: int) -> tuple[int | None, int | None, int | None]:
    """The smallest offset of each identifier that is right for two threads; None where there is none."""
    first = _offsets(mem, gil)
    second: list[set[int]] = []
    done = allocate_lock()
    done.acquire()

    def look() -> None:
        try:
            second.extend(_offsets(mem, gil))
        except OSError:
            pass
        done.release()

    start_new_thread(look, ())
    done.acquire()
    if len(second) != len(first):
        return (None, None, None)
    native, ident, pthread = (min(a & b, default=None) for a, b in zip(first, second))
    return native, ident, pthread


def _frames(mem: int, gil: int, module: str, base: int) -> dict[str, object] | str:
    """How to read frames, or why they cannot be read."""
    sys.path.append(os.path.dirname(os.path.abspath(__file__)))  # an isolated interpreter leaves it out
    try:
        import frame_probe  # type: ignore[import-not-found]

        end = max(end for _start, end, name, _base in _mappings() if name == module)
        return dict(frame_probe.find(mem, gil, base, end))
    except Exception as why:
        return str(why) or type(why).__name__


def _locate() -> dict[str, object]:
    if sys.implementation.name != "cpython":
        raise Unknown(f"{sys.implementation.name}: only CPython's GIL can be read")
    if "t" in getattr(sys, "abiflags", ""):
        raise Unknown("free-threaded build: there is no GIL")
    if struct.calcsize("P") != 8 or sys.byteorder != "little":
        raise Unknown("only 64-bit little-endian processes can be read")
    mem = os.open("/proc/self/mem", os.O_RDONLY)
    for gil, module, base in _find_interval(mem):
        try:
            native, ident, pthread = _offsets_of_two_threads(mem, gil)
        except OSError:
            continue
        if native is not None or (ident is not None and pthread is not None):
            offsets = {"native": native, "ident": ident, "pthread": pthread}
            frames = _frames(mem, gil, module, base)
            return {"module": module, "offset": gil - base, **offsets, "frames": frames}
    raise Unknown("unknown layout: the GIL was not found in this interpreter's data")


if __name__ == "__main__":
    try:
        print(json.dumps(_locate()))
    except Unknown as why:
        print(json.dumps({"why_not": str(why)}))
    except OSError as error:
        print(json.dumps({"why_not": f"its memory cannot be read: {error.strerror}"}))
