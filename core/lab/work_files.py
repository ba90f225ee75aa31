"""Files: many small ones, written and read back. What there is to wait for, only the disk knows."""

from __future__ import annotations

import os
import zlib
from typing import NamedTuple

from lab_setting import Setting

SIZE = 600
THREADS = 10
USES_FOLDER = True
LINE = b"Whereof one cannot speak, thereof one must be silent.\n"


class File(NamedTuple):
    """A file to be, and how many lines go into it."""

    path: str
    lines: int


def items(setting: Setting) -> list[File]:
    """The files to write."""
    return [
        File(os.path.join(setting.folder, f"{number}.txt"), 500 + number % 7 * 500)
        for number in range(setting.size)
    ]


def work(file: File) -> int:
    """Write a file, read it back, remove it; return its checksum."""
    with open(file.path, "wb") as written:
        written.write(LINE * file.lines)
    with open(file.path, "rb") as read:
        checksum = zlib.crc32(read.read())
    os.remove(file.path)
    return checksum


async def work_async(file: File) -> int:
    """The same with aiofiles, which has each operation done by a thread: the kernel offers no other way."""
    import aiofiles
    import aiofiles.os

    async with aiofiles.open(file.path, "wb") as written:
        await written.write(LINE * file.lines)
    async with aiofiles.open(file.path, "rb") as read:
        checksum = zlib.crc32(await read.read())
    await aiofiles.os.remove(file.path)
    return checksum
