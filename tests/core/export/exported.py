"""Exports read back, by readers that share nothing with the writers."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from concviz.core.export.formats import FORMATS
from concviz.core.export.request import Request

_TITLE = re.compile(r"(\w+)(?: \((\w+)\))?")
Message = dict[int, list[Any]]
"""Field number → its values: integers, or bytes of a text or message."""


def written(name: str, request: Request) -> bytes:
    """What a format's writer writes."""
    out = io.BytesIO()
    shares: list[float] = []
    FORMATS[name].writer()(request, out, shares.append)
    assert shares == sorted(shares)
    assert all(0 <= share <= 1 for share in shares)
    return out.getvalue()


def csv_rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline="")))


def json_of(data: bytes) -> dict[str, Any]:
    return dict(json.loads(data.decode("ascii")))


def message(data: bytes) -> Message:
    """A Protocol Buffers message, without knowing its type."""
    fields: Message = defaultdict(list)
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        value: Any
        if key & 7 == 0:
            value, at = _varint(data, at)
        elif key & 7 == 1:
            value, at = int.from_bytes(data[at : at + 8], "little"), at + 8
        elif key & 7 == 2:
            size, at = _varint(data, at)
            value, at = data[at : at + size], at + size
            assert len(value) == size
        else:
            raise AssertionError(f"a field of kind {key & 7}")
        fields[key >> 3].append(value)
    return fields


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 0x80:
            return value, at


class Perfetto:
    """A Perfetto trace: its tracks by uuid, its slices, moments, instants, arrows and counters."""

    def __init__(self, data: bytes) -> None:
        self.tracks: dict[int, Message] = {}
        self.slices: list[tuple[int, int, int, str, dict[str, str]]] = []
        """(track, begin, end, name, arguments)."""
        self.moments: list[tuple[int, int, int, str, dict[str, str]]] = []
        """The same, of what was worth a look."""
        self.instants: list[tuple[int, int, str]] = []
        self.arrows_out: dict[int, tuple[int, int]] = {}
        self.arrows_in: dict[int, tuple[int, int]] = {}
        self.counters: dict[int, list[tuple[int, int]]] = defaultdict(list)
        self._words: dict[tuple[int, int], str] = {}
        open_slices: dict[int, list[Any]] = {}
        for packet in map(message, message(data)[1]):
            assert packet[10] == [1]
            self._learn(packet)
            for descriptor in map(message, packet[60]):
                self.tracks[descriptor[1][0]] = descriptor
            for event in map(message, packet[11]):
                self._event(packet[8][0], event, open_slices)
        assert not open_slices

    def _learn(self, packet: Message) -> None:
        for interned in map(message, packet[12]):
            for kind, entries in interned.items():
                for entry in map(message, entries):
                    self._words[kind, entry[1][0]] = entry[2][0].decode("utf-8")

    def _event(self, t: int, event: Message, open_slices: dict[int, list[Any]]) -> None:
        (kind,), (track,) = event[9], event[11]
        arguments = {
            self._words[3, found[1][0]]: self._words[29, found[17][0]]
            for found in map(message, event[4])
        }
        name = self._words[2, event[10][0]] if event[10] else ""
        self.arrows_out |= dict.fromkeys(event[47], (track, t))
        self.arrows_in |= dict.fromkeys(event[48], (track, t))
        if kind == 1:
            assert track not in open_slices
            open_slices[track] = [t, name, arguments]
        elif kind == 2:
            begin, name, arguments = open_slices.pop(track)
            some = self.moments if self.tracks[track][2] == [b"worth a look"] else self.slices
            some.append((track, begin, t, name, arguments))
        elif kind == 3:
            self.instants.append((track, t, name))
        else:
            self.counters[track].append((t, event[30][0]))


def state_sums(spans: Iterator[tuple[str, str, str, int]]) -> dict[str, dict[str, dict[str, float]]]:
    """(worker, state, reason, ns) → the times of ``concviz stats --json``, but only what is not zero."""
    sums: dict[str, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    for worker, state, reason, ns in spans:
        sums[worker]["time_s"][state] += ns
        if state != "running":
            sums[worker][f"{state}_s"][reason or "unknown"] += ns
    return {
        worker: {key: {word: ns / 1e9 for word, ns in times.items() if ns} for key, times in kinds.items()}
        for worker, kinds in sums.items()
    }


def stats_sums(stats: dict[str, Any]) -> dict[str, dict[str, dict[str, float]]]:
    """The same out of ``concviz stats --json``."""
    return {
        worker["id"]: {
            key: {word: s for word, s in worker[key].items() if s}
            for key in ("time_s", "ready_s", "waiting_s") if any(worker[key].values())
        }
        for worker in stats["workers"] if any(worker["time_s"].values())
    }


def not_empty(sums: dict[str, dict[str, dict[str, float]]]) -> dict[str, dict[str, dict[str, float]]]:
    """Without workers and kinds that are all zero."""
    full = {worker: {key: times for key, times in kinds.items() if times} for worker, kinds in sums.items()}
    return {worker: kinds for worker, kinds in full.items() if kinds}


def text(fields: Message, number: int) -> str:
    """A text field of a message."""
    return bytes(fields[number][0]).decode("utf-8")


def split(title: str) -> tuple[str, str]:
    """State and reason of a slice."""
    found = _TITLE.fullmatch(title)
    assert found
    return found[1], found[2] or ""


def strings(value: Any) -> list[str]:
    """Every string in a JSON value."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [word for pair in value.items() for part in pair for word in strings(part)]
    return [word for part in value for word in strings(part)] if isinstance(value, list) else []
