"""Starting the program so that it finds everything as if its user had started it."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from typing import Never

from concviz.core.launch.errors import NOT_EXECUTABLE, LaunchError
from concviz.core.launch.signals import JOB_STOPS, RESTORED
from concviz.core.launch.target import Target


def beside_us(target: Target, env: Mapping[str, str]) -> int:
    """Start the program in our place: same group, terminal and open files. Return its pid.

    Raises:
        LaunchError: the system refuses to execute it.
    """
    try:
        return os.posix_spawn(target.path, target.argv, env, setsigdef=RESTORED)
    except OSError as error:
        raise LaunchError(f"'{target.path}' cannot be executed: {error.strerror}", NOT_EXECUTABLE) from None


def release_callers_files(keep: tuple[int, ...] = ()) -> None:
    """Let go of the files that the caller gave to us for the program.

    Whoever reads the program's output must see its end when the program closes it, and whoever writes
    to it must be told when nobody reads any more. Ours are not inheritable, the caller's all are.
    """
    null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    for fd in _open_files():
        try:
            if fd in keep or not os.get_inheritable(fd):
                continue
            if fd <= 2:
                os.dup2(null, fd, inheritable=False)
            else:
                os.close(fd)
        except OSError:
            continue
    os.close(null)


def _open_files() -> list[int]:
    try:
        return [int(name) for name in os.listdir("/dev/fd")]
    except (OSError, ValueError):
        return [0, 1, 2]


def on_terminal(target: Target, env: Mapping[str, str], slave: int) -> int:
    """Start the program as the foreground job of the terminal ``slave``, which must be ours. Return its pid.

    It is a job as under a shell and no session leader: what it leaves running is not hung up when it ends.
    """
    pid = os.fork()
    if pid == 0:
        _become(target, env, slave)
    try:
        os.setpgid(pid, pid)
    except OSError:  # the child was faster, and is another program already
        pass
    return pid


def _become(target: Target, env: Mapping[str, str], slave: int) -> Never:
    """In the child: take the terminal and turn into the program."""
    try:
        os.setpgid(0, 0)
        os.tcsetpgrp(slave, os.getpid())
        for fd in (0, 1, 2):
            os.dup2(slave, fd)
        for number in (*RESTORED, *JOB_STOPS, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        os.execve(target.path, target.argv, dict(env))
    except OSError as error:
        os.write(2, f"concviz: '{target.path}' cannot be executed: {error.strerror}\n".encode())
    finally:
        os._exit(NOT_EXECUTABLE)
