"""Holding a running program and choosing who goes next.

A gate inside the program is a blocking message: a worker that reaches one says so over its own socket and
waits for the answer. Everything that decides lives here, outside the program; when this side goes away, in
whatever way, the sockets close and every worker runs free.

Begin with ``controller.py``, what others use, and ``scheduler.py``, which decides. Lines come in through
``server.py`` and ``wire.py``, and ``desk.py`` makes events of them. Whoever could go next is on the ready
list (``ready.py``); a *wish* (``wishes.py``) is what the user asked for, and picks from it. The picked
worker has the *baton* until it is at its next gate; each pick is a *decision*, written down so that the
schedule can be repeated (``decisions.py``). Who does not come to a gate is looked at in ``silence.py`` and
``watchdog.py``.
"""
