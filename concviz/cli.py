"""The command line's words: commands, options, help. What they do stands in ``cli_commands.py``.

Nothing here imports the screen, NumPy or Rich, so that ``--help`` answers at once.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Never

from concviz import __version__, cli_compare_options, cli_export_options, cli_pack_options
from concviz.core import language
from concviz.core.launch import DEFAULT_HZ
from concviz.core.launch.errors import USAGE

_WITH_TARGET = ("run", "record", "step", "serve")
_VALUE_OPTIONS = (
    "-o", "--output", "--python", "--hz", "--screenshots", "--granularity", "--schedule", "--replay",
    "--host", "--port", "--lang",
)
_TARGET = "script.py [args…] | -m module [args…] | -c code [args…] | -- command [args…]"

_EPILOG = """\
TARGET is one of
  script.py args…       a script, a folder or a zip file with a __main__.py
  -m module args…       a module, as python -m
  -c code args…         code, as python -c
  -- command args…      any command; every Python it starts is watched, to any depth
What follows it belongs to the program. A script runs on the Python of the active virtual environment,
else on the one that concviz runs on; --python chooses another. CPython 3.9 and newer can be watched.

examples
  concviz                                     home: experiments to start with, recent sessions
  concviz run app.py --port 8000              watch a script
  concviz run -m pytest -x tests              watch a module
  concviz run -- uvicorn app:app --workers 4  watch a command and all below it
  concviz record -o trace -- make test        record without a screen: CI, cron, pipes
  concviz replay trace                        look at it, then or while it grows
  concviz stats trace --json | jq .workers    its figures
  concviz export trace --to svg               a picture of it; also html, perfetto, csv and others
  concviz serve run app.py                    the screen in a browser
  concviz pack trace -o trace.cviz            one small file of it, which all of these read, too
  concviz sessions --prune --older-than 30d   list what was recorded, or delete old sessions
  concviz lab lock-convoy --workers 4         an experiment; concviz lab lists them
  concviz compare fetch                       the same work by threads, processes, tasks …
  concviz step app.py                         hold it from its start, let one worker go at a time
  concviz step --replay trace                 the same program by the same decisions
  concviz step --headless --schedule random:7 app.py    one of many orders, in CI

keys on the screen
  ↑ ↓ lanes   ← → pan   w s zoom   space pause, play   . , next, previous event   [ ] follow wake-ups
  Enter fold  f fit     / filter   S picture     ? all the others              q quit

exit codes
  run, record, lab, step  the program's own; record (and step --headless) dies by the signal that
                    killed the program, the others then end with 128 + its number
  2    wrong usage, or a program that cannot be run: a missing script, a Python too old
  3    a session that cannot be opened, read, created, packed, exported, deleted or repeated;
       stats, export, unpack: one that has lost something since it was recorded; what is left of it is
       shown or written all the same. A program or a recorder that was killed is no such loss
  4    step --headless: a deadlock, or a schedule that the program did not follow
  126  a command after -- that cannot be executed        127  one that is not found

Sessions are kept in $XDG_STATE_HOME/concviz/sessions, or ~/.local/state/concviz/sessions; where SESSION
is asked for, the name of one of them will do.
"""


class _Parser(argparse.ArgumentParser):
    """Complains in one line."""

    def error(self, message: str) -> Never:
        self.exit(USAGE, f"concviz: {message}{self._allowed(message)} (see {self.prog} --help)\n")

    def _allowed(self, message: str) -> str:
        """What an option may be that was given without its value: argparse says that of wrong values only."""
        name, _, trouble = message.removeprefix("argument ").partition(": ")
        action = self._option_string_actions.get(name.split("/")[0])
        if trouble != "expected one argument" or action is None or not action.choices:
            return ""
        return f": {', '.join(action.choices)}"


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Return the command and its options; ``target`` holds the words of TARGET, untouched.

    Raises:
        SystemExit: help or the version was asked for (0), or the usage is wrong (2).
    """
    head, target = _split(argv)
    if head and not head[0].startswith("-") and head[0] not in _COMMANDS and os.path.exists(head[0]):
        _parser().error(f"to watch '{head[0]}', say run before it: concviz run {head[0]}")
    options = _parser().parse_args(head)
    language.use(getattr(options, "lang", None) or language.choose())
    options.command = options.command or "home"
    options.target = target
    return options


