"""One thread reads a byte from a pipe, another one finds that it can be read; argument: what is written.

It ends when it is told something.
"""

import os
import select
import sys
import threading

there, here = os.pipe()
print(there, flush=True)
reader = threading.Thread(target=os.read, args=(there, 1))
watcher = threading.Thread(target=select.select, args=([there], [], []))
reader.start()
watcher.start()
os.write(here, sys.argv[1].encode())
os.read(0, 1)
reader.join()
watcher.join()
print("both")
