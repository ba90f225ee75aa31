"""Sentences that were said in English are said again in the learner's language."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from concviz.core.control.decisions import Decision
from concviz.core.insight.retold import DECISIONS, ERRORS, GIL, NOTES, retold, retold_decisions
from concviz.core.lab import bounds
from concviz.core.lab.asked import which_models
from concviz.core.language import current, use
from concviz.core.launch.errors import LaunchError

CORE = Path(__file__).resolve().parents[3] / "core"


@pytest.fixture(params=["en", "ru"])
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    before = current()
    use(request.param)
    yield request.param
    use(before)


def test_errors_of_the_comparing_screen(language: str) -> None:
    said = []
    for ask in (lambda: bounds.whole("x", 99), lambda: bounds.seconds("y"), lambda: which_models("asincio")):
        with pytest.raises((ValueError, LaunchError)) as error:
            ask()
        said.append(str(error.value))
    assert ([retold(text) for text in said] == said) is (language == "en")
    assert all(part in retold(said[2]) for part in ("asincio", "asyncio", "thread-pool"))


def test_a_reason_within_a_sentence_is_retold_too(language: str) -> None:
    text = "no model could do f; asyncio: item 7: it was still at work after 5 s and was ended"
    if language == "ru":
        assert not re.search("[a-z]{4}", retold(text).replace("asyncio", ""))
    else:
        assert retold(text) == text


def test_what_stands_before_a_note_stays(language: str) -> None:
    text = "1234-5.events: 3 records are lost or damaged"
    assert retold(text).startswith("1234-5.events: ")
    assert (retold(text) == text) is (language == "en")
    assert retold("what nobody has foreseen: {x} %s") == "what nobody has foreseen: {x} %s"


def test_decisions_of_a_replay(language: str) -> None:
    decision = Decision(3, "0.1/t2", "lock", site=("/srv/app.py", 7))
    text = f"{decision}, {decision}"
    assert (retold_decisions(text) == text) is (language == "en")
    assert retold_decisions(text).count("/srv/app.py:7") == 2
    assert (retold_decisions("nobody ready") == "nobody ready") is (language == "en")


@pytest.mark.parametrize("template", [*ERRORS, *GIL, *NOTES, *DECISIONS])
def test_there_is_somebody_who_says_it(template: str, sayings: set[str]) -> None:
    for piece in re.split(r"\{\w+\}", template.replace(" model '", " ").replace("There are", "There")):
        wanted = piece.strip(" ':;?.()")
        assert any(wanted in saying for saying in sayings), wanted


@pytest.fixture(scope="module")
def sayings() -> set[str]:
    """All texts in the sources, but for where they are retold."""
    return {
        node.value
        for path in CORE.rglob("*.py") if path.name != "retold.py"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
