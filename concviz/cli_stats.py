"""``concviz stats``: the figures of a session as JSON, or as a table that fits the terminal.

Names come from the observed program: they are shown as ``Text``, never read as markup.
"""

from __future__ import annotations

import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from concviz.cli_progress import progress, read
from concviz.core.insight.endings import said_how
from concviz.core.insight.notes import told
from concviz.core.insight.stats import stats
from concviz.core.insight.stats_moments import moments
from concviz.core.language import N_, NP_, _, ngettext, pgettext
from concviz.core.text import clean
from concviz.core.units import duration, unnamed

_SHOWN = 12  # workers of one kind below one parent; the others share a line
_TOP_SITES = 5
_DEEPEST = 8  # levels that are indented
_WIDE, _WIDEST = 76, 100  # columns of the terminal from which on a worker's line tells more
_MORE = (NP_("stats", "held up by"), NP_("stats", "end"), NP_("stats", "alive"))  # what it tells then
_END_MOST = 15
_NOTE = 500  # characters of a note
_APART = 3  # columns of the terminal between two of the table
_NAME_LEAST = 10
_PLACE = ("file", "line", "function", "state", "reason", "after")  # what makes places the same
_SITE = (NP_("stats", "where"), NP_("stats", "state"), NP_("stats", "time"), NP_("stats", "times"))
_KINDS = {"process": N_("process"), "thread": N_("thread"), "task": N_("task")}
_BAD_ENDS = {
    "failed": N_("✗ {n} failed"), "killed": N_("† {n} killed"), "cancelled": N_("⊘ {n} cancelled"),
}
_STATES = (
    (NP_("stats", "running"), "green"), (NP_("stats", "ready"), "yellow"), (NP_("stats", "waiting"), "cyan"),
)

Worker = Mapping[str, Any]


def show(path: Path, *, as_json: bool) -> Sequence[str]:
    """Print the figures of the session at ``path``; returns what is damaged in it, in words.

    Raises:
        SessionError: it cannot be opened.
    """
    with progress() as tell:
        session = read(path, tell)
        figures = stats(session, lambda share: tell("adding up", share))
        if as_json:
            found = moments(session, lambda share: tell("looking for what matters", share))
            figures = {**figures, "moments": found}
    if as_json:
        # A lone surrogate (a byte that was no UTF-8) is escaped as JSON escapes it: the rest stays readable.
        text = json.dumps(figures, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
        sys.stdout.flush()
        _write_all(text.encode("utf-8", "backslashreplace"))
    else:
        console = Console()
        console.print(table(figures, session.notes, console.width))
    return session.damage


def _write_all(data: bytes) -> None:
    while data:
        data = data[os.write(1, data) :]


def table(figures: Mapping[str, Any], notes: Sequence[str], width: int) -> RenderableType:
    """Return what ``concviz stats`` prints: the run, its workers, where their time went, what is unknown.

    Args:
        figures: from ``insight.stats``. notes: the session's.
        width: of the terminal in columns; a narrow one is given fewer columns.
    """
    workers: list[Worker] = figures["workers"]
    parts: list[RenderableType] = [_run(figures), Text(), _workers(workers, width)]
    sites = _sites(workers)
    if sites:
        parts += [Text(), _site_table(sites, width)]
    parts += [Text(f"! {clean(note, _NOTE)}", style="yellow") for note in told(notes)]
    return Group(*parts)


def _run(figures: Mapping[str, Any]) -> RenderableType:
    session, concurrency, parallelism = figures["session"], figures["concurrency"], figures["parallelism"]
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    python = f", Python {clean(session['python'])}" if session.get("python") else ""
    whole = "" if session["complete"] else ", " + _("not complete")
    rows = {
        _("command"): clean(" ".join(map(str, session["command"]))),
        _("started"): f"{clean(session['started'])}{python}",
        _("duration"): f"{_seconds(session['duration_s'])}{whole}",
        _("concurrency"): _mean_and_peak(concurrency),
        _("parallelism"): _mean_and_peak(parallelism),
        _("events"): f"{session['events']:,}",
    }
    for label, value in rows.items():
        grid.add_row(label, Text(value))
    if session["held_s"]:
        of_it = _("{time} of it, while somebody stepped the program").format(time=_seconds(session["held_s"]))
        grid.add_row(pgettext("lane", "held"), Text(of_it))
    if session["dropped"]:
        number = session["dropped"]
        missing = ngettext("{n} event is missing", "{n} events are missing", number).format(n=f"{number:,}")
        grid.add_row(_("dropped"), Text(missing, style="bold red"))
    return grid


def _mean_and_peak(figure: Mapping[str, Any]) -> str:
    return _("mean {mean}, peak {peak}").format(mean=f"{figure['mean']:.2f}", peak=f"{figure['peak']:g}")


def _workers(workers: Sequence[Worker], width: int) -> Table:
    count = 3 if width >= _WIDEST else 2 if width >= _WIDE else 0
    headings = [pgettext("stats", word) for word in (*(state for state, _style in _STATES), *_MORE[:count])]
    names, rows = [], []
    for depth, worker, others in _tree(workers):
        name = Text("  " * min(depth, _DEEPEST))
        if worker is None:
            name.append(_more(others), "dim")
            rest = [_mostly(others), _ends(others), ""]
        else:
            name.append(_(_KINDS[worker["kind"]]) + " ", "dim").append(clean(worker["name"]))
            rest = [_mostly([worker]), _end(worker), _alive(worker)]
        names.append((name, _does(worker)))
        rows.append([*_times(worker, others), *rest[:count]])
    taken = sum(_APART + max(map(cell_len, column)) for column in zip(headings, *rows))
    shown = _empty_table()
    shown.add_column(_("worker"), overflow="fold", min_width=_NAME_LEAST)
    for heading, style in zip(headings, [style for _state, style in _STATES] + [""] * count):
        right = style or heading == pgettext("stats", _MORE[-1])
        shown.add_column(heading, justify="right" if right else "left", no_wrap=True, style=style)
    room = max(_NAME_LEAST, width - taken)
    for (name, does), row in zip(names, rows):
        if does:
            fits = name.cell_len + cell_len(does) < room
            name.append(" " + (does if fits else does.rpartition(".")[2]), "dim")
        name.truncate(room, overflow="ellipsis")
        shown.add_row(name, *map(Text, row))
    return shown


def _does(worker: Worker | None) -> str:
    return clean(unnamed(worker["name"], worker["about"])) if worker and worker["kind"] == "task" else ""


def _more(others: Sequence[Worker]) -> str:
    """``… 9,988 more tasks``."""
    number, kind = len(others), others[0]["kind"]
    if kind == "task":
        words = ngettext("… {n} more task", "… {n} more tasks", number)
    elif kind == "thread":
        words = ngettext("… {n} more thread", "… {n} more threads", number)
    else:
        words = ngettext("… {n} more process", "… {n} more processes", number)
    return words.format(n=f"{number:,}")


def _empty_table() -> Table:
    return Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1))


