"""The language is the one that was asked for, and its catalogue says all that the source says."""

from __future__ import annotations

import re
from collections import Counter

import polib
import pytest

from concviz.core import language
from concviz.core.insight import verdict
from concviz.core.insight.verdict import Said
from concviz.core.language import HERE, LANGUAGES, SOURCE, _, choose, ngettext
from tests.messages import messages_of, used

OTHERS = [name for name in LANGUAGES if name != SOURCE]
each = pytest.mark.parametrize("name", OTHERS)
_LETTERS = {"ru": "а-яё"}


def catalogue(name: str) -> polib.POFile:
    return polib.pofile(str(HERE / f"{name}.po"), encoding="utf-8")


def fields(text: str) -> Counter[str]:
    """The placeholders in a sentence."""
    return Counter(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize(("env", "chosen"), [
    ({}, "en"),
    ({"LANG": "ru_RU.UTF-8"}, "ru"),
    ({"LANG": "ru"}, "ru"),
    ({"LANG": "ru_RU.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, "en"),
    ({"LANG": "en_US", "LC_ALL": "ru_UA.KOI8-U"}, "ru"),
    ({"LANG": "de_DE.UTF-8"}, "en"),
    ({"LANG": "de_DE.UTF-8", "LANGUAGE": "uk:ru:en"}, "ru"),
    ({"LC_ALL": "C.UTF-8", "LANG": "ru_RU.UTF-8", "LANGUAGE": "ru"}, "en"),
    ({"LC_ALL": "", "LANG": "ru_RU"}, "ru"),
    ({"LANG": "../../etc/passwd"}, "en"),
])
def test_the_locale_chooses(env: dict[str, str], chosen: str) -> None:
    assert choose(env) == chosen


def test_there_is_russian() -> None:
    assert "ru" in OTHERS
    with pytest.raises(KeyError):
        language.use("tlh")


@each
def test_every_sentence_is_translated_and_none_is_left_over(name: str) -> None:
    entries = [entry for entry in catalogue(name) if not entry.obsolete]
    assert {messages_of(entry) for entry in entries} == set(used()), "python -m tests.messages"
    assert len({messages_of(entry) for entry in entries}) == len(entries)
    assert [entry.msgid for entry in entries if not entry.translated() or entry.fuzzy] == []


@each
def test_placeholders_agree(name: str) -> None:
    for entry in catalogue(name):
        for text in (entry.msgstr, *entry.msgstr_plural.values()):
            if text:
                assert set(fields(text)) == set(fields(entry.msgid)), entry.msgid


@each
def test_a_translation_ends_and_begins_as_the_sentence_does(name: str) -> None:
    for entry in catalogue(name):
        for text in (entry.msgstr, *entry.msgstr_plural.values()):
            if text and len(entry.msgid.split()) > 2:
                assert (text[0] == " ") == (entry.msgid[0] == " "), entry.msgid
                assert (text[-1] in ".…") == (entry.msgid[-1] in ".…"), entry.msgid


@each
def test_it_is_written_in_its_own_letters(name: str) -> None:
    """A sentence of several words that was forgotten would be English still."""
    for entry in catalogue(name):
        if len(re.findall(r"[a-z]{3,}", re.sub(r"\{\w+\}", "", entry.msgid))) > 3:
            assert re.search(f"[{_LETTERS[name]}]", entry.msgstr or entry.msgstr_plural[0]), entry.msgid


def test_russian_has_three_forms_for_numbers() -> None:
    language.use("ru")
    forms = [ngettext("{n} task", "{n} tasks", n).format(n=n) for n in (1, 3, 5, 11, 21, 112)]
    assert forms == ["1 задача", "3 задачи", "5 задач", "11 задач", "21 задача", "112 задач"]


def test_english_is_the_source() -> None:
    assert _("event loop") == "event loop"
    language.use("ru")
    assert _("event loop") == "цикл событий"
    assert _("") == ""
    language.use("en")
    assert _("event loop") == "event loop"


def test_a_verdict_is_said_in_whole_sentences_of_the_language() -> None:
    values = {"n": "10", "model": "asyncio", "wall": "1 s", "other": verdict.ONE_AFTER_ANOTHER, "base": "9 s"}
    said = Said(verdict.LONGER, values)
    assert str(said) == "If every wait took 10 times as long: asyncio about 1 s, one after another 9 s."
    language.use("ru")
    assert "последовательное выполнение" in str(said)
    assert "one after another" not in str(said)
