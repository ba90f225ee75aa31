"""The radar: looks at the observed program from outside, in the recorder's process, many times a second.

Begin with ``sampler.py``, the loop. On Linux its source is ``linux.py``: ``tree.py`` finds the processes,
``threads.py`` sweeps their threads, ``attachment.py`` leads to a process's GIL (``gil.py``) and frames
(``stacks.py``). Elsewhere it is ``portable.py``, with psutil alone. All of them write records into
``system.log`` (``writer.py``), whose layout is stated in ``layout.py``.

``probe.py`` and ``frame_probe.py`` run in another interpreter, the observed program's: they find out where
that very executable keeps its GIL and its frames.
"""
