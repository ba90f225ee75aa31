"""The options of ``concviz export``, apart from what they do, so that help loads nothing heavy."""

from __future__ import annotations

import argparse
import re
from decimal import Decimal
from pathlib import Path

_UNITS = {
    "": 10**9, "s": 10**9, "ms": 10**6, "us": 10**3, "µs": 10**3, "μs": 10**3, "ns": 1, "min": 60 * 10**9,
}
_TIME = re.compile(r"([0-9]{1,12}(?:\.[0-9]{0,9})?|\.[0-9]{1,9}) *([a-zµμ]*)")
_SIZE = re.compile(r"([0-9]{1,6})(?:[x×]([0-9]{1,6}))?")

FORMATS = """\
formats
  svg          a picture, sharp at any zoom; with --animate one that plays
  html         one page to pan, zoom and search in, without a network
  perfetto     a trace for https://ui.perfetto.dev and its SQL
  chrome       a trace of JSON events, for chrome://tracing and others
  speedscope   where each worker's time went, for https://www.speedscope.app
  json         workers, spans and wake-ups, one object a line, and what their columns mean
  csv          spans, one a row; csv-workers, csv-wakes: the other two tables

--from, --to-time: 1.5 (seconds), 1500ms, 250us, 2min, since the session began
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Add them to the command's parser."""
    parser.epilog = FORMATS
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--to", required=True, metavar="FORMAT", help="one of the formats below")
    parser.add_argument("-o", "--output", metavar="FILE",
                        help="write to FILE; -: to stdout (default: the session's name, in this folder)")
    parser.add_argument("--force", action="store_true", help="replace FILE where it exists")
    parser.add_argument("--from", dest="from_ns", type=time_ns, metavar="TIME",
                        help="leave out what was before")
    parser.add_argument("--to-time", dest="to_ns", type=time_ns, metavar="TIME",
                        help="leave out what came later")
    parser.add_argument("--lanes", default="", metavar="TEXT",
                        help="only workers with this in their name, and those above them")
    parser.add_argument("--size", type=size_px, metavar="WxH",
                        help="of a picture, in pixels; W alone: as high as it takes")
    parser.add_argument("--theme", metavar="NAME", help="of a picture: dark, light, contrast, …")
    parser.add_argument("--wakes", choices=("few", "all", "none"),
                        help="of an svg: wake-ups as arrows, if they are few enough to be told apart (the "
                             "default), all, or none")
    parser.add_argument("--title", default="", metavar="TEXT", help="stands above (default: the command)")
    parser.add_argument("--animate", action="store_true", help="an svg that plays")


def time_ns(text: str) -> int:
    """A time since the session began, in nanoseconds: ``1.5``, ``1500ms``, ``250us``."""
    found = _TIME.fullmatch(text.strip())
    if found is None or found[2] not in _UNITS:
        raise argparse.ArgumentTypeError(f"'{text}' is no time: say 1.5 (seconds), 1500ms, 250us or 2min")
    return int(Decimal(found[1]) * _UNITS[found[2]])


def size_px(text: str) -> tuple[int, int | None]:
    """Width, and height where one is said, in pixels."""
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise argparse.ArgumentTypeError(f"'{text}' is no size: say 1200x800, or 1200")
    return int(found[1]), int(found[2]) if found[2] else None


def default_output(session: Path, extension: str) -> Path:
    """A file in this folder, named after the session."""
    name = session.name.removesuffix(".cviz") or session.resolve().name
    return Path((name.lstrip(".") or "session") + extension)
