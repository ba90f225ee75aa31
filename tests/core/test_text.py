"""The sanitising door: nothing dangerous passes, everything harmless does."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concviz.core.text import clean


@pytest.mark.parametrize(("raw", "safe"), [
    ("plain text", "plain text"),
    ("", ""),
    ("\x1b[31mred\x1b[0m", "␛[31mred␛[0m"),
    ("\x1b]0;title\x07", "␛]0;title␇"),
    ("two\nlines\tand\rmore", "two␊lines␉and␍more"),
    ("\x9b31m", "\\u009b31m"),
    ("a\u202eb\u2066c", "a\\u202eb\\u2066c"),
    ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
    ("no\uffff character", "no\\uffff character"),
    ("\ud800 half", "\\ud800 half"),
    ("tags\U000e0041", "tags\\U000e0041"),
    ("漢字 e\u0301 🎉", "漢字 e\u0301 🎉"),
    ("👩\u200d💻", "👩\u200d💻"),
    ("a\u200db", "a\\u200db"),
    ("[bold]not markup's business[/]", "[bold]not markup's business[/]"),
])
def test_what_becomes_of_a_text(raw: str, safe: str) -> None:
    assert clean(raw) == safe


def test_a_long_text_is_cut_and_says_so() -> None:
    assert clean("x" * 201) == "x" * 199 + "…"
    assert clean("x" * 200) == "x" * 200
    assert clean("\n" * 10_000, 5) == "␊␊␊␊…"
    assert clean("abc", 1) == "…"
    assert clean("abc", 0) == ""


def test_anything_can_be_cleaned() -> None:
    assert clean(None) == "None"
    assert clean(3) == "3"


@given(st.text(st.characters()), st.integers(0, 50))
def test_nothing_dangerous_passes(text: str, limit: int) -> None:
    safe = clean(text, limit)
    assert len(safe) <= limit
    for i, character in enumerate(safe):
        category = unicodedata.category(character)
        assert category not in ("Cc", "Cs", "Zl", "Zp")
        if category == "Cf" and character != "\u200d":  # visible signs of Arabic, Syriac, Kaithi and Egyptian
            assert 0x600 <= ord(character) <= 0x8E2 or 0x110BD <= ord(character) <= 0x13455
        if character == "\u200d":
            assert 0 < i < len(safe) - 1


@given(st.text(st.characters()))
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)
