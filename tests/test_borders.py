"""The house's borders: who may import whom, and who may look at a clock. Read from the source itself."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LINKS = (("concviz", "core"), ("concviz", "tui"))  # symlinks onto the folders beside
SOURCES = [
    path
    for top in ("concviz", "core", "tui")
    for path in sorted((ROOT / top).rglob("*.py"))
    if path.relative_to(ROOT).parts[:2] not in LINKS
]
ROOMS = sorted(path.name for path in (ROOT / "core").iterdir() if path.is_dir() and path.name[0] != "_")

CLOCKS = {f"time.{name}{ns}" for name in ("time", "monotonic", "perf_counter") for ns in ("", "_ns")}
CLOCKS |= {"datetime.now", "datetime.utcnow", "date.today", "datetime.datetime.now", "time.process_time"}
NUMPY_ROOMS = ("core/timeline", "core/session", "core/insight")


ITS_OWN = {"sitecustomize", "uvloop", "_concviz_agent"}  # looked for, hooked, and its name inside the program


def module_of(path: Path) -> str:
    """The installed name of a source file: core/text.py is concviz.core.text."""
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    if parts[0] != "concviz":
        parts.insert(0, "concviz")
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[str]:
    """Every module the file imports, relative imports resolved; ``from a import b`` gives both a and a.b."""
    package = module_of(path).split(".")
    if path.name != "__init__.py":
        package.pop()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join(above + ([node.module] if node.module else []))
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def inside(folder: str) -> list[Path]:
    """The sources in a folder, or the one file of that name."""
    return [p for p in SOURCES if p.relative_to(ROOT).as_posix().startswith((folder + "/", folder + ".py"))]


def offences(folder: str, *forbidden: str) -> list[str]:
    """Where files in ``folder`` import one of ``forbidden`` or something inside of it."""
    return sorted({
        f"{path.relative_to(ROOT)} imports {name}"
        for path in inside(folder)
        for name in imports(path)
        if any(name == bad or name.startswith(bad + ".") for bad in forbidden)
    })


def test_there_is_something_to_look_at() -> None:
    assert len(inside("core/agent")) > 3
    assert "concviz.core.agent.log" in set(imports(ROOT / "core/agent/sites.py"))


def test_the_agent_imports_the_standard_library_alone() -> None:
    foreign = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in inside("core/agent")
        for name in imports(path)
        if not name.startswith("concviz.core.agent")
        and name.split(".")[0] not in sys.stdlib_module_names | ITS_OWN
    ]
    assert foreign == []


@pytest.mark.parametrize("folder", ROOMS)
def test_core_never_imports_the_screen(folder: str) -> None:
    assert offences(f"core/{folder}", "textual", "concviz.tui") == []


def test_languages_need_nothing_of_ours_and_nothing_at_once() -> None:
    (loader,) = inside("core/language")
    assert [name for name in imports(loader) if name.startswith("concviz")] == []
    at_once = [n for n in ast.parse(loader.read_bytes()).body if isinstance(n, ast.Import | ast.ImportFrom)]
    assert "polib" not in {alias.name for node in at_once for alias in node.names}


def test_the_model_imports_nothing_of_ours() -> None:
    assert offences("core/model", "concviz") == []


@pytest.mark.parametrize("folder", ["timeline", "insight", "export"])
def test_the_pure_middle_never_looks_at_a_clock(folder: str) -> None:
    looks = []
    for path in inside(f"core/{folder}"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            asked = ast.unparse(node) if isinstance(node, ast.Attribute) else ""
            taken = isinstance(node, ast.ImportFrom) and node.module == "time" and node.level == 0
            if taken or asked in CLOCKS:
                looks.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert looks == []


def test_widgets_touch_no_sockets_processes_or_files() -> None:
    reach = ("socket", "psutil", "subprocess", "os", "shutil", "concviz.core.agent", "concviz.core.system")
    assert offences("tui/widgets", *reach) == []
    opens = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in inside("tui/widgets")
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("open", "Path.open", "Path")
    ]
    assert opens == []


@pytest.mark.parametrize("folder", ["core/session", "core/timeline", "core/insight", "core/export", "tui"])
def test_to_read_a_session_runs_no_code_of_it(folder: str) -> None:
    assert inside(folder)
    assert offences(folder, "pickle", "marshal", "shelve", "dill", "joblib", "yaml", "runpy") == []
    runs = {"eval", "exec", "__import__", "np.load"}
    told = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in inside(folder)
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in runs
    ]
    assert told == []


def test_nobody_imports_a_bare_core_or_tui() -> None:
    assert [line for top in ("concviz", "core", "tui") for line in offences(top, "core", "tui")] == []


def test_numpy_stays_in_its_rooms() -> None:
    users = {p.relative_to(ROOT).as_posix() for p in SOURCES if "numpy" in set(imports(p))}
    assert {user for user in users if not user.startswith(NUMPY_ROOMS)} == set()


def test_an_experiment_is_readable_by_itself() -> None:
    # concviz's own, about the programs:
    tables = {
        "catalog.py", "workloads.py", "models.py", "glossary.py", "adjusting.py", "listing.py",
        "comparison.py", "asked.py", "bounds.py", "comparing.py", "compare_run.py", "compare_thread.py",
        "__init__.py",
    }
    programs = [path for path in inside("core/lab") if path.name not in tables]
    neighbours = {path.stem for path in programs}
    for path in programs:
        foreign = {n.split(".")[0] for n in imports(path)} - sys.stdlib_module_names - neighbours
        assert foreign <= {"aiofiles"}, path.name
        longest = 110 if path.name.startswith("lab_") else 80
        assert len(path.read_text("utf-8").splitlines()) <= longest, path.name


def test_what_tests_share_stands_in_no_test_s_file() -> None:
    shared = [
        f"{path.relative_to(ROOT)} imports {node.module}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").rpartition(".")[2].startswith("test_")
    ]
    assert shared == []
