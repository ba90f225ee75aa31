"""The guest: what runs inside the observed program. Standard library only, Python 3.9 and later.

Importing this package does nothing to anybody. ``start.begin()`` opens the process's event log and
installs the hooks; ``boot/sitecustomize.py`` calls it in every Python below ``concviz run`` and
``concviz record``, where the package is loaded by path under the name ``_concviz_agent``.
The reader (``core/session``) imports ``layout`` from here, so that the record layout is stated once.

Begin with ``layout.py`` (what a record is), ``log.py`` (where it is written) and ``start.py`` (which hooks
there are). A *hook* replaces functions of the standard library, or asks ``imports.py`` to be called once the
program has imported them; ``patches.py`` remembers what was there before. The hooks, by what they observe:

* a thread that waits: ``locks``, ``queues``, ``io``, ``sockets*``, ``pipes``. All of them write their records
  by ``waits.py``, and step aside where ``governor.py`` finds that they are called too often;
* threads and processes that begin and end: ``threads``, ``main_end``, ``processes``, ``spawns``,
  ``unobserved``, ``environ``;
* pools: ``executors``;
* asyncio: ``tasks*``, ``loops*``, ``awaited``, ``await_site``, ``frames``, ``running``.

``sites.py`` tells all of them which line of the user's it is, ``blame.py`` whose an exception is. ``gates*``
and ``hold_*`` are loaded only in a program that can be held: a *gate* is where a thread asks the controller
(``core/control``) whether it may go on, and a ``hold_*`` module puts gates before what it is named after.
"""
