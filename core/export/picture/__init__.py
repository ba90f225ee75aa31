"""The parts of a picture, each as SVG.

Where things stand: ``rows`` (which lanes there are), ``scale`` (instants to pixels), ``layout`` (all of it,
worked out before anything is drawn). The lanes: ``pieces`` cuts a lane, ``lane`` draws it in the fills of
``paints`` with the tooltips of ``titles``, ``crowd`` draws many as one, ``wakes`` the arrows between them.
The rest: ``frame`` with ``curves`` and ``ends``, and ``animation``, which makes it play.
"""
