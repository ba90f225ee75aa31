"""What switches between its own kinds of workers, and cannot be stepped: said as soon as it is imported."""

from __future__ import annotations

from . import gates_process
from .imports import when_imported

OTHERS = ("gevent", "eventlet", "trio", "curio")


def install():
    """Look out for all of them."""
    for name in OTHERS:
        when_imported(name, lambda module, name=name: gates_process.cannot(name))
