"""Nothing at all: what it costs to start and end a Python."""
