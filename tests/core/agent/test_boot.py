"""The agent starts in every Python without a trace: programs run as they do without it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import zipapp
from pathlib import Path

import pytest

from concviz.core.launch import environment
from tests.core.agent.held import Held, stepped
from tests.core.agent.run import both, clean_environment, observe, run
from tests.interpreters import everywhere, refused

# What a program can see of its own interpreter, without what differs from run to run.
LOOKING_ROUND = """
    import os, sys
    print(sys.path, sys.argv, sys.flags, sys.meta_path, sys.path_hooks, sys.warnoptions)
    print(sorted(os.environ.items()), os.environb.get(b"PYTHONPATH"), os.getenv("CONCVIZ_SESSION"))
    print(sorted(m for m in sys.modules if not m.startswith("_concviz_agent")))
    print(sorted(sys.path_importer_cache), sorted(globals()))
    print(open(os.devnull).fileno(), sys.getrecursionlimit(), sys.gettrace(), sys.getprofile())
    print(os.umask(0o22), os.getcwd() == os.environ.get("PWD", os.getcwd()))
    def depth(n=0):
        try: return depth(n + 1)
        except RecursionError: return n
    print(depth())
    import threading
    print(threading.active_count(), threading.current_thread())
    """

PROGRAMS = {
    "exception": "def f():\n    return 1 / 0\nf()",
    "chained": "try:\n    {}[1]\nexcept KeyError:\n    raise OSError(2, 'x') from None",
    "exit code": "import sys\nsys.exit(7)",
    "exit message": "import sys\nsys.exit('a message')",
    "os._exit": "import os\nprint('lost')\nos._exit(9)",
    "syntax error": "print('\nx = = 1",
    "SIGTERM": "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)",
    "SIGINT": "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nimport time\ntime.sleep(9)",
    "SIGKILL": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
    "abort": "import os\nos.abort()",
    "atexit": "import atexit\nfor i in range(3): atexit.register(print, i)\natexit.register(lambda: 1 / 0)",
    "recursion": "def f(): f()\nf()",
    "stdin": "import sys\nprint(sys.stdin.read().upper())\nprint(input())",
    "unclosed": "import sys, threading\nf = open(__file__)\ndel f\nprint(len(threading.enumerate()))",
    "thread fails": "import threading\nt = threading.Thread(target=lambda: 1 / 0)\nt.start()\nt.join()",
    "unraisable": "class A:\n    def __del__(self): 1 / 0\nA()\na = A()",
    "import error": "from os import nothing",
    "missing module": "import no_such_module",
    "reload": "import importlib, threading, os\nimportlib.reload(os)\nimportlib.reload(threading)\nprint(1)",
    "faulthandler": "import faulthandler, signal\nfaulthandler.enable()\nsignal.raise_signal(signal.SIGABRT)",
    "tracer": "import sys\nsys.settrace(lambda *a: print(a[1]))\ndef f(): pass\nf()\nsys.settrace(None)",
}


def plain(text):
    """Output without addresses and temporary names, which differ from run to run."""
    text = re.sub(r"concviz-test-\w+", "folder", text)
    text = re.sub(r"0x[0-9a-f]+", "0x…", text)
    return re.sub(r"(ident=|Thread\(\w+, started )\d+", r"\1…", text)


def assert_same(program, python, *args, **options):
    """Run both ways and compare all that can be seen from outside."""
    seen, (out, err, code) = both(program, python, *args, **options)
    errors = plain(seen.stderr)
    if seen.log.hexversion < 0x030B0000:  # there a frame cannot be taken off a traceback
        errors = re.sub(r'  File "[^"]*/core/agent/\w+.py", .*\n    .*\n', "", errors)
    assert (plain(seen.stdout), errors, seen.code) == (plain(out), plain(err), code)
    assert seen.log.threads()["MainThread"]
    return seen


@everywhere()
@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_behave_the_same(python, name):
    assert_same(PROGRAMS[name], python, stdin="some words\n")


@everywhere()
def test_the_interpreter_looks_the_same(python):
    env = {"PYTHONPATH": f"/nowhere{os.pathsep}/else"}
    seen, (out, err, _) = both(LOOKING_ROUND, python, env=env)
    mine, theirs = plain(seen.stdout).splitlines(), plain(out).splitlines()
    more = set(eval(mine.pop(2))) - set(eval(theirs.pop(2)))
    assert more <= {
        "_struct", "struct", "mmap", "errno", "atexit", "itertools", "gc", "__future__",
    }
    assert (mine, plain(seen.stderr)) == (theirs, plain(err))


MEASURES = """
    import os, sys, threading{first}
    files = set()
    def trace(frame, event, argument):
        files.add(frame.f_globals.get("__file__"))
    sys.settrace(trace)
    import asyncio
    thread = threading.Thread(target=print, args=("ran",))
    thread.start()
    thread.join()
    asyncio.run(asyncio.sleep(0.001))
    sys.settrace(None)
    files.update(getattr(module, "__file__", None) for module in list(sys.modules.values()))
    files.discard(None)
    ours = os.path.join("core", "agent", "")
    print(sum(file.startswith("<concviz>") for file in files) > {least}, [f for f in files if ours in f])
"""


@everywhere()
def test_what_measures_or_reloads_the_programs_files_passes_ours_over(python):
    """As coverage and the reloaders of web servers do, by what a frame's globals or a module says."""
    assert observe(MEASURES.format(first="", least=20), python).ok().stdout == "ran\nTrue []\n"


