"""The launcher's variables: every child gets them, the program does not see them.

They stay in the environment of the C library, which ``os.system``, ``execv`` and children with an
inherited environment use, but are taken out of ``os.environ``: there the program finds what it would
have found. Where it hands an environment of its own to a child, ours is added to a copy of it. Where it
sets ``PYTHONPATH``, the agent's folder is put in front of what the C library is told.
"""

from __future__ import annotations

import os
import sys

from . import identity
from . import layout as L
from .blame import pass_on
from .waits import Plain

_PATH = "PYTHONPATH"
_ours: dict = {}  # name -> value, of the launcher's variables
_boot = ""  # the folder with our sitecustomize


def hide():
    """Take the launcher's variables out of ``os.environ``, and remember them for children."""
    global _boot
    _boot = os.path.join(os.environ[L.ENV_AGENT], "boot")
    for name in (L.ENV_SESSION, L.ENV_AGENT, L.ENV_CONTROL, L.ENV_LIMIT, L.ENV_OFF):
        if name in os.environ:
            _ours[name] = os.environ[name]
    if os.name != "posix":
        return
    seen = os.environ._data  # type: ignore[attr-defined]  # what the program reads, without telling the C library
    for name in (L.ENV_SESSION, L.ENV_AGENT, L.ENV_CONTROL, identity.ENV_MAIN):
        seen.pop(os.fsencode(name), None)
    rest = [p for p in os.environ.get(_PATH, "").split(os.pathsep) if p != _boot]
    if rest:
        seen[os.fsencode(_PATH)] = os.fsencode(os.pathsep.join(rest))
    else:
        seen.pop(os.fsencode(_PATH), None)
    _follow_changes()


def _follow_changes():
    """``os.environ`` tells the C library through ``os.putenv`` and ``os.unsetenv``: our folder stays."""
    putenv, unsetenv = os.putenv, os.unsetenv

    def put(name, value, /):
        putenv(name, _with_boot(value) if _is(name, _PATH) else value)

    def unset(name, /):
        if _is(name, _PATH):
            putenv(name, _as(name, _boot))
        else:
            unsetenv(name)

    for new, old in ((put, putenv), (unset, unsetenv)):
        for place in (os, sys.modules[old.__module__]):
            setattr(place, old.__name__, Plain(new, old))


def _is(name, text):
    """Whether ``name``, text or bytes, is ``text``. (``-b`` warns of a comparison of one with the other.)"""
    return isinstance(name, (str, bytes)) and name == _as(name, text)


def _as(name, text):
    """``text`` in the type of ``name``."""
    return os.fsencode(text) if isinstance(name, bytes) else text


def _with_boot(value):
    """``value`` of PYTHONPATH with our folder first; anything that is no text is left as it is."""
    if not isinstance(value, (str, bytes)):
        return value
    boot, sep = _as(value, _boot), _as(value, os.pathsep)
    if boot in value.split(sep):
        return value
    return boot + sep + value if value else boot


def reaching(env):
    """A copy of a child's environment in which the agent starts; what is no mapping is returned as it is.

    The program's mapping is never changed. Its names and values may be text or bytes.
    """
    try:
        new = dict(env.items())
        names = {os.fsdecode(k) for k in new if isinstance(k, (str, bytes))}
        like = next(iter(new), _PATH)  # (in an environment of bytes, what is added is bytes, too)
        path = next((k for k in new if _is(k, _PATH)), _as(like, _PATH))
        new[path] = _with_boot(new.get(path, _as(like, "")))
        for name, value in _ours.items():
            if name not in names:
                new[_as(like, name)] = _as(like, value)
    except Exception as error:
        pass_on(error)
        return env  # whoever is about to use it says what is wrong with it
    return new


def reaching_lines(lines):
    """The same for the form ``_posixsubprocess`` takes: a list of b"NAME=value", or None to inherit."""
    if lines is None:
        return None
    try:
        pairs = dict(line.partition(b"=")[::2] for line in lines)
        full = reaching(pairs)
        added = [os.fsencode(k) + b"=" + os.fsencode(v) for k, v in full.items() if k not in pairs]
        return [k + b"=" + full[k] for k in pairs] + added
    except Exception as error:
        pass_on(error)
        return lines
