"""``concviz``, and ``python -m concviz``."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out a command line and return its exit code; ``argv`` without the program's name."""
    from concviz import cli, cli_commands

    if isinstance(sys.stdout, io.TextIOWrapper):  # None where the caller has closed it
        sys.stdout.reconfigure(errors="replace")  # a terminal without Unicode shows ? and no traceback
    return cli_commands.run(cli.parse(sys.argv[1:] if argv is None else argv))


if __name__ == "__main__":
    sys.exit(main())
