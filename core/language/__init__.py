"""The language of what a learner reads: English as written in the source, others by gettext catalogues.

``_`` translates where it is called; ``N_`` marks a sentence that is kept now and translated when it is shown.
Catalogues are ``*.po`` beside this file and are compiled when they are loaded, so that there is nothing to
build. Keys, commands, option names and JSON keys are the same in every language.
"""

from __future__ import annotations

import gettext
import io
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = "en"
LANGUAGES = (SOURCE, *sorted(path.stem for path in HERE.glob("*.po")))

_now: gettext.NullTranslations = gettext.NullTranslations()
_name = SOURCE


def choose(env: Mapping[str, str] | None = None) -> str:
    """The language that the environment asks for, English where there is no catalogue for it.

    As gettext has it: the first of LC_ALL, LC_MESSAGES and LANG that is set names the locale, and unless that
    is C or POSIX the list LANGUAGE comes before it.
    """
    env = os.environ if env is None else env
    locale = next((env[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if env.get(name)), "C")
    if locale.partition(".")[0] in ("C", "POSIX"):
        return SOURCE
    for asked in (*env.get("LANGUAGE", "").split(":"), locale):
        language = asked.replace("-", "_").partition("_")[0].partition(".")[0].lower()
        if language in LANGUAGES:
            return language
    return SOURCE


def use(language: str) -> None:
    """Speak a language from now on; one of ``LANGUAGES``."""
    global _now, _name
    _now, _name = catalogue(language), language


def current() -> str:
    """The language that is spoken now."""
    return _name


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """The translations into a language.

    Raises:
        KeyError: there are none.
    """
    if language == SOURCE:
        return gettext.NullTranslations()
    if language not in LANGUAGES:
        raise KeyError(language)
    import polib  # here: who reads English needs none of it

    compiled = polib.pofile(str(HERE / f"{language}.po"), encoding="utf-8").to_binary()
    return gettext.GNUTranslations(io.BytesIO(compiled))


def _(text: str) -> str:
    """The text in the language that is spoken; '' stays ''."""
    return _now.gettext(text) if text else ""


def ngettext(one: str, many: str, count: int) -> str:
    """The form of a sentence that goes with a number."""
    return _now.ngettext(one, many, count)


def N_(text: str) -> str:
    """Mark a text for translation where it is shown; the text itself."""
    return text


def pgettext(context: str, text: str) -> str:
    """As ``_``, where one English word has several translations; '' stays ''."""
    return _now.pgettext(context, text) if text else ""


def NP_(context: str, text: str) -> str:
    """As ``N_``, for ``pgettext``; the text itself."""
    return text