def _split(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    """Cut the words into ours and TARGET, which begins at the first word that is no option of ours."""
    command = 2 if argv and argv[0] == "--lang" else 1 if argv and argv[0].startswith("--lang=") else 0
    if len(argv) <= command or argv[command] not in _WITH_TARGET:
        return list(argv), []
    at = command + 1
    while at < len(argv):
        word = argv[at]
        if word in ("-", "--") or not word.startswith("-") or word[:2] in ("-m", "-c"):
            break
        at += 2 if word in _VALUE_OPTIONS else 1
    return list(argv[:at]), list(argv[at:])


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="concviz", epilog=_EPILOG, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="See what the processes, threads and tasks of a real Python program are doing, live.",
    )
    parser.add_argument("--version", action="version", version=f"concviz {__version__}")
    _add_language(parser)
    parser.set_defaults(screenshots=Path("screenshots"))
    # prog is given because argparse would import much to find it out
    commands = parser.add_subparsers(
        title="commands (none: home)", metavar="COMMAND", dest="command", prog="concviz")
    for name, add in _COMMANDS.items():
        add(commands, name)
    return parser


def _command(
    commands: argparse._SubParsersAction[_Parser], name: str, summary: str, usage: str = "",
) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        name, help=summary, description=summary[0].upper() + summary[1:] + ".", allow_abbrev=False,
        usage=f"concviz {name} [options] {usage}" if usage else None,
        epilog="TARGET: " + _TARGET if usage else None,
    )
    _add_language(parser)
    return parser


def _add_language(parser: argparse.ArgumentParser) -> None:
    """Before the command or after it: the later one counts, and one that is not given overrules nothing."""
    parser.add_argument("--lang", choices=language.LANGUAGES, default=argparse.SUPPRESS,
                        help="what learners read: experiments, glossary, verdicts (default: by the locale)")


def _add_run(commands: argparse._SubParsersAction[_Parser], name: str) -> None:
    parser = _command(commands, name, "run a program and watch it", "TARGET")
    _add_recording(parser)
    _add_screenshots(parser)


def _add_record(commands: argparse._SubParsersAction[_Parser], name: str) -> None:
    _add_recording(_command(commands, name, "the same without the screen, in pipes and CI too", "TARGET"))


def _add_replay(commands: argparse._SubParsersAction[_Parser], name: str) -> None:
    parser = _command(commands, name, "watch a recorded session, finished or still growing")
    _add_session(parser)
    _add_screenshots(parser)


def _add_stats(commands: argparse._SubParsersAction[_Parser], name: str) -> None:
    parser = _command(commands, name, "the figures of a session")
    _add_session(parser)
    parser.add_argument("--json", action="store_true", help="print them as JSON instead of a table")


def _add_step(commands: argparse._SubParsersAction[_Parser], name: str) -> None:
    parser = _command(commands, name, "hold a program from its start and choose who goes next", "[TARGET]")
    _add_recording(parser)
    parser.add_argument("--granularity", choices=("sync", "line", "opcode"),
                        help="where threads stop: at what synchronises or may block (the default), at every "
                             "line, or at every instruction; each costs more than the one before")
    parser.add_argument("--schedule", metavar="WHICH",
                        help="who goes: fifo (the program's own order), random:SEED, or a file or session "
                             "that has recorded decisions")
    parser.add_argument("--replay", type=cli_pack_options.session, metavar="SESSION",
                        help="repeat the decisions of a session; its program, unless a TARGET is given")
    parser.add_argument("--headless", action="store_true",
                        help="without a screen, to the end of the program (default schedule: fifo)")
    _add_screenshots(parser)


