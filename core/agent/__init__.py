"""The guest: what runs inside the observed program. Standard library only, Python 3.9 and later.

Importing this package does nothing to anybody. ``start.begin()`` opens the process's event log and
installs the hooks; ``boot/sitecustomize.py`` calls it in every Python below ``concviz run`` and
``concviz record``, where the package is loaded by path under the name ``_concviz_agent``.
The reader (``core/session``) imports ``layout`` from here, so that the record layout is stated once.
"""