def _tree(workers: Sequence[Worker]) -> Iterator[tuple[int, Worker | None, Sequence[Worker]]]:
    """Yield (depth, worker, ()) from the roots down, and (depth, None, the rest) of many alike."""
    below: dict[str | None, list[Worker]] = defaultdict(list)
    known = {worker["id"] for worker in workers}
    for worker in workers:
        parent = worker["parent"]
        below[parent if parent in known and parent != worker["id"] else None].append(worker)
    stack = list(_ranked(below[None], 0))
    while stack:
        row = stack.pop()
        yield row
        depth, parent, _ = row
        if parent is not None:
            stack += _ranked(below.pop(parent["id"], []), depth + 1)


def _ranked(siblings: Sequence[Worker], depth: int) -> Iterator[tuple[int, Worker | None, Sequence[Worker]]]:
    """Siblings in reverse order for a stack: of each kind the first few, the rest as one."""
    kinds: dict[str, list[Worker]] = defaultdict(list)
    for worker in siblings:
        kinds[worker["kind"]].append(worker)
    for alike in reversed(kinds.values()):
        shown = _SHOWN if len(alike) > _SHOWN + 1 else len(alike)
        if alike[shown:]:
            yield depth, None, alike[shown:]
        for worker in reversed(alike[:shown]):
            yield depth, worker, ()


def _times(worker: Worker | None, others: Sequence[Worker]) -> list[str]:
    counted = others if worker is None else [worker]
    return [_seconds(sum(one["time_s"][state] for one in counted)) for state, _style in _STATES]


