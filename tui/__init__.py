"""The terminal face of concviz."""
