"""Every command once: its keys, what it is called, what it does. Bindings, help and palette read this."""

from __future__ import annotations

from dataclasses import dataclass

from concviz.core.language import N_


@dataclass(frozen=True, slots=True)
class Command:
    """One thing the reader can do while watching a session."""

    keys: str
    """Textual's key names, separated by commas."""
    shown: str
    """The keys as people write them."""
    action: str
    title: str
    help: str


GROUPS: tuple[tuple[str, tuple[Command, ...]], ...] = (
    (
        N_("Time"),
        (
            Command("space", "space", "pause", "Pause or resume", "hold the view still; what is over: play"),
            Command("right_parenthesis", ")", "hasten(1)", "Play faster", "up to ×100; what is over"),
            Command("left_parenthesis", "(", "hasten(-1)", "Play slower", "down to ×0.01"),
            Command("r", "r", "turn", "Play backwards", "and forwards again"),
            Command("w,plus", "w", "zoom(1)", "Zoom in", "twice as close, around the cursor"),
            Command("s,minus", "s", "zoom(-1)", "Zoom out", "twice as far, around the cursor"),
            Command("a,left", "a ←", "pan(-1)", "Earlier", "an eighth of the window back"),
            Command("d,right", "d →", "pan(1)", "Later", "an eighth of the window on"),
            Command("shift+left", "⇧←", "step(-1)", "Cursor left", "move the cursor by one cell"),
            Command("shift+right", "⇧→", "step(1)", "Cursor right", "move the cursor by one cell"),
            Command("f", "f", "fit", "Fit", "the span under the cursor; again: the whole lane"),
            Command("0", "0", "whole", "Whole session", "everything, and everything to come"),
            Command("home", "Home", "home", "First instant", "go to where the session began"),
            Command("end", "End", "end", "Live end", "follow what happens now"),
            Command("h", "h", "hold", "Hold or release", "stop the program itself, to step it; let it go"),
        ),
    ),
    (
        N_("Lanes"),
        (
            Command("down,j", "↓ j", "lane(1)", "Next lane", "select the lane below"),
            Command("up,k", "↑ k", "lane(-1)", "Previous lane", "select the lane above"),
            Command("pagedown", "PgDn", "page(1)", "Page down", "a screenful of lanes down"),
            Command("pageup", "PgUp", "page(-1)", "Page up", "a screenful of lanes up"),
            Command(
                "enter", "Enter", "fold", "Fold or unfold", "children of a lane, or the row of ended ones"
            ),
            Command("c", "c", "cores", "Cores", "a lane for each core: who was on it; again: the workers"),
            Command("slash", "/", "filter", "Filter lanes", "show lanes by name; Esc clears"),
        ),
    ),
    (
        N_("What happened"),
        (
            Command("full_stop", ".", "event(1)", "Next event", "of the selected lane"),
            Command("comma", ",", "event(-1)", "Previous event", "of the selected lane"),
            Command(
                "greater_than_sign", ">", "any_event(1)", "Next event of any lane", "and select that lane"
            ),
            Command(
                "less_than_sign", "<", "any_event(-1)", "Previous event of any lane", "and select that lane"
            ),
            Command("left_square_bracket", "[", "wake(-1)", "Who woke it", "go to who made this one ready"),
            Command(
                "right_square_bracket", "]", "wake(1)", "Whom it woke", "go to whom this one made ready next"
            ),
            Command("right_curly_bracket", "}", "moment(1)", "Next moment", "go to what is worth a look"),
            Command("left_curly_bracket", "{", "moment(-1)", "Previous moment", "and back to the one before"),
            Command("asterisk", "*", "alike(1)", "Next of its kind", "the next moment like the one told of"),
            Command("number_sign", "#", "alike(-1)", "Previous of its kind", "and the one before"),
            Command("m", "m", "mark", "Mark", "set a mark at the cursor; again: take it away"),
            Command("apostrophe", "'", "next_mark", "Next mark", "jump from mark to mark"),
        ),
    ),
    (
        N_("Program and screen"),
        (
            Command("o", "o", "output", "Output", "of the program: small, large, hidden"),
            Command("i", "i", "type", "Type input", "lines for its stdin; ^C interrupts it; Esc leaves"),
            Command("S,upper_s", "S", "app.save_svg", "SVG screenshot", "save a picture and say where"),
            Command("R,upper_r", "R", "app.film", "Record the screen", "frames to flip through; R stops"),
            Command("P,upper_p", "P", "app.pack", "Pack", "the session into one file here, NAME.cviz"),
            Command("l", "l", "legend", "Legend", "show or hide the legend"),
            Command("t", "t", "app.theme", "Theme", "dark, light, high contrast"),
            Command("e", "e", "app.glossary", "Explain words", "the glossary, with experiments"),
            Command("question_mark", "?", "app.help", "Help", "this page"),
            Command("escape", "Esc", "back", "Back", "leave the output, clear the filter, go back"),
            Command("q", "q", "app.quit", "Quit", "asks once if the program still runs"),
            Command("Q,upper_q", "Q", "app.quit_packed", "Pack and quit", "keep the session as NAME.cviz"),
        ),
    ),
)
COMMANDS = tuple(command for _, commands in GROUPS for command in commands)
