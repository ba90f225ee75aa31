"""Packing a session folder into one file, and unpacking it again. Both appear whole or not at all."""

from __future__ import annotations

import os
import shutil
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from concviz.core.agent import layout as L
from concviz.core.session import chunks, columns, folder
from concviz.core.session.alive import of_session
from concviz.core.session.chunks import Codec
from concviz.core.session.files import Files, Folder
from concviz.core.session.folder import SessionError
from concviz.core.session.packed import Pack, is_pack
from concviz.core.session.packed import facts as packed_facts
from concviz.core.session.used import used
from concviz.core.system import layout as S
from concviz.core.text import clean

Progress = Callable[[int, int], None]
"""(bytes done, bytes in all)"""


def pack(
    session: Path, target: Path, progress: Progress = lambda done, total: None,
    alive: Callable[[int, int], bool] | None = None,
) -> int:
    """Pack the session folder ``session`` into the new file ``target``; returns its size in bytes.

    Args:
        progress: told how far it is.
        alive: (pid, start in clock ticks or 0) → is that process of the session there?

    Raises:
        SessionError: it is no session folder, it still runs, one of its files cannot be read whole,
            ``target`` is there, or it cannot be written.
    """
    files = Folder(session)
    if is_pack(session):
        raise SessionError(f"{_shown(session)} is packed already")
    start = folder.read_start(files)
    there = alive or of_session(start.start_ns)
    if folder.read_end(files) is None and (there(start.pid, 0) or there(start.recorder_pid, 0)):
        raise SessionError(f"{_shown(session)} still runs: pack it when its program has ended")
    with _replacing(target) as temporary:
        try:
            fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with open(fd, "wb") as out:
                _write(files, out, progress)
                out.flush()
                os.fsync(fd)
                return os.fstat(fd).st_size
        except OSError as error:
            raise SessionError(f"{_shown(target)} cannot be written: {error.strerror}") from error


def holds(packed: Path, session: Path) -> bool:
    """Is ``packed`` this very session folder, which is over, packed and whole?"""
    files, facts = Folder(session), packed_facts(packed)
    here = {name: files.read(session / name, 1 << 20, 0) for name in chunks.FIRST}
    same = {name: data for name, data in here.items() if data} == facts
    return same and folder.read_end(files) is not None and Pack(packed).sound()


def unpack(
    packed: Path, target: Path, progress: Progress = lambda done, total: None
) -> list[str]:
    """Unpack the packed session ``packed`` into the new folder ``target``; returns what is damaged, in words.

    What cannot be read any more is zeros there.

    Raises:
        SessionError: it is no packed session, ``target`` is there, or cannot be written.
    """
    if not os.path.exists(packed):
        raise SessionError(f"there is no {_shown(packed)}")
    if not is_pack(packed):
        raise SessionError(f"{_shown(packed)} is no packed session")
    source = Pack(packed)
    sizes = [(name, source.size(Path(name)) or 0) for name in source.names]
    total, done = sum(size for _, size in sizes), 0
    with _replacing(target) as temporary:
        try:
            (temporary / "events").mkdir(mode=0o700, parents=True)
            temporary.chmod(0o700)
            if shutil.disk_usage(temporary).free < total:
                raise SessionError(f"{_shown(target)} has no room: {total:,} bytes are needed")
            for name, size in sizes:
                for offset, data in _unpacked(source, name, size, temporary / name):
                    progress(done + offset + len(data), total)
                done += size
        except OSError as error:
            raise SessionError(f"{_shown(target)} cannot be written: {error.strerror}") from error
    return source.notes()


def _unpacked(source: Pack, name: str, size: int, path: Path) -> Iterator[tuple[int, bytes]]:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as out:
        for offset in range(0, size, chunks.LARGEST):
            data = source.read(Path(name), min(chunks.LARGEST, size - offset), offset)
            out.write(data)
            yield offset, data


