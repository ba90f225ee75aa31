"""Holding a running program and choosing who goes next.

A gate inside the program is a blocking message: a worker that reaches one says so over its own socket and
waits for the answer. Everything that decides lives here, outside the program; when this side goes away, in
whatever way, the sockets close and every worker runs free.
"""
