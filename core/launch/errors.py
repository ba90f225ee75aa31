"""What keeps a recording from starting, in one line for the user, and the exit codes of the command line."""

from __future__ import annotations

USAGE = 2
NO_SESSION = 3
NOT_EXECUTABLE = 126
NOT_FOUND = 127


class LaunchError(Exception):
    """A program cannot be started or its session not be created; ``str()`` says why and what to do.

    ``exit_code`` is what the command line ends with: 2 for a wrong target or option, 3 for a session
    folder that cannot be used, 126 and 127 as in a shell for a command that cannot be run or found.
    """

    def __init__(self, message: str, exit_code: int = USAGE) -> None:
        super().__init__(message)
        self.exit_code = exit_code
