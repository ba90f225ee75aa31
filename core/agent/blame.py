"""Whose an exception is that turns up in the agent's code: our own failure, or the program's.

A signal handler runs, and raises, wherever the main thread is at that moment, and
``PyThreadState_SetAsyncExc`` raises in any thread: in our functions, too. To swallow that would change what
the program does.
"""

from __future__ import annotations

import os
import sys

FrameType = type(sys._getframe())  # (``types`` may not be there yet)
codes: dict = {}  # by their ids, the code objects of ours that look like the program's (see ``frames``)
_here = os.path.abspath(sys.modules[__package__].__path__[0]) + os.sep


def is_the_hooks(error):
    """Whether an exception that one of our functions has caught is a failure of that function.

    A handler is known by its argument, the frame that it has interrupted; what another thread has sent, by
    its class, if that is not a built-in one.
    """
    inner = without_ours(error.__traceback__)
    if inner is None:
        return type(error).__module__ in ("builtins", "struct")
    arguments = [value for local in inner.tb_frame.f_locals.values() for value in _items(local)]
    return not any(type(value) is FrameType and _is_ours(value) for value in arguments)


def pass_on(error):
    """Inside an ``except`` that would swallow it: raise what is the program's own again."""
    if not is_the_hooks(error):
        raise error


def without_ours(traceback):
    """A traceback from the first frame on that is not the agent's."""
    while traceback is not None and _is_ours(traceback.tb_frame):
        traceback = traceback.tb_next
    return traceback


def passes(error):
    """Whether a failure of ours says nothing of the next call: no room, or C has called us."""
    if isinstance(error, (RecursionError, MemoryError)):
        return True
    return type(error) is ValueError and error.args == ("call stack is not deep enough",)


def outside(frame):
    """The innermost frame, from ``frame`` outwards, that is not the agent's; None where C has called us."""
    while frame is not None and _is_ours(frame):
        frame = frame.f_back
    return frame


def _is_ours(frame):
    return frame.f_code.co_filename.startswith(_here) or id(frame.f_code) in codes


def _items(local):
    """An argument, or the arguments that ``*args`` took."""
    return local if type(local) is tuple else (local,)
