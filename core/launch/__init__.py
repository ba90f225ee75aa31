"""Starting a program under observation, and the folder its recording goes to.

``concviz record`` is itself the recorder, the program's parent (``recorder.py``). For a screen there are
more processes, so that none of them takes the program with it: the screen (``recording.py``) starts a
*keeper*, which owns the program's terminal (``keeper.py``), whose child is the recorder (``capture.py``),
whose child is the program.

Everything a recorder does before the program starts delays it: modules here import little, and late.
"""

DEFAULT_HZ = 250
"""How often a program is sampled from outside, unless somebody says otherwise."""