@contextmanager
def _replacing(target: Path) -> Iterator[Path]:
    """A name beside ``target`` that becomes it at the end; whatever goes wrong, nothing stays."""
    if os.path.lexists(target):
        raise SessionError(f"{_shown(target)} is there already: say another name with -o")
    target = target.absolute()
    temporary = target.with_name(f".{target.name[:200]}.{os.getpid()}.part")
    try:
        yield temporary
        temporary.rename(target)
    except OSError as error:
        raise SessionError(f"{_shown(target)} cannot be written: {error.strerror}") from error
    finally:
        if temporary.is_dir():
            shutil.rmtree(temporary, ignore_errors=True)
        else:
            with suppress(OSError):  # there is none, or nothing can be changed there
                temporary.unlink()


def _write(files: Folder, out: BinaryIO, progress: Progress) -> None:
    parts = [(name, size) for name in _names(files) if (size := _size(files, name)) is not None]
    total, done, count = sum(size for _, size in parts), 0, 0
    room = chunks.Room()
    out.write(chunks.head())
    for name, size in parts:
        for offset, data in _pieces(files, name, size):
            codec, data_here = _packed(name, offset, data)
            chunk = chunks.header(codec, name, offset, len(data), data_here) + data_here
            if not room.takes(name, len(data), out.tell() + len(chunk)):
                chunk = chunks.header(Codec.PLAIN, name, offset, len(data), data) + data
                room.takes(name, len(data), out.tell() + len(chunk))
            out.write(chunk)
            count += 1
            progress(done + offset + len(data), total)
        done += size
    out.write(chunks.header(Codec.END, "", count, 0, b""))


def _names(files: Files) -> Iterator[str]:
    """The files of a session; what is not one of its own is left where it is."""
    yield from chunks.PLAIN
    logs = sorted(f"events/{name}" for name in files.events())
    yield from (name for name in logs if chunks.allowed(name))


def _size(files: Folder, name: str) -> int | None:
    """Bytes of a file that are in use; None where there is no such file."""
    path = files.root / name
    if not path.is_file() or path.is_symlink():
        return None
    try:
        return used(path) if name.endswith(".events") else files.size(path)
    except OSError as error:
        raise SessionError(f"{_shown(path)} cannot be read: {error.strerror}") from error


def _pieces(files: Files, name: str, size: int) -> Iterator[tuple[int, bytes]]:
    """A file cut into (offset, bytes): what stands before its records, whole records, the rest.

    Raises:
        SessionError: it is shorter than ``size``, or cannot be read.
    """
    begin, offset = chunks.records_at(name), 0
    if not size:
        yield 0, b""
    while offset < size:
        if begin is None:
            count = 1 << 20
        elif offset < begin:
            count = begin - offset
        else:
            count = min((size - offset) // L.RECORD_SIZE, chunks.RECORDS) * L.RECORD_SIZE or size - offset
        data = files.read(files.root / name, min(count, size - offset), offset)
        if not data:  # a pack without it would pass for the whole session
            raise SessionError(f"{_shown(files.root / name)} cannot be read to its end")
        yield offset, data
        offset += len(data)


def _packed(name: str, offset: int, data: bytes) -> tuple[Codec, bytes]:
    """The shortest way to keep some bytes of a file, and these."""
    begin = chunks.records_at(name)
    if begin is not None and offset >= begin and data and len(data) % L.RECORD_SIZE == 0:
        samples = name == S.LOG_NAME
        packed = columns.packed(data, offset, samples=samples)
        if len(packed) < len(data) and columns.unpacked(packed, len(data), offset, samples=samples) == data:
            return Codec.SAMPLES if samples else Codec.EVENTS, packed
    deflated = zlib.compress(data, 6)
    return (Codec.DEFLATED, deflated) if len(deflated) < len(data) else (Codec.PLAIN, data)


def _shown(path: Path) -> str:
    return f"'{clean(path, 500)}'"
