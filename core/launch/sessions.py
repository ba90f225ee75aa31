"""Where sessions are kept when nobody says where, how they are called, and which were recorded last."""

from __future__ import annotations

import itertools
import os
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from concviz.core.launch import folder
from concviz.core.launch.errors import NO_SESSION, LaunchError
from concviz.core.session import damage
from concviz.core.session.alive import of_session
from concviz.core.session.chunks import SUFFIX
from concviz.core.session.damage import Damage
from concviz.core.session.files import Folder, pread
from concviz.core.session.folder import JSON_LIMIT, end_in, log_stems, start_in
from concviz.core.text import clean

_NAME_LIMIT = 40
_COMPARED = "/lab/run.py"
"""The program that does work under a model; with ``--report``, for ``core/lab/comparing.py``."""
_PATIENCE_S = 10.0
_POLL_S = 0.02


class RecentSession(NamedTuple):
    """What a list of sessions shows of one; all text is clean."""

    path: Path
    name: str
    command: tuple[str, ...]
    started: str
    """ISO 8601, local time."""
    duration_ns: int | None
    """None while it runs, or where the recorder was killed."""
    status: int | None
    """Exit code, or minus the signal's number; None as above."""
    running: bool
    damage: Damage | None = None
    """What is wrong with it, as far as this was looked for. The other facts may be missing then."""

    @property
    def of_comparison(self) -> bool:
        """Is it one of the runs of a comparison? There are many, and nobody opens them one by one."""
        program = any(word.endswith(_COMPARED) for word in self.command)
        return program and "--report" in self.command


def default_root(env: Mapping[str, str] | None = None) -> Path:
    """Return the folder of sessions: ``$XDG_STATE_HOME`` or ``~/.local/state``, then ``concviz/sessions``."""
    env = os.environ if env is None else env
    state = env.get("XDG_STATE_HOME", "")
    # The XDG base directory specification says to ignore a relative path here.
    base = Path(state) if os.path.isabs(state) else Path.home() / ".local" / "state"
    return base / "concviz" / "sessions"


def create(name: str, root: Path | None = None, at_s: float | None = None) -> Path:
    """Make a new session folder NAME-YYYYmmdd-HHMMSS below ``root`` and return it.

    Args:
        name: the program's name; what isn't a plain character becomes an underscore.
        root: :func:`default_root` if None.
        at_s: seconds since the epoch; now if None.

    Raises:
        LaunchError: it cannot be made.
    """
    root = default_root() if root is None else root
    stem = f"{safe(name)}-{time.strftime('%Y%m%d-%H%M%S', time.localtime(at_s))}"
    for suffix in ("", *(f"-{n}" for n in range(2, 100))):
        path = root / (stem + suffix)
        if not path.exists():
            return folder.create(path)
    raise LaunchError(f"'{root}' holds too many sessions named {stem}: say where with -o", NO_SESSION)


def safe(name: str) -> str:
    """Return ``name`` as a file name that no shell, screen or file system minds."""
    return re.sub(r"[^A-Za-z0-9._+-]+", "_", name).strip("._-")[:_NAME_LIMIT] or "program"


def recent(n: int, root: Path | None = None, *, compared: bool = True) -> list[RecentSession]:
    """Return the ``n`` sessions started last, newest first; reads session.json and end.json, nothing else.

    Args:
        compared: also those that were made to be compared.
    """
    files = sorted(_session_files(default_root() if root is None else root), reverse=True)
    readable = (session for _, path in files if (session := _read(path)) is not None)
    wanted = (session for session in readable if compared or not session.of_comparison)
    return list(itertools.islice(wanted, n))


def _session_files(root: Path) -> Iterator[tuple[int, Path]]:
    """When each session.json below ``root`` was written, and where it lies."""
    try:
        entries = list(os.scandir(root))
    except OSError:
        return
    for entry in entries:
        packed = entry.name.endswith(SUFFIX)
        try:
            about = os.stat(entry.path if packed else os.path.join(entry.path, "session.json"))
        except OSError:
            continue
        yield about.st_mtime_ns, Path(entry.path)


def _read(path: Path) -> RecentSession | None:
    """What a session says of itself; None where there is none."""
    if path.suffix == SUFFIX and path.is_file():
        wrong = damage.of_pack(path)
        told = None if wrong in (Damage.WHOLE, Damage.NEWER) else _told(path, packed_facts(path))
        return _untold(path, wrong or Damage.PART) if told is None else told._replace(damage=wrong)
    told = _told(path, {name: pread(path / name, JSON_LIMIT, 0) for name in ("session.json", "end.json")})
    return _untold(path, Damage.PART) if told is None and log_stems(Folder(path)) else told


def packed_facts(path: Path) -> Mapping[str, bytes]:
    """What a packed session says of itself, by file."""
    from concviz.core.session import packed  # brings NumPy: not before it is needed

    return packed.facts(path)


def _untold(path: Path, wrong: Damage) -> RecentSession:
    """A session that does not say what was run."""
    return RecentSession(path, clean(path.name), (), "", None, None, False, wrong)


def _told(path: Path, facts: Mapping[str, bytes]) -> RecentSession | None:
    start = start_in(facts.get("session.json", b""))
    if start is None or not start.command or not start.start_ns:
        return None
    about = path, start.name or clean(path.name), start.command, start.started
    end = end_in(facts.get("end.json", b""))
    if end is None:
        there = of_session(start.start_ns)
        running = path.is_dir() and (there(start.pid, 0) or there(start.recorder_pid, 0))
        return RecentSession(*about, None, None, running)
    return RecentSession(*about, end.ended_ns - start.start_ns, end.status, False)


def wait_for_recorder(session: Path) -> None:
    """Wait for a recorder that is another process: it writes its last samples after the program's end."""
    deadline = time.monotonic() + _PATIENCE_S
    while folder.recorder_lives(session, but=os.getpid()) and time.monotonic() < deadline:
        time.sleep(_POLL_S)
