"""Starts the agent in every Python that finds this folder on PYTHONPATH, then is gone without a trace.

This file must parse and keep quiet on any Python at all, 2.7 included: it runs in every one of them
below the launcher, whatever it is.
"""

import marshal
import os
import sys

_NOWHERE = "<concviz>/"  # no folder: what measures or reloads the program's files passes ours over


def _hide(boot):
    """Take this module and its folder off the program's tables, and return the module (to keep it alive)."""
    me = sys.modules.pop("sitecustomize", None)
    sys.path[:] = [p for p in sys.path if p != boot]
    getattr(sys, "path_importer_cache", {}).pop(boot, None)
    return me


def _refuse(session):
    """Say in the session's log.txt that this Python cannot be observed."""
    name = getattr(getattr(sys, "implementation", None), "name", "cpython")
    version = ".".join(str(part) for part in sys.version_info[:3])
    if name == "cpython":
        line = "python %s (pid %d) is too old to be observed: 3.9 or newer\n" % (version, os.getpid())
    else:
        line = "%s %s (pid %d) cannot be observed: CPython only\n" % (name, version, os.getpid())
    fd = os.open(os.path.join(session, "log.txt"), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(fd, line.encode("ascii", "replace"))
    finally:
        os.close(fd)


def _start(folder):
    """Load the agent's package by path, under a name of its own, and let it begin."""
    package = type(sys)("_concviz_agent")
    package.__path__ = [folder]
    package.__file__ = _NOWHERE + "__init__.py"
    sys.modules["_concviz_agent"] = package
    package.codes = {}
    package.load = _load
    package.run = _run
    _load(package, "agent")
    from _concviz_agent import start  # type: ignore[import-not-found]

    start.begin()


def _load(package, part):
    """Read a part of the agent (see ``compiled.py``) and make the modules that it begins with."""
    try:
        at_start, codes = _compiled(package.__path__[0], part)
    except Exception:
        return  # they are imported as usual
    package.codes.update(codes)
    _run(package, at_start)


def _compiled(folder, part):
    """Names of the modules to begin with, and name -> code of all that are in a part of the agent."""
    name = "%s.%s-%x.code" % (part, sys.implementation.cache_tag, sys.hexversion)
    path = os.path.join(folder, "__pycache__", name)
    try:
        with open(path, "rb") as file:
            of, sources, at_start, codes = marshal.loads(file.read())
        if of == folder and all(_stamp(folder, name) == stamp for name, stamp in sources):
            return at_start, codes
    except (OSError, EOFError, ValueError, TypeError):
        pass
    from _concviz_agent import compiled  # type: ignore[import-not-found]

    compiled.__file__ = _NOWHERE + "compiled.py"
    return compiled.write(folder, part, path, _stamp)


def _stamp(folder, name):
    """What changes with a source."""
    status = os.stat(os.path.join(folder, name + ".py"))
    return status.st_size, status.st_mtime_ns


def _run(package, names):
    """Make modules of those compiled codes, in this order: none of them has to be found, then."""
    for name in names:
        code = package.codes.pop(name, None)
        full = package.__name__ + "." + name
        if code is not None and full not in sys.modules:
            module = sys.modules[full] = type(sys)(full)
            module.__package__ = package.__name__
            module.__file__ = _NOWHERE + name + ".py"
            try:
                exec(marshal.loads(code), module.__dict__)
            except Exception:
                del sys.modules[full]
                raise
            setattr(package, name, module)


def _boot(boot):
    session = os.environ.get("CONCVIZ_SESSION")
    if not session or not os.path.isdir(session):
        return
    if sys.version_info < (3, 9) or sys.implementation.name != "cpython":
        _refuse(session)
    else:
        _start(os.path.dirname(boot))


_here = os.path.dirname(os.path.abspath(__file__))
_me = _hide(_here)
__file__ = _NOWHERE + "sitecustomize.py"
try:
    # A sitecustomize of the user's own runs as it would have, failures included. Where there is none, this
    # import fails as the outer one would have: site expects just that, and no module of the name remains.
    import sitecustomize  # type: ignore[import-not-found]  # noqa: F401
finally:
    try:
        _boot(_here)
    except Exception:
        pass
