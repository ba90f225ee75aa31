"""Looking for a Python that was built without a GIL."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

_ASK = "import sys; sys.exit(getattr(sys, '_is_gil_enabled', lambda: True)())"
_ASK_TIMEOUT_S = 20


def find(env: Mapping[str, str] | None = None) -> str | None:
    """Return the executable of a free-threaded Python, None where there is none.

    Looked for, in this order: the Python we run on, names on PATH, pyenv's versions, uv's.
    """
    env = os.environ if env is None else env
    return next((path for path in _candidates(env) if _has_no_gil(path)), None)


def _candidates(env: Mapping[str, str]) -> Iterator[str]:
    if hasattr(sys, "_is_gil_enabled"):
        yield sys.executable
    for name in ("python3.15t", "python3.14t", "python3.13t"):
        found = shutil.which(name, path=env.get("PATH", os.defpath))
        if found:
            yield found
    home = Path(env.get("HOME") or Path.home())
    pyenv = Path(env.get("PYENV_ROOT") or home / ".pyenv")
    uv = Path(env.get("UV_PYTHON_INSTALL_DIR") or home / ".local/share/uv/python")
    for pattern in (pyenv.glob("versions/*t/bin/python"), uv.glob("cpython-*+freethreaded*/bin/python3")):
        yield from map(str, sorted(pattern, reverse=True))


def _has_no_gil(path: str) -> bool:
    try:
        asked = subprocess.run(
            [path, "-I", "-c", _ASK], stdin=subprocess.DEVNULL, capture_output=True, timeout=_ASK_TIMEOUT_S,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return asked.returncode == 0
