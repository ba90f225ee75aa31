"""A session on disk, read while it grows. ``FORMAT.md`` says what is in the folder, ``PACK.md`` in one file.

Begin with ``session.py``. It finds the files in a folder or in a pack alike (``files.py``, ``packed.py``),
reads every event log with its names (``log.py``, ``events.py``, ``names.py``) and the samples
(``system_log.py``), and hands them to ``core/timeline``. Nothing that is read is trusted: each file may be
missing, cut short, damaged or made up, and none of it can make a reader raise, run code, or fill the
memory.
"""
