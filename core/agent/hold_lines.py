"""Gates at every line, or every instruction, of the user's own code: loaded when a controller asks for them.

Python 3.12 and later have ``sys.monitoring``, which costs nothing in code that said it is not wanted. Before,
a thread is traced (``sys.settrace``) from the first gate on that it comes to while held so finely. Both end
as soon as an event finds the program less finely held.
"""

from __future__ import annotations

import sys

from . import gates, log, sites
from . import layout as L
from .waits import hide

_TOOLS = (4, 3, 1, 5, 2)  # ids for tools; those with names (debugger, coverage, profiler) are asked last
_tool = None  # type: ignore[var-annotated]  # our id, while lines are gates
_finely = 0  # CONTROL_LINE or CONTROL_OPCODE: what the events are set for


def install():
    """Begin with the program's first line, where it is held so finely from its start."""
    begin()


def begin():
    """Make lines (or instructions, as the mailbox says) gates; what was asked for already stays."""
    if sys.version_info >= (3, 12):
        _monitor(log.control[0])
    else:
        _trace()


def _gate(frame, kind):
    """Wait for a turn before a line or an instruction of ``frame``."""
    me = gates.worker()
    if me is not None:
        me.ask("at", kind, 0, sites.intern(frame), "")


def _monitor(finely):
    global _tool, _finely
    if finely == _finely:
        return
    monitoring = sys.monitoring
    if _tool is None:
        _tool = next(tool for tool in _TOOLS if monitoring.get_tool(tool) is None)
        monitoring.use_tool_id(_tool, "concviz")
    events, _finely = monitoring.events, finely
    monitoring.register_callback(_tool, events.LINE, _line)
    monitoring.register_callback(_tool, events.INSTRUCTION, _instruction)
    monitoring.set_events(_tool, events.LINE if finely == L.CONTROL_LINE else events.INSTRUCTION)


def _event(kind):
    """The callback for lines, or for instructions."""

    def event(code, at):
        if sites.whose(code) != sites.USER:
            return sys.monitoring.DISABLE
        try:
            if log.control[0] != _finely:
                _monitor_again()
            else:
                _gate(sys._getframe(1), kind)
        except BaseException as error:
            hide(error)
            raise
        return None

    return event


_line, _instruction = _event("line"), _event("opcode")


def _monitor_again():
    """The program is held differently now, or free."""
    if log.control[0] >= L.CONTROL_LINE:
        _monitor(log.control[0])
    else:
        end()


def end():
    """Lines are no gates any more: give the tool id back. (Before 3.12 each thread sees to that itself.)"""
    global _tool, _finely
    tool, _tool, _finely = _tool, None, 0
    if tool is not None:
        monitoring = sys.monitoring
        monitoring.set_events(tool, 0)
        for event in (monitoring.events.LINE, monitoring.events.INSTRUCTION):
            monitoring.register_callback(tool, event, None)
        monitoring.free_tool_id(tool)


def _trace():
    """Trace the calling thread and all the user's frames that it is in, unless somebody else traces it."""
    if sys.gettrace() is not None:
        return
    sys.settrace(_traced)
    frame = sys._getframe(2)
    while frame is not None:
        if sites.whose(frame.f_code) == sites.USER:
            _traced(frame, "call", None)
            frame.f_trace = _traced_line
        frame = frame.f_back


def _traced(frame, event, argument):
    """What ``sys.settrace`` calls for each new frame."""
    if log.control[0] < L.CONTROL_LINE:
        sys.settrace(None)
        return None
    if sites.whose(frame.f_code) != sites.USER:
        return None
    frame.f_trace_opcodes = log.control[0] == L.CONTROL_OPCODE
    frame.f_trace_lines = not frame.f_trace_opcodes
    return _traced_line


def _traced_line(frame, event, argument):
    finely = log.control[0]
    if finely < L.CONTROL_LINE:
        sys.settrace(None)
        frame.f_trace = None
        return None
    frame.f_trace_opcodes = finely == L.CONTROL_OPCODE
    frame.f_trace_lines = not frame.f_trace_opcodes
    try:
        if event in ("line", "opcode"):
            _gate(frame, event)
    except BaseException as error:
        hide(error)
        raise
    return _traced_line
