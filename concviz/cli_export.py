"""``concviz export``: a session in another form, written whole or not at all."""

from __future__ import annotations

import argparse
import os
import signal
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from concviz.cli_export_options import default_output
from concviz.cli_pack import say, tell_damage
from concviz.cli_progress import Tell, progress, read
from concviz.core.export.formats import Format, format_of
from concviz.core.export.request import ExportError, Request, request_of
from concviz.core.language import _
from concviz.core.launch.errors import NO_SESSION, LaunchError
from concviz.core.launch.signals import end_in_good_order
from concviz.core.session.session import Session, SessionError
from concviz.core.units import size

_STDOUT = "-"


def export(options: argparse.Namespace) -> int:
    """Write what was asked for and return the exit code.

    Raises:
        LaunchError: it cannot be done; the message says why in one line. Nothing is left under FILE's name.
        KeyboardInterrupt: it was interrupted; likewise.
    """
    end_in_good_order()
    try:
        form = _format(options)
        target = None if options.output == _STDOUT else _target(options, form)
        with progress() as tell:
            session = read(options.session, tell)
            request = _request(options, session)
            _write(form, request, target, tell)
        if target is not None:
            taken = f" ({size(target.stat().st_size)})" if target.is_file() else ""
            say(_("exported to {path}").format(path=target) + taken)
    except ExportError as error:
        raise LaunchError(str(error)) from None
    except SessionError as error:
        raise LaunchError(str(error), NO_SESSION) from None
    return tell_damage(session.damage, "what is lost is not in this export")


def _format(options: argparse.Namespace) -> Format:
    """The format, where the options go with it."""
    form = format_of(options.to)
    if options.animate and not form.animates:
        raise ExportError(f"--animate goes with svg, not with {form.name}")
    if options.wakes and not form.animates:
        raise ExportError(f"--wakes goes with svg: {form.name} has all wake-ups, or none")
    if (options.size or options.theme) and not form.draws:
        raise ExportError(f"--size and --theme are for pictures: {form.name} has neither")
    return form


def _request(options: argparse.Namespace, session: Session) -> Request:
    more: dict[str, Any] = {}
    if options.size:
        more["width"], more["height"] = options.size
    if options.theme:
        more["theme"] = options.theme
    if options.wakes:
        more["wakes"] = options.wakes
    return request_of(
        session, from_ns=options.from_ns, to_ns=options.to_ns, lanes=options.lanes, title=options.title,
        animate=options.animate, **more,
    )


def _target(options: argparse.Namespace, form: Format) -> Path:
    """Where to write; refused before anything is read."""
    path = Path(options.output) if options.output else default_output(options.session, form.extension)
    path = path.expanduser()
    if os.path.isdir(path):
        raise ExportError(f"'{path}' is a folder: say the name of a file")
    if os.path.isfile(path) and not options.force:
        raise ExportError(f"'{path}' exists: --force replaces it, -o says another name")
    return path


def _write(form: Format, request: Request, target: Path | None, tell: Tell) -> None:
    if target is None:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # ends quietly in `| head`, as other filters do
    try:
        with _stdout() if target is None else replacing(target) as out:
            form.writer()(request, out, lambda share: tell("writing", share))
    except OSError as error:
        where = "stdout" if target is None else f"'{target}'"
        raise LaunchError(f"{where} cannot be written: {error.strerror or error}", NO_SESSION) from None


@contextmanager
def _stdout() -> Iterator[BinaryIO]:
    if sys.stdout is None:  # the caller has closed it
        raise LaunchError("stdout is closed: there is nowhere to write to")
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=1 << 20) as out:
        yield out


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file that gets its name when it is whole; until then, and if that fails, ``path`` stays as it is.

    Raises:
        OSError: it cannot be made or written. What is no file (a pipe, /dev/null) is written to as it is.
    """
    if path.exists() and not stat.S_ISREG(path.stat().st_mode):
        with open(path, "wb") as out:
            yield out
        return
    target = path.resolve()  # through a symlink: the link stays
    fd, temporary = tempfile.mkstemp(prefix=f".{target.name[:100]}.", suffix=".part", dir=target.parent)
    try:
        with os.fdopen(fd, "wb", buffering=1 << 20) as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        os.chmod(temporary, _mode(target))
        os.replace(temporary, target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _mode(path: Path) -> int:
    """The rights of a file that is replaced; of a new one, what the umask leaves."""
    if path.exists():
        return stat.S_IMODE(path.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask

