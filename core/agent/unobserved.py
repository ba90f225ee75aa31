"""Which commands start a Python that the agent cannot reach, told from their arguments."""

from __future__ import annotations

import os

from .blame import pass_on

_TAKES_ARGUMENT = "WXQ"  # -c and -m do, too, but end the options
_DEAF = "EIS"  # without the environment, isolated, without site


def why(argv):
    """The option ("-I") with which ``argv`` starts a Python that ignores the agent; or None."""
    try:
        words = [os.fsdecode(word) for word in argv]
        if not words or not _is_python(os.path.basename(words[0])):
            return None
        return _deaf_option(words[1:])
    except Exception as error:
        pass_on(error)
        return None


def _is_python(name):
    """True for python, python3, python3.13t, pypy3, … (``re`` would cost the program's start too much)."""
    return any(name.startswith(n) and not name[len(n) :].strip("0123456789.td") for n in ("python", "pypy"))


def _deaf_option(words):
    words = iter(words)
    for word in words:
        if word.startswith("--") and word != "--":
            if word == "--check-hash-based-pycs":
                next(words, None)
            continue
        if not word.startswith("-") or word in ("-", "--"):
            return None  # the script, or standard input: what follows is not for Python
        for i, letter in enumerate(word[1:], 1):
            if letter in _DEAF:
                return "-" + letter
            if letter in "cm":
                return None
            if letter in _TAKES_ARGUMENT:
                if i == len(word) - 1:
                    next(words, None)
                break
    return None
