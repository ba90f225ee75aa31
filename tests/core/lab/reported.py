"""Work done under a model in a process of its own, for tests: what it reports."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from concviz.core.lab.comparing import PROGRAM


def run(folder: Path, *words: str, python: str = sys.executable) -> dict[str, Any]:
    """What ``run.py`` reports."""
    report = folder / "report"
    command = [python, str(PROGRAM), *words, "--report", str(report)]
    subprocess.run(command, cwd=folder, capture_output=True, timeout=120, check=False)
    return dict(json.loads(report.read_bytes()))
