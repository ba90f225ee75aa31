"""The screen: asks the timeline, draws, nothing else.

``app.py`` has the one tick that draws; ``screens`` are what it shows, ``widgets`` what these are made of.
What a screen knows and does without any widget is in the modules here: ``view.py`` and ``viewport.py``
(which lanes, which slice of time), ``stepping.py`` (a held program), ``moments.py``, ``details.py``. Pure
functions make cells into glyphs and strips: ``strips.py``, ``picture.py``, ``held.py``,
``compare_board.py``.
"""
