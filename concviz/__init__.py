"""concviz: see what the threads, processes and tasks of a real Python program are doing, live."""

__version__ = "0.1.0"
