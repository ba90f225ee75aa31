"""Session folders as recorders leave them, for tests that list, open and delete them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


def session(root: Path, at: str, age_s: int, end: Any = None, **start: Any) -> Path:
    """A session folder as a recorder leaves it, its session.json so many seconds old."""
    path = root / at
    path.mkdir(parents=True)
    begin = {"command": ["python", "app.py"], "started": "2026-01-01T00:00:00+00:00", "start_ns": 5, "pid": 0,
             "recorder_pid": 0, "name": at, **start}
    (path / "session.json").write_text(json.dumps(begin))
    os.utime(path / "session.json", (1e9 - age_s, 1e9 - age_s))
    if end is not None:
        (path / "end.json").write_text(json.dumps(end))
    return path
