"""Hooks are called when the program imports a module; the import itself stays as it would have been."""

from __future__ import annotations

import pytest

from tests.core.agent.run import observe
from tests.interpreters import everywhere

# The agent's own module, tried from inside an observed program.
START = """
    import sys
    sys.path.insert(0, {folder!r})
    from _concviz_agent import imports
    calls = []
    def hook(module):
        calls.append((module.__name__, module.__spec__._initializing))
    """


@pytest.fixture
def program(tmp_path):
    """A function that turns the lines of a test into a program with a folder for modules of its own."""
    for name, text in {
        "plain": "import sys\nx = 1\n", "broken": "1 / 0\n", "package/__init__": "from . import inner\n",
        "package/inner": "", "replaced": "import sys, types\nnew = types.ModuleType('other')\n"
        "new.__spec__ = __spec__\nsys.modules[__name__] = new\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / f"{name}.py").write_text(text)
    return lambda lines: START.format(folder=str(tmp_path)) + lines


@everywhere()
def test_a_hook_runs_once_right_after_the_import(python, program):
    observe(program("""
    imports.when_imported("plain", hook)
    imports.when_imported("plain", hook)
    import plain, importlib
    assert calls == [("plain", True)] * 2, calls
    assert plain.__spec__._initializing is False
    importlib.reload(plain)
    del sys.modules["plain"]
    import plain
    assert len(calls) == 2
    imports.when_imported("plain", hook)
    assert len(calls) == 3
    imports.when_imported("package", lambda _: imports.when_imported("package", hook))
    import package
    assert len(calls) == 4
    """), python).ok()


@everywhere()
def test_spec_loader_and_finders_are_the_originals(python, program):
    observe(program("""
    import importlib.util, importlib.machinery, inspect, pickle
    finders = list(sys.meta_path)
    imports.when_imported("plain", hook)
    assert sys.meta_path == finders
    found = importlib.util.find_spec("plain")
    assert type(found.loader) is importlib.machinery.SourceFileLoader
    assert repr(found).startswith("ModuleSpec(name='plain', loader=<_frozen")
    import plain
    assert type(plain.__spec__) is importlib.machinery.ModuleSpec
    assert plain.__loader__ is plain.__spec__.loader
    assert inspect.getsource(plain) == "import sys\\nx = 1\\n"
    assert pickle.loads(pickle.dumps(plain.__spec__.loader)).name == "plain"
    """), python).ok()


@everywhere()
def test_a_module_that_fails_is_hooked_when_it_succeeds(python, program, tmp_path):
    seen = observe(program("""
    import importlib, traceback
    imports.when_imported("broken", hook)
    try:
        import broken
    except ZeroDivisionError as error:
        files = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
        assert len(files) == 2 and files[1].endswith("broken.py"), files
    assert calls == []
    open(sys.path[0] + "/broken.py", "w").write("fine = True")
    importlib.invalidate_caches()
    import broken
    assert calls == [("broken", True)]
    """), python)
    seen.ok()


@everywhere()
def test_packages_extensions_and_modules_that_replace_themselves(python, program):
    observe(program("""
    for name in ("package", "package.inner", "_bisect", "replaced"):
        imports.when_imported(name, hook)
    import package, _bisect, replaced
    names = [name for name, _ in calls]
    assert names == ["package.inner", "package", "_bisect", "other"], names
    """), python).ok()


@everywhere()
def test_nothing_is_left_when_nothing_is_wanted(python, program):
    seen = observe(program("""
    imports.when_imported("plain", hook)
    wanted = list(imports._wanted)
    assert wanted == ["plain"]
    assert imports._bootstrap._find_spec is imports._find_spec_and_watch
    import plain
    assert imports._bootstrap._find_spec is imports._find_spec
    assert imports._find_spec is not imports._find_spec_and_watch
    """), python, env={"CONCVIZ_OFF": "processes,threads,locks,io,executors,tasks"})
    assert seen.code == 0, seen.stderr


@everywhere()
def test_a_hook_that_fails_is_reported_and_the_others_run(python, program):
    seen = observe(program("""
    imports.when_imported("plain", lambda module: 1 / 0)
    imports.when_imported("plain", hook)
    import plain
    assert len(calls) == 1
    """), python)
    assert seen.code == 0, seen.stderr
    assert seen.notes() == [("hook plain", "switched off: ZeroDivisionError: division by zero")]


@everywhere()
def test_threads_that_import_at_once_see_a_hooked_module(python, program, tmp_path):
    (tmp_path / "slow.py").write_text("import time\ntime.sleep(.02)\nvalue = 'bare'\n")
    observe(program("""
    import threading
    def replace(module):
        module.value = "hooked"
    imports.when_imported("slow", replace)
    values = []
    def use():
        import slow
        values.append(slow.value)
    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    assert values == ["hooked"] * 8, values
    """), python).ok()
