"""What a timeline means: figures, moments worth a look, verdicts. Pure functions over what was measured.

* Figures: ``stats.py`` for one session, ``compare.py`` for one model's run, ``verdict.py`` over several
  models.
* Moments: ``moments.py`` goes through a timeline window by window. In each, ``crowd.py`` counts how many
  workers are in which state at every instant, and the ``moments_*`` modules, ``locks.py`` and ``stalls.py``
  look for *stretches* in which something is so. Stretches close together grow into an *episode*
  (``episodes.py``). A *cause* is a kind of moment, whom it is about, and the line or coroutine that brings
  it about; the moments of one cause are kept together (``recurring.py``) and told as one *topic*.
  ``outline.py`` decides which topic matters at an instant, ``moment_words.py`` and ``topic_words.py`` say
  it.
"""
