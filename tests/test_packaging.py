"""What is built is what is in the tree: wheel and sdist hold every module and every file read at run time."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
VERSION = PROJECT["project"]["version"]
SETUPTOOLS = PROJECT["tool"]["setuptools"]
FOLDERS = {"concviz": ROOT / "concviz", "concviz.core": ROOT / "core", "concviz.tui": ROOT / "tui"}


def packages_on_disk() -> set[str]:
    """Every folder with Python files, under its installed name."""
    found = set()
    for name, folder in FOLDERS.items():
        if name == "concviz":
            found.add(name)
            continue
        for path in folder.rglob("*.py"):
            inner = path.parent.relative_to(folder).parts
            found.add(".".join((name, *inner)))
    return found


def data_files() -> set[str]:
    """Files that are not Python but needed at run time, by their place in the wheel."""
    kept = {".md", ".tcss", ".typed", ".json", ".html", ".css", ".js", ".po"}
    return {
        name.replace(".", "/") + "/" + path.relative_to(folder).as_posix()
        for name, folder in FOLDERS.items()
        for path in folder.rglob("*")
        if path.suffix in kept and not (name == "concviz" and path.parent != folder)
    }


def modules() -> set[str]:
    """Every Python file by its place in the wheel."""
    return {
        name.replace(".", "/") + "/" + path.relative_to(folder).as_posix()
        for name, folder in FOLDERS.items()
        for path in folder.rglob("*.py")
        if not (name == "concviz" and path.parent != folder)
    }


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist, built from a copy so that the tree stays as it is."""
    source = tmp_path_factory.mktemp("source") / "concviz"
    ignore = shutil.ignore_patterns(".*", "__pycache__", "build", "dist", "*.egg-info", "tests")
    shutil.copytree(ROOT, source, symlinks=True, ignore=ignore)
    out = tmp_path_factory.mktemp("dist")
    for what in ("sdist", "wheel"):
        build = f"import setuptools.build_meta as b, sys; b.build_{what}(sys.argv[1])"
        subprocess.run([sys.executable, "-c", build, out], cwd=source, check=True, capture_output=True)
    return out


def test_the_list_of_packages_equals_the_disk() -> None:
    assert set(SETUPTOOLS["packages"]) == packages_on_disk()


def test_the_wheel_holds_all_that_is_needed(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert modules() | data_files() <= names
    assert "concviz/core/agent/boot/sitecustomize.py" in names
    assert {"concviz/core/session/FORMAT.md", "concviz/core/session/PACK.md"} <= set(names)
    assert "concviz/core/export/COLUMNS.md" in names
    assert {name.split("/")[0] for name in names} == {"concviz", f"concviz-{VERSION}.dist-info"}


def test_the_sdist_builds_the_same(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.split("/", 1)[-1] for name in archive.getnames()}
    assert {"pyproject.toml", "README.md", "LICENSE", "core/session/FORMAT.md"} <= names
    assert "core/agent/boot/sitecustomize.py" in names


def test_installed_it_runs_and_leaves_a_package_named_core_alone(built: Path, tmp_path: Path) -> None:
    (wheel,) = built.glob("*.whl")
    site = tmp_path / "site"
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--target", site, wheel]
    subprocess.run(pip, check=True, capture_output=True)
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "__init__.py").write_text("whose = 'the user'\n")

    def python(*arguments: str) -> str:
        environment = {**os.environ, "PYTHONPATH": str(site)}
        command = [sys.executable, *arguments]
        return subprocess.check_output(command, cwd=tmp_path, env=environment, text=True).strip()

    probe = "import core, concviz.core.model as m; print(core.whose, m.__file__)"
    assert python("-c", probe) == f"the user {site / 'concviz/core/model.py'}"
    assert VERSION in python("-m", "concviz", "--version")
    assert "цикл" not in python("-m", "concviz", "--lang", "en", "lab")
    assert "Сорок страниц через asyncio" in python("-m", "concviz", "--lang", "ru", "lab")