def _add_lab(commands: argparse._SubParsersAction[_Parser], name: str) -> None:
    parser = _command(commands, name, "list the built-in experiments, or watch one")
    parser.add_argument("name", nargs="?", metavar="NAME", help="the experiment to watch")
    # what they may be depends on the experiment, which is looked at later
    parser.add_argument("--items", "--size", metavar="N", help="how many items there are to do")
    parser.add_argument("--latency", metavar="S", help="seconds a wait takes, on average")
    parser.add_argument("--workers", metavar="N", help="how many workers")
    parser.add_argument("--model", metavar="M", help="by which model: threading, asyncio …")
    _add_screenshots(parser)


def _add_compare(commands: argparse._SubParsersAction[_Parser], name: str) -> None:
    parser = _command(commands, name, "the same work under every model of concurrency")
    cli_compare_options.add(parser)
    _add_screenshots(parser)


def _add_export(commands: argparse._SubParsersAction[_Parser], name: str) -> None:
    parser = _command(commands, name, "write a session as a picture, a page, a trace or a table")
    _add_session(parser)
    cli_export_options.add(parser)


def _add_serve(commands: argparse._SubParsersAction[_Parser], name: str) -> None:
    parser = _command(commands, name, "the same screen in a browser, on this machine", "[COMMAND ...]")
    parser.epilog = (
        "COMMAND is what a page shows: run TARGET, replay SESSION, lab NAME, step TARGET or compare "
        "--screen, with their options; home if there is none. Every page that is opened runs it anew; a "
        "program whose page is closed runs on, and is recorded.")
    parser.add_argument("--host", default="127.0.0.1", metavar="ADDRESS",
                        help="address to serve on (default: %(default)s, this machine alone)")
    parser.add_argument("--port", type=_port, default=8000, metavar="N",
                        help="port to serve on; 0: any that is free (default: %(default)s)")
    parser.add_argument("--expose-to-network", action="store_true",
                        help="allow an address that other machines can reach. Whoever has the address that "
                             "is printed can then run any program as you, and it travels unencrypted")


def _add_pack(commands: argparse._SubParsersAction[_Parser], name: str) -> None:
    cli_pack_options.add_pack(_command(commands, name, "a session folder into one small file"))


def _add_unpack(commands: argparse._SubParsersAction[_Parser], name: str) -> None:
    cli_pack_options.add_unpack(_command(commands, name, "the folder again"))


def _add_sessions(commands: argparse._SubParsersAction[_Parser], name: str) -> None:
    cli_pack_options.add_sessions(_command(commands, name, "list what was recorded, or delete old sessions"))


def _add_session(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("session", type=cli_pack_options.session, metavar="SESSION",
                        help="a session: a folder, a .cviz file, or a name in the list of concviz sessions")


def _add_recording(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--output", type=Path, metavar="SESSION",
                        help="folder to record into, a new or an empty one (default: NAME-DATE-TIME), or a "
                             "new file NAME.cviz: the session is packed into it at the end")
    parser.add_argument("--python", metavar="EXE", help="the Python to run a script, module or code with")
    parser.add_argument("--hz", type=_rate, default=DEFAULT_HZ, metavar="N",
                        help="samples a second from outside (GIL, cores); 0: none (default: %(default)s)")


def _add_screenshots(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--screenshots", type=Path, default=Path("screenshots"), metavar="DIR",
                        help="folder for pictures taken with S (default: ./screenshots)")


def _port(text: str) -> int:
    """A TCP port."""
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"'{text}' is no port from 0 to 65535")
    return int(text)


def _rate(text: str) -> int:
    """A sampling rate in hertz."""
    if not text.isdecimal() or int(text) > 1000:
        raise argparse.ArgumentTypeError(f"'{text}' is no number from 0 to 1000")
    return int(text)


_COMMANDS = {
    "run": _add_run, "record": _add_record, "replay": _add_replay, "stats": _add_stats, "lab": _add_lab,
    "step": _add_step, "compare": _add_compare, "export": _add_export, "pack": _add_pack,
    "unpack": _add_unpack, "sessions": _add_sessions, "serve": _add_serve,
}