def _end(worker: Worker) -> str:
    """How it ended: ``done``, ``✗ KeyError``, ``✗ exit code 3``, ``† SIGKILL``; cut to its column."""
    how = clean(said_how(worker.get("detail", "")))
    sign = {"failed": "✗", "killed": "†"}.get(worker["outcome"])
    if sign is None or not how:
        return pgettext("lane", clean(worker["outcome"]))
    text = f"{sign} {how}"
    return text if len(text) <= _END_MOST else text[: _END_MOST - 1] + "…"


def _ends(workers: Sequence[Worker]) -> str:
    """How many of these came to a bad end: ``✗ 2 failed``; '' where none did."""
    for outcome, words in _BAD_ENDS.items():
        number = sum(one["outcome"] == outcome for one in workers)
        if number:
            return _(words).format(n=f"{number:,}")
    return ""


def _alive(worker: Worker) -> str:
    end = worker["end_s"]
    return "" if end is None else _seconds(end - worker["start_s"])


def _mostly(workers: Sequence[Worker]) -> str:
    """The reason that cost these workers most of their time beside running."""
    total: dict[str, float] = defaultdict(float)
    for worker in workers:
        for reason, seconds in (*worker["waiting_s"].items(), *worker["ready_s"].items()):
            total[reason] += seconds
    reason = max(total, key=total.__getitem__, default="")
    return f"{_reason(reason)} {_seconds(total[reason])}" if reason and total[reason] > 0 else ""


def _reason(word: str) -> str:
    return _("unknown") if word == "unknown" else pgettext("lane", clean(word))


def _sites(workers: Sequence[Worker]) -> list[tuple[Mapping[str, Any], float, int]]:
    """The places that took most time: (site, seconds, times).

    What a task computes its thread computes, too, and both have it among their sites: it is counted for
    the kind of worker that has more of it.
    """
    total: dict[tuple[object, ...], dict[str, tuple[Mapping[str, Any], float, int]]] = defaultdict(dict)
    for worker in workers:
        for site in worker["sites"]:
            kinds = total[tuple(site[part] for part in _PLACE)]
            _, seconds, count = kinds.get(worker["kind"], (site, 0.0, 0))
            kinds[worker["kind"]] = site, seconds + site["total_s"], count + site["count"]
    most = [max(kinds.values(), key=lambda found: found[1]) for kinds in total.values()]
    most.sort(key=lambda found: -found[1])
    # What runs is the cause, and what waits the many who suffer: neither may crowd the other out.
    runs = [found for found in most if found[0]["state"] == "running"][:_TOP_SITES]
    runs = [found for found in runs if found[1] * 100 >= runs[0][1]]
    return runs + [found for found in most if found[0]["state"] != "running"][:_TOP_SITES]


def _site_table(sites: Sequence[tuple[Mapping[str, Any], float, int]], width: int) -> Table:
    shown = _empty_table()
    headings = [pgettext("stats", word) for word in _SITE]
    shown.add_column(headings[0], overflow="fold", min_width=_NAME_LEAST)
    for heading, right in zip(headings[1:], (False, True, True)):
        shown.add_column(heading, justify="right" if right else "left", no_wrap=right)
    rows = []
    for site, seconds, count in sites:
        reason = f" ({_reason(site['reason'])})" if site["reason"] else ""
        sampled = site["known"] != "exact"
        time_s, times = _seconds(seconds), f"{count:,}"
        if sampled:
            times = ngettext("{n} sample", "{n} samples", count).format(n=times)
        state = _("running after it") if site["after"] else pgettext("lane", clean(site["state"])) + reason
        rows.append((state, f"≈ {time_s}" if sampled else time_s, times))
    room = width - sum(_APART + max(map(cell_len, column)) for column in zip(headings[1:], *rows))
    for found, row in zip(sites, rows):
        shown.add_row(_where(found[0], room), *map(Text, row))
    return shown


def _where(site: Mapping[str, Any], room: int) -> Text:
    """A place in as much room: of a path that is too long for it only the last two parts, or the last."""
    file, function = clean(site["file"]), clean(site["function"])
    line = f":{site['line']} "
    parts = file.split("/")
    shorter = (file, "…/" + "/".join(parts[-2:]), parts[-1])
    fits = room - cell_len(line + function)
    path = next((path for path in shorter if cell_len(path) <= fits), shorter[-1])
    return Text(path + line).append(function, "dim")


def _seconds(value: float) -> str:
    """A length of time with about three digits; always seconds where it is a long one."""
    if value >= 60:
        return f"{value:,.{0 if value >= 100 else 1}f} {pgettext('unit', 's')}"
    return duration(round(value * 1e9)) if value > 0 else "0"
