"""What ends a main thread: the exception that came up to its outermost frame, however that is reported."""

from __future__ import annotations

from pathlib import Path

import pytest

from concviz.core.agent import layout as L
from tests.core.agent.run import Observed, both, observe
from tests.interpreters import everywhere

CRASHES = """
    import sys
    def g():
        raise LookupError("gone")
    g()
"""
CATCHES = """
    import sys
    def case():
        raise LookupError("gone")
    def runner():
        try:
            case()
        except LookupError:
            sys.last_type, sys.last_value, sys.last_traceback = sys.exc_info()
    runner()
    raise SystemExit(1)
"""
MISTYPES = """
    import code, io, sys
    sys.stderr = io.StringIO()
    code.InteractiveInterpreter().runsource("x = = 1")
    assert issubclass(sys.last_type, SyntaxError)
    raise SystemExit(1)
"""


def main_ends(seen: Observed) -> list[tuple[int, int, str]]:
    return [(r.thread, r.outcome, r.exception) for r in seen.log.of("ThreadEnd")]


@everywhere()
def test_the_main_thread_s_end_by_an_exception_is_told(python: str) -> None:
    seen, (out, err, code) = both(CRASHES, python)
    assert main_ends(seen) == [(1, L.OUTCOME_FAILED, "LookupError")]
    assert (seen.stdout, seen.code, code) == (out, 1, 1)
    assert seen.stderr.splitlines()[-1] == err.splitlines()[-1] == "LookupError: gone"


@everywhere()
def test_it_is_told_of_a_module_and_of_code(python: str, tmp_path: Path) -> None:
    (tmp_path / "crashes.py").write_text("raise OSError\n")
    for words, name in ((["-m", "crashes"], "OSError"), (["-c", "1 / 0"], "ZeroDivisionError")):
        seen = observe(words, python, cwd=tmp_path)
        assert main_ends(seen) == [(1, L.OUTCOME_FAILED, name)]


@everywhere()
def test_so_it_is_of_a_script_that_cannot_be_compiled(python: str, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("if True:\nprint()\n")
    for words, name in ((["broken.py"], "IndentationError"), (["./broken.py"], "IndentationError"),
                        (["-c", "x = = 1"], "SyntaxError")):
        seen = observe(words, python, cwd=tmp_path)
        assert (seen.code, main_ends(seen)) == (1, [(1, L.OUTCOME_FAILED, name)])


@everywhere()
def test_what_was_mistyped_into_a_console_ended_nothing(python: str) -> None:
    seen = observe(MISTYPES, python)
    assert (seen.code, main_ends(seen)) == (1, [])


@everywhere()
def test_what_a_runner_has_caught_and_kept_ended_nothing(python: str) -> None:
    seen = observe(CATCHES, python)
    assert (seen.code, main_ends(seen)) == (1, [])


CHILDREN = """
    import multiprocessing, sys
    def fails():
        raise LookupError("gone")
    def leaves():
        raise SystemExit(3)
    def catches():
        try:
            fails()
        except LookupError:
            pass
    if __name__ == "__main__":
        context = multiprocessing.get_context(sys.argv[1])
        for target in fails, leaves, catches:
            child = context.Process(target=target, name=target.__name__)
            child.start()
            child.join()
            print(child.exitcode)
"""


@everywhere()
@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_what_ends_a_child_of_multiprocessing_is_told(python: str, method: str) -> None:
    seen, (out, err, _) = both(CHILDREN, python, method)
    seen.ok()
    named = {child.pid: child.name for child in seen.log.of("Child")}
    ends = {
        named[log.pid]: [(r.thread, r.outcome, r.exception) for r in log.of("ThreadEnd")]
        for log in seen.children if named.get(log.pid) in ("fails", "leaves", "catches")
    }
    assert ends == {"fails": [(1, L.OUTCOME_FAILED, "LookupError")], "leaves": [], "catches": []}
    assert seen.stdout == out == "1\n3\n0\n"
    said, ever = seen.stderr.splitlines(), err.splitlines()
    assert (len(said), said[-1]) == (len(ever), "LookupError: gone"), "the report shows no frame of ours"
