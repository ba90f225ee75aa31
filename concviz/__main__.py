"""``concviz``, and ``python -m concviz``."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out a command line and return its exit code; ``argv`` without the program's name."""
    from concviz import cli

    if isinstance(sys.stdout, io.TextIOWrapper):  # None where the caller has closed it
        sys.stdout.reconfigure(errors="replace")  # a terminal without Unicode shows ? and no traceback
    options = cli.parse(sys.argv[1:] if argv is None else argv)
    from concviz import cli_commands  # after the parser: help needs none of it

    return cli_commands.run(options)


if __name__ == "__main__":
    sys.exit(main())
