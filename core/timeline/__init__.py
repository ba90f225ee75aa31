"""What every worker did and when: filled from logs and samples, asked for any window of time.

Begin with ``timeline.py``, which has the questions, and ``spans.py``, one worker's spans as columns.
``history.py`` fills them:

* ``log_history.py`` sorts a log's records. Those of tasks say everything, and become spans in ``tasks.py``.
* Those of a thread only say when it was inside a blocking call. In between it was *free*: it ran, or waited
  for the GIL or a core. ``threads.py`` splits that time by the samples (``merge.py``), squares it with the
  kernel's CPU clock (``squaring.py``), and lets no two threads run under one GIL at once (``turns.py``).
* ``strangers.py`` keeps samples until it is certain which thread they are of.
* ``processes.py`` knows which processes there were. What one of them does, its threads tell
  (``process.py``).

Words of this package: a span is *settled* when nothing that is still to come can change it. Behind the
settled spans lies a *tail*: what is in progress, as far as it is known, rewritten whenever more is
(``frontier.py`` tells how far a thread can be settled). A *code* is a span's state, reason and certainty in
one byte; a *peer* is the number of who woke the worker, or of whom it waits for; a *passive* wait is no
work in progress.
"""
