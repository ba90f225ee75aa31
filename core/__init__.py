"""All of concviz that needs no screen.

One path for data: ``agent`` (inside the observed program) and ``system`` (the radar, outside of it) write
into a session folder; ``session`` reads that folder, ``timeline`` makes spans of it, and ``insight``,
``export`` and the screen ask the timeline. Beside that path, ``launch`` starts and records programs,
``control`` holds and steps them, ``lab`` has the experiments, ``language`` translates. ``model`` is the
vocabulary of all of them.
"""
