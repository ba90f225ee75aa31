"""The keys in the last line: whatever does not fit, how one leaves is there."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from concviz.core import language
from concviz.core.language import _
from concviz.tui.commands_held import FOOTER, OVER_FOOTER
from concviz.tui.screens import comparing, comparison, home
from concviz.tui.widgets.keys import CONTROLLED, OVER, WATCHING, as_many

ALL = {
    "watching": WATCHING, "controlled": CONTROLLED, "over": OVER,
    "held": FOOTER, "held and over": OVER_FOOTER, "home": home.KEYS, "comparison": comparison.KEYS,
    "comparing": comparing.KEYS,
}


@pytest.mark.parametrize("name", language.LANGUAGES)
@pytest.mark.parametrize("keys", ALL.values(), ids=ALL)
@pytest.mark.parametrize("width", [40, 60, 80, 120, 1000])
def test_how_one_leaves_is_told_in_any_width_and_language(
    keys: tuple[tuple[str, str], ...], width: int, name: str,
) -> None:
    language.use(name)
    shown = as_many(keys, width)
    assert cell_len("  ".join(f"{key} {_(word)}" for key, word in shown)) <= width
    essential = [pair for pair in keys if pair[0] in ("?", "q")]
    assert [pair for pair in shown if pair in essential] == essential
    others = [pair for pair in keys if pair not in essential]
    assert [pair for pair in shown if pair not in essential] == others[: len(shown) - len(essential)]
    assert (width < 1000) or shown == list(keys)


def test_in_no_room_at_all_nothing_is_told() -> None:
    assert as_many(WATCHING, 3) == []
    assert as_many(WATCHING, 6) == [("q", "quit")]


@pytest.mark.parametrize("name", language.LANGUAGES)
def test_what_steps_a_held_program_and_lets_it_go_fits_on_eighty_columns(name: str) -> None:
    language.use(name)
    assert {"n", "⏎", "1-9", "space", "u", "?", "q"} <= {key for key, _word in as_many(FOOTER, 79)}
