"""The event log's layout, stated once: the agent writes by it, ``core/session`` reads by it.

A process writes two files into ``SESSION/events/``, named ``PID-INTERPRETER-OPENED`` (OPENED is the
monotonic clock in hexadecimal nanoseconds, so that a reused pid or an ``exec`` gets a file of its own):

``….events``  one header page, a table of *registers* (what is in progress now), then fixed records
              (what is over). Little-endian. See ``core/session/FORMAT.md`` for the meaning of each field.
``….names``   texts, once each: tab-separated lines, appended.

A record is committed when its last word holds its own offset in the file; the words are stored in order,
so a reader that sees the mark sees the record (x86-64 keeps the order of stores; elsewhere a reader should
let a record rest for one poll before trusting it).
"""

from __future__ import annotations

import struct
import sys

MAGIC = b"CONCVIZ\x00"
FORMAT = 1

# header: magic, format, record size, record offset, register offset, register count, register size,
#         pid, ppid, interpreter, flags, opened_ns, process start in clock ticks since boot, python hexversion
HEADER = struct.Struct("<8sIIIIIIIIIIQQQ")
DROPPED_AT = 128  # u64: records that could not be written
CLOSED_AT = 136  # u64: when the log was closed in good order (ns), 0 until then
CONTROL_AT = 144  # u64, written from outside: how finely the program is held (CONTROL_…); 0: it runs freely
TIME_AT = 152  # u64, written from outside: what of its time goes on though all that could run is held: TIME_…
COUNTER = struct.Struct("<Q")

CONTROL_FREE, CONTROL_SYNC, CONTROL_LINE, CONTROL_OPCODE = range(4)
TIME_STANDS, TIME_OF_WAITS, TIME_OF_LOOPS = range(3)  # nothing, timeouts of threads, those and loops' clocks

FLAG_FREE_THREADED = 1
FLAG_FORKED = 2  # this log continues a fork: the parent is the process that forked

REGISTERS_AT = 4096
REGISTER_COUNT = 512
REGISTER_SIZE = 64
# A thread's register, at REGISTERS_AT + (thread % REGISTER_COUNT) * REGISTER_SIZE: u64 words, each stored by
# itself. A step's or a call's are overwritten when it begins (its t0 last). They are stale once a record with
# that t0 is committed; t0 is 0 where it left none.
# step's t0_ns, task, call's t0_ns, operation | site << CALL_SHIFT, object, thread
REGISTER = struct.Struct("<6Q")
STEP_T0, STEP_TASK, BLOCK_T0, BLOCK_CALL, BLOCK_OBJECT, REGISTER_THREAD = range(6)  # numbers of the words
CALL_SHIFT = 8
# (the object is only kept up to date by calls that know it at no cost: locks, joins, children)

# The same types, as the machine itself calls them, are stored faster than the standard ones.
_NATIVE = sys.byteorder == "little" and struct.calcsize("L") == 8
WORD = "L" if _NATIVE else "Q"
RECORDS_AT = REGISTERS_AT + REGISTER_COUNT * REGISTER_SIZE
# t0_ns, duration, kind|scale|thread, a, b, c, d, e, mark
RECORD = struct.Struct("@L8I" if _NATIVE else "<Q8I")
# a BLOCK's, whose d and e are 0: t0_ns, duration, kind|thread, site | operation << 32, object, mark
BLOCK_RECORD = struct.Struct("@LIILI8xI" if _NATIVE else "<QIIQI8xI")
# a STEP's: t0_ns, duration, what STANDS packs, ready for, waker, awaited, mark
STEP_RECORD = struct.Struct("@LI12s4I" if _NATIVE else "<QI12s4I")
STANDS = struct.Struct("<3I")  # kind|thread, task, site
RECORD_SIZE = RECORD.size
assert RECORD_SIZE == BLOCK_RECORD.size == STEP_RECORD.size == 40

# The third word: bits 0-5 kind, bits 6-7 scale, bits 8-31 thread number in this process (1, 2, …; 0 unknown).
KIND_MASK = 0x3F
SCALE_SHIFT = 6
THREAD_SHIFT = 8
# Durations (the second word, and c of STEP and WORK) count 1, 2**10 or 2**20 ns: 4.3 s, 73 min, 52 days.
SCALES = (0, 10, 20)
U32 = 0xFFFFFFFF

