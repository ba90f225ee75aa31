"""A file that grows while it is mapped, whose descriptors keep out of the program's way.

A program may count on low descriptor numbers, close descriptors it does not know (daemons close all),
and get our number for a file of its own. So ours are high, and before one is used the file behind it is
compared with the one we opened. The mapping itself needs no descriptor to be written to.
"""

from __future__ import annotations

import errno
import mmap
import os
import sys

_fstat = os.fstat  # (a name of ours: at the very end ``os`` is emptied before the last site is written)
_HIGH = 100  # the first descriptor number we use ourselves, where the limit on open files allows
_UNTRACKED = sys.version_info >= (3, 13)  # mmap objects can do without a descriptor of their own
_MODE = os.O_RDWR | getattr(os, "O_CLOEXEC", 0)

_immortal: list = []  # mappings that must not be closed: their descriptor's number is no longer ours
# Nothing of the interpreter's frees what is referred to from here before the program's own files are closed.
os.register_at_fork(before=_immortal.__len__)


class high_descriptors:
    """``with high_descriptors():`` what is opened inside gets a high number, for all low ones are taken.

    (A class, because contextlib would cost the program's start too much.)
    """

    def __enter__(self):
        self._taken = [os.open(os.sep, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))]
        try:
            while self._taken[-1] < _HIGH - 1:
                self._taken.append(os.dup(self._taken[-1]))
        except OSError:  # the limit on open files is that low: leave room for what is to be opened
            self._close(8)

    def __exit__(self, *error):
        self._close(len(self._taken))

    def _close(self, count):
        for fd in self._taken[-count:]:
            os.close(fd)
        del self._taken[-count:]


def identity(fd):
    """What tells a file from any other: its device and inode."""
    status = _fstat(fd)
    return status.st_dev, status.st_ino


class OwnFile:
    """A file of ours and its descriptor, which is never used once it belongs to somebody else."""

    def __init__(self, path, flags=0):
        """Create ``path`` for its owner alone, whatever the umask; raises OSError."""
        self.path = path
        self.flags = flags
        self.fd = os.open(path, _MODE | os.O_CREAT | os.O_EXCL | flags, 0o600)
        os.fchmod(self.fd, 0o600)
        self.identity = identity(self.fd)

    def is_open(self):
        """True while the descriptor is still that of our file."""
        try:
            return identity(self.fd) == self.identity
        except OSError:
            return False

    def descriptor(self):
        """The descriptor; opened again by path where the program has closed it. Raises OSError."""
        if not self.is_open():
            with high_descriptors():
                fd = os.open(self.path, _MODE | self.flags)
            if identity(fd) != self.identity:
                os.close(fd)
                raise OSError(errno.ESTALE, "another file now has this name", self.path)
            self.fd = fd
        return self.fd

    def close(self):
        """Close the descriptor if it is still ours."""
        if self.is_open():
            os.close(self.fd)
        self.fd = -1


class Mapped(OwnFile):
    """A file of ours, mapped as ``map`` from its begin to ``size`` bytes, all of them backed by the disk.

    Its first bytes are mapped once more, as ``fixed``: a mapping that never moves and never ends, of which
    views may be kept.
    """

    def __init__(self, path, size, fixed_size):
        super().__init__(path)
        self.size = 0
        self._reserve(self.fd, size)
        self.fixed = self._new_map(fixed_size)
        _immortal.append(self.fixed)  # (the descriptor it may have had is closed by the next mapping)
        self.map = self._new_map(size)
        self.size = size

    def grow(self, size):
        """Map ``size`` bytes; raises OSError where the disk (or a limit) says no: nothing has changed."""
        known = self.is_open()
        self._reserve(self.descriptor(), size)
        if known and sys.platform == "linux" and not _UNTRACKED:
            self.map.resize(size)
        else:  # another mapping of the same pages; whoever writes through the old one does so rightly
            if not _UNTRACKED:
                _immortal.append(self.map)
            self.map = self._new_map(size)
        self.size = size

    def forget(self):
        """Let go of the mapping and the descriptor without a change to the file (in a forked child)."""
        if not _UNTRACKED and not self.is_open():
            _immortal.append(self.map)
        else:
            self.map.close()
        if _UNTRACKED:
            self.close()

    def keep_foreign_descriptor(self):
        """At exit: a mapping whose descriptor's number the program uses itself must not close it."""
        if not _UNTRACKED and not self.is_open():
            _immortal.append(self.map)

    def _reserve(self, fd, size):
        """Own the blocks before they are mapped: a store into a hole on a full disk would be a SIGBUS."""
        try:
            os.posix_fallocate(fd, self.size, size - self.size)
        except (AttributeError, OSError) as error:
            if getattr(error, "errno", 0) in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT):
                raise
            for at in range(self.size, size, 1 << 16):  # the system, or the file system, knows no fallocate
                count = min(1 << 16, size - at)
                if os.pwrite(fd, bytes(count), at) != count:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), self.path) from None

    def _new_map(self, size):
        """Map the file. Before 3.13 a mapping has a descriptor of its own: it becomes ours, and high."""
        if _UNTRACKED:
            return mmap.mmap(self.fd, size, trackfd=False)
        with high_descriptors():
            first = os.dup(self.fd)  # the lowest free number, which the mapping is about to take
            os.close(first)
            made = mmap.mmap(self.fd, size)
        if identity(first) == self.identity:
            os.close(self.fd)
            self.fd = first
        return made
