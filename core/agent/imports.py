"""Call a hook as soon as the program has imported a module, and import nothing on its behalf.

The import system looks a module up (``_find_spec``), creates it, sets ``spec._initializing``, executes
it and clears ``spec._initializing`` again. We look at the names that are looked up and, where one is
wanted, give its spec a class that notices the last of these steps. Loaders, ``sys.meta_path`` and the
frames of a module that is being executed stay exactly what they would have been.
"""

from __future__ import annotations

import sys
from _thread import RLock

from . import log

_bootstrap = sys.modules["_frozen_importlib"]
_ModuleSpec = _bootstrap.ModuleSpec  # type: ignore[attr-defined]
_lock = RLock()
_wanted: dict = {}  # module name -> hooks that wait for it
_hooking: set = set()  # names of modules that were executed and whose hooks are being called


def when_imported(name, hook):
    """Call ``hook(module)`` now if module ``name`` is there, else right after the program has imported it.

    Hooks of one module are called in the order in which they were given. One that raises is reported as
    a note and called no more; the program does not notice.
    """
    with _lock:
        module = sys.modules.get(name)
        spec = getattr(module, "__spec__", None)
        busy = getattr(spec, "_initializing", False) and name not in _hooking
        loaded = module is not None and not busy
        if not loaded:
            _wanted.setdefault(name, []).append(hook)
            if module is not None:
                _watch(spec)
            _follow_lookups()
    if loaded:
        _call(name, hook, module)


class _Watched(_ModuleSpec):  # type: ignore[misc, valid-type]
    """A module's spec until the module has been executed; then it is an ordinary spec again."""

    @property
    def _initializing(self):
        return self.__dict__.get("_initializing", False)

    @_initializing.setter
    def _initializing(self, value):
        if value:
            self.__dict__["_initializing"] = value
            return
        try:
            self.__class__ = _ModuleSpec
            _executed(self.name)
        finally:  # threads that import the same module are let go once it is hooked
            self.__dict__["_initializing"] = value


_Watched.__name__ = _Watched.__qualname__ = "ModuleSpec"  # as repr(spec) shows it


def _watch(spec):
    if type(spec) is _ModuleSpec:
        spec.__class__ = _Watched


def _executed(name):
    """Call the hooks of a module that was executed."""
    module = sys.modules.get(name)
    if module is None:  # it raised; the program may import it again
        return
    with _lock:
        hooks = _wanted.pop(name, ())
        if not _wanted:
            _stop_following()
    _hooking.add(name)
    for hook in hooks:
        _call(name, hook, module)
    _hooking.discard(name)


def _call(name, hook, module):
    try:
        hook(module)
    except Exception:
        log.hook_failed("hook " + name)


_find_spec = _bootstrap._find_spec  # type: ignore[attr-defined]


def _find_spec_and_watch(name, path, target=None):
    spec = _find_spec(name, path, target)
    if name in _wanted:
        _watch(spec)
    return spec


def _follow_lookups():
    global _find_spec
    if _bootstrap._find_spec is not _find_spec_and_watch:  # type: ignore[attr-defined]
        _find_spec = _bootstrap._find_spec  # type: ignore[attr-defined]
        _bootstrap._find_spec = _find_spec_and_watch  # type: ignore[attr-defined]


def _stop_following():
    if _bootstrap._find_spec is _find_spec_and_watch:  # type: ignore[attr-defined]
        _bootstrap._find_spec = _find_spec  # type: ignore[attr-defined]