# kinds                    t0            duration  a            b           c            d            e
TASK_BORN = 1  #           created       0         task         parent task name text    coroutine    loop
STEP = 2  #                step began    length    task         site        ready for    waker        awaited
EAGER_STEP = 3  #          as STEP; it ran inside its creator's step, in no handle
BLOCK = 4  #               call began    length    site         operation   object       0            0
THREAD_BORN = 5  #         began         0         native tid   name text   parent thread flags      0
THREAD_END = 6  #          ended         0         outcome      exception   new name     0            0
LOOP_RUN = 7  #            loop began    length    loop         kind text   0            0            0
WORK = 8  #                began to run  length    work         function    ready for    submitter    outcome
CHILD = 9  #               created       0         child pid    method      name text    unobserved   0
CHILD_END = 10  #          noticed       0         child pid    code + 256  0            0            0
NOTE = 11  #               happened      0         topic text   message text 0           0            0
TASK_NAME = 12  #          renamed       0         task         name text   0            0            0
LOOP_BORN = 13  #          run_forever began  0    loop         kind text   0            0            0
EXEC = 14  #               about to exec 0         text of the program  0   0            0            0
# (LOOP_BORN says at once that a loop runs in this thread, LOOP_RUN says afterwards for how long)

THREAD_MAIN = 1
THREAD_DAEMON = 2
THREAD_FOREIGN = 4  # first seen when it called us: its begin is not known
THREAD_POOL = 8  # a concurrent.futures worker

OUTCOME_DONE = 0
OUTCOME_FAILED = 1
OUTCOME_CANCELLED = 2

# A reference packs what it refers to into bits 28-31 and the number into bits 0-27.
REF_SHIFT = 28
REF_NONE = 0
REF_TASK = 1  # a task of this process
REF_THREAD = 2  # a thread of this process
REF_TIMER = 3  # the loop's clock (number 0)
REF_IO = 4  # the loop's selector (number: file descriptor, 0 unknown)
REF_CALLBACK = 5  # some other callback of the loop (number: text of its name, 0 unknown)
REF_FUTURE = 6  # a future that belongs to no task (number 0)
REF_WORK = 7  # a work item given to an executor
REF_GATHER = 8  # the future of gather(), which waits for other tasks (number 0)
REF_ENDED = 12  # a step's e: the task is over; number: text of the exception type (0 for done)
REF_FAILED = 13
REF_CANCELLED = 14
REF_READY = 15  # a step's e: it yielded without waiting (sleep(0)): ready again at once

# operations of BLOCK
OP_SLEEP = 1
OP_LOCK = 2
OP_IO_READ = 3
OP_IO_WRITE = 4
OP_IO_CONNECT = 5
OP_IO_ACCEPT = 6
OP_IO_SELECT = 7
OP_DNS = 8
OP_QUEUE = 9
OP_CHILD = 10  # object: pid, where known
OP_JOIN = 11  # object: thread number
OP_LOOP_SELECT = 12  # the event loop idles in its selector
OP_SEMAPHORE = 13  # multiprocessing's
OP_HELD = 14  # at a gate: it could run, and waits to be chosen

# start methods of CHILD
METHODS = ("", "subprocess", "fork", "spawn", "forkserver", "os.fork", "posix_spawn", "exec", "system")

TEXT_LIMIT = 1000  # characters of one text that are kept
# lines of the names file; every field is escaped (backslash, tab, newline, carriage return):
#   T <number> <text>                                     a text
#   S <number> <file text> <line> <function text> <call site> <flags>
#        a site: a place in the user's own code and, as another site (or 0), the library call it stands in
#   M <key> <value>                                       a fact about the process: argv, executable, version…
SITE_LIBRARY = 1  # no frame of the user's own was found: this is a library's place


def mark(index: int) -> int:
    """The last word of the record with this index: its offset."""
    return (RECORDS_AT + index * RECORD_SIZE) & U32


ENV_SESSION = "CONCVIZ_SESSION"  # the session folder; the agent sleeps without it
ENV_AGENT = "CONCVIZ_AGENT"  # the agent's folder
ENV_LIMIT = "CONCVIZ_LIMIT"  # bytes one process may write (default LIMIT)
ENV_CONTROL = "CONCVIZ_CONTROL"  # the controller's Unix socket; without it nothing can be held
ENV_OFF = "CONCVIZ_OFF"  # comma-separated hooks to leave out, as ``start.HOOKS`` names them
LIMIT = 2 << 30