@stepped
def test_also_what_a_program_is_held_by(python):
    with Held(MEASURES.format(first=", asyncio", least=50), python) as held:
        assert held.run().ok().stdout == "ran\nTrue []\n"


@everywhere()
@pytest.mark.parametrize("flags", [["-Werror"], ["-Xdev"], ["-O"], ["-u"], ["-v"], ["-Ximporttime"]])
def test_options_of_python(python, flags):
    program = "import sys, subprocess, threading\nprint(sys.flags)\nopen(__file__)"
    seen, (out, err, code) = both(program, python, flags=flags)
    assert (seen.stdout, seen.code) == (out, code)
    if flags not in (["-v"], ["-Ximporttime"]):  # which tell of every import, ours too
        assert plain(seen.stderr) == plain(err)


@everywhere()
def test_every_way_to_name_a_program(python, tmp_path):
    source = "import sys\nprint(__name__, __spec__, sys.argv[1:], sys.path[:1])\n"
    (tmp_path / "target.py").write_text(source)
    (tmp_path / "link.py").symlink_to(tmp_path / "target.py")
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "__main__.py").write_text(source)
    zipapp.create_archive(tmp_path / "app", tmp_path / "app.pyz")
    for command in (
        ["-c", source], ["-m", "target"], ["-m", "app"], ["link.py"], ["app.pyz"], ["app"], ["-"],
        [str(tmp_path / "target.py")],
    ):
        assert_same(command, python, "an argument", cwd=tmp_path, stdin=source, env={"PYTHONPATH": ""})


@everywhere()
@pytest.mark.parametrize(
    "theirs",
    [
        "print('theirs')\nimport sys\nprint(__file__, __spec__.name)", "import no_such_module", "1 / 0",
        "raise ImportError('x', name='sitecustomize')", "x = = 1",
    ],
)
def test_a_sitecustomize_of_the_users_own(python, theirs, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(theirs)
    program = "import sys\nprint(sys.modules.get('sitecustomize'), sys.path)\nimport sitecustomize"
    assert_same(program, python, env={"PYTHONPATH": str(tmp_path)})


@everywhere()
def test_a_virtual_environment(python, tmp_path):
    subprocess.run([python, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True, timeout=120)
    assert_same("import sys\nprint(sys.prefix, sys.path)", str(tmp_path / "venv" / "bin" / "python"))


@pytest.mark.parametrize("python", [pytest.param(i.path, id=i.label) for i in refused()])
def test_older_pythons_are_refused_in_one_line(python):
    seen = observe("import sys, os\nprint('sitecustomize' in sys.modules, 'boot' in str(sys.path))", python)
    version = ".".join(Path(python).parts[-3].split(".")[:3])
    assert seen.stdout.replace("(", "").replace(")", "").replace(",", "").strip() == "False False"
    assert (seen.stderr, seen.code, seen.logs) == ("", 0, ())
    assert seen.said == f"python {version} (pid {seen.pid}) is too old to be observed: 3.9 or newer\n"


@everywhere()
@pytest.mark.parametrize("session", ["missing", "a file", "no events folder", "not writable"])
def test_a_session_that_cannot_be_written_is_no_ones_business(python, session, tmp_path):
    folder = tmp_path / "session"
    if session == "a file":
        folder.write_text("")
    elif session != "missing":
        folder.mkdir()
    if session == "not writable":
        (folder / "events").write_text("")
    env = environment.observed(clean_environment(), folder)
    program = "import os, subprocess, sys\nsubprocess.run([sys.executable, '-c', 'print(1)'])\nos.fork()"
    out, err, code, _ = run([python, "-c", program], env, "", None, 60)
    assert (out, err, code) == ("1\n", "", 0)


@everywhere()
def test_a_hook_can_be_left_out(python):
    program = "import time\ntime.sleep(.001)"
    assert observe(program, python).ok().log.blocks("sleep")
    assert not observe(program, python, env={"CONCVIZ_OFF": "io"}).ok().log.blocks("sleep")


@everywhere()
def test_the_agent_may_lie_in_a_folder_with_an_odd_name(python, tmp_path):
    import concviz.core.agent

    agent = Path(concviz.core.agent.__file__).resolve().parent
    odd = tmp_path / "an odd'näme"
    shutil.copytree(agent, odd, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "session" / "events").mkdir(parents=True)
    env = environment.observed(clean_environment(), tmp_path / "session")
    env = {name: value.replace(str(agent), str(odd)) for name, value in env.items()}
    assert run([python, "-c", "print(1)"], env, "", None, 60)[:3] == ("1\n", "", 0)
    assert len(list((tmp_path / "session" / "events").iterdir())) == 2


def test_observed_copies_and_keeps_the_environment(tmp_path):
    given = {"PYTHONPATH": "/a:/b", "X": "y"}
    env = environment.observed(given, tmp_path)
    assert given == {"PYTHONPATH": "/a:/b", "X": "y"}
    assert env["PYTHONPATH"].split(os.pathsep)[1:] == ["/a", "/b"]
    assert environment.observed(env, tmp_path) == env
    assert environment.observed({"PYTHONPATH": ""}, tmp_path)["PYTHONPATH"] == env["PYTHONPATH"].split(":")[0]


def test_a_signal_that_ends_the_program_is_its_own():
    seen = observe("import os, signal\nos.kill(os.getpid(), signal.SIGTERM)")
    assert seen.code == -signal.SIGTERM
    assert sys.executable in seen.log.facts["executable"]
