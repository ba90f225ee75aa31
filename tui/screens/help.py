"""Everything on one page: keys, what the lanes show, and the words used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.console import Console
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from concviz.core.language import N_, _
from concviz.core.model import READY_REASONS, Outcome, Reason, State
from concviz.tui import glyphs
from concviz.tui.commands import GROUPS, Command
from concviz.tui.commands_held import HELD
from concviz.tui.palette import Palette

READING = (
    (
        "▁▄█",
        N_("a bar is the share of the cell's time in which the worker ran; a full cell ran all the time."),
    ),
    ("▒░▚", N_("ready: it could run and waits for its turn: for the GIL, for its event loop, for a core.")),
    ("─·~═", N_("waiting: it cannot go on before something happens; each stroke is one reason, see below.")),
    (N_("▄ on a ground"), N_("the ground behind a bar is what the worker did in the rest of that cell.")),
    (N_("underlined"), N_("many switches happened within that one cell: zoom in to see them.")),
    ("◇", N_("above the lanes: something worth a look begins here; } and { go from one to the next.")),
    ("◦", N_("above the lanes: another one like it; * and # go from one to the next.")),
    (N_("faded"), N_("something in that cell is sampled or inferred; ≈ or ∴ stands at the lane's name.")),
)
PLAIN_READING = (
    ("▄▅▆▇", N_("running: a bar is the share of the cell's time, at least half, in which the worker ran.")),
    *READING[1:3],
    (
        N_("underlined"),
        N_("the worker ran there, too, for less than half the time, or switched often: zoom in."),
    ),
    READING[-1],
)
REASONS = {
    Reason.GIL: N_("another thread holds the interpreter lock"),
    Reason.LOOP: N_("its event loop is busy with another task or callback"),
    Reason.CORE: N_("the kernel has not given it a core yet"),
    Reason.HELD: N_("held: you, who step the program, have not let it go yet"),
    Reason.IO: N_("a socket, pipe, file or name lookup"),
    Reason.LOCK: N_("a lock, condition, event or semaphore of threads"),
    Reason.SLEEP: N_("a sleep, or a timer it awaits"),
    Reason.AWAIT: N_("a future, or another task"),
    Reason.QUEUE: N_("an item from a queue, or room in it"),
    Reason.CHILD: N_("a child process, or a thread, to end (join)"),
    Reason.EXECUTOR: N_("work it gave to a pool of threads or processes"),
    Reason.NONE: N_("something: nothing tells what"),
}
TERMS = (
    (N_("worker"), N_("a process ◆, a thread ┃ or a task •. Each has a lane, below the one it belongs to.")),
    (
        N_("running"),
        N_("executing now. A task runs while its step is in progress, even where the step blocks: then "
           "the task runs, its thread waits, and that contradiction is the blocked event loop."),
    ),
    (
        N_("concurrency"),
        N_("pieces of work begun and not ended at an instant; a thread with an event loop counts by "
           "its tasks, a process by its threads."),
    ),
    (N_("parallelism"), N_("threads that execute at the same instant: cores in use.")),
    (N_("switch"), N_("one worker stops running and another begins, on the same thread, GIL or core.")),
    (
        N_("wake-up"),
        N_("who made a waiting worker ready: task, thread, timer, I/O. [ follows it back, ] on."),
    ),
    (
        N_("exact ≈ ∴"),
        N_("no sign: hooks in the program. ≈ sampled from outside. ∴ inferred from CPU clocks."),
    ),
    (N_("dropped"), N_("events that could not be written; counted, never hidden.")),
)


HOME = (
    Command("enter", "Enter", "", "Start", "the experiment, or open the recorded session"),
    Command("a", "a", "", "Adjust", "the number of items and workers, the length of a wait, the model"),
    Command("v", "v", "", "Source", "of the experiment that is highlighted"),
    Command("c", "c", "", "Compare models", "the same work, one model after another, and a verdict"),
    Command("r", "r", "", "Run a program", "of your own"),
)
"""On the home screen, beside those for the program and the screen."""
Section = tuple[str, tuple[Command, ...]]
HOME_KEYS: Section = (N_("On the home screen"), HOME)
HELD_KEYS: Section = (N_("While the program is held"), HELD)
Offers = Callable[[Command], bool] | None
"""Which commands the screen offers; None: all of them."""


class Page:
    """Words below each other; what does not fit on a line goes on below its own begin, not below its key.

    Args:
        width: how many cells there are. first: keys that are told of before all others. offers: see there.
    """

    def __init__(
        self, palette: Palette, width: int, first: Section | None = None, offers: Offers = None
    ) -> None:
        self.text = Text()
        self._width, self._palette, self._console = width, palette, Console(width=max(1, width))
        self._head, self._key = f"bold {palette.accent}", f"bold {palette.foreground}"
        rest = (*GROUPS, HELD_KEYS, HOME_KEYS)
        for title, commands in (*([first] if first else []), *(one for one in rest if one != first)):
            told = commands if commands in (HELD, HOME) else tuple(filter(offers, commands))
            self._keys(title, told)
        self._words()

    def head(self, title: str) -> None:
        """A heading."""
        gap = "\n" if self.text else ""
        self.text.append(f"{gap}{title}\n", self._head)

    def entry(self, lead: Text, *words: tuple[str, str]) -> None:
        """A key or a sign, and what is said of it."""
        indent = min(lead.cell_len, max(0, self._width - 20))
        lines = Text.assemble(*words).wrap(self._console, max(8, self._width - indent))
        for number, said in enumerate(lines):
            said.rstrip()
            self.text.append_text(Text(" " * indent) if number else lead).append_text(said).append("\n")

    def _keys(self, title: str, commands: tuple[Command, ...]) -> None:
        self.head(_(title))
        for command in commands:
            said = ((f"{_(command.title)}: ", ""), (_(command.help), self._palette.muted))
            self.entry(Text(f"  {command.shown:<7}", self._key), *said)
        if commands is HELD:
            words = _("one step of the worker with this number; it keeps it from step to step")
            said = ((_("Run that one") + ": ", ""), (words, self._palette.muted))
            self.entry(Text("  1 … 9  ", self._key), *said)

    def _signs(self, title: str, room: int, signs: Sequence[tuple[str, str]]) -> None:
        self.head(title)
        for sign, words in signs:
            self.entry(Text(f"  {_(sign) + ' ':<{room}}", self._key), (_(words), self._palette.muted))

    def _words(self) -> None:
        """What is no key."""
        self.head(_("Pointer"))
        pointer = _("click selects lane and instant · wheel scrolls · ctrl+wheel zooms · drag pans")
        self.entry(Text("  "), (pointer, ""))
        self._signs(_("How to read a lane"), 14, PLAIN_READING if self._palette.plain else READING)
        self._reasons(_("Ready for"), State.READY)
        self._reasons(_("Waiting on"), State.WAITING)
        self._signs(_("Words"), 12, TERMS)
        self.head(_("How workers end"))
        for outcome in (Outcome.DONE, Outcome.FAILED, Outcome.CANCELLED, Outcome.KILLED):
            self.text.append(f"  {glyphs.OUTCOMES[outcome]} {glyphs.outcome_word(outcome)}", self._key)
        self.text.append("\n")

    def _reasons(self, title: str, state: State) -> None:
        palette = self._palette
        self.head(title)
        for reason, meaning in REASONS.items():
            if (reason in READY_REASONS) is (state is State.READY):
                glyph = glyphs.of(state, reason)
                word = glyphs.reason_word(reason) or glyphs.state_word(state, short=True)
                ink = f"{palette.reason(reason)} on {palette.tint(reason)}"
                lead = Text.assemble("  ", (glyph * 3, ink), (f"  {word:<9}", self._key))
                self.entry(lead, (_(meaning), palette.muted))


class HelpText(Static):
    """The page at any width.

    Args:
        first: the keys that are told of before all others; None: in the usual order. offers: see there.
    """

    def __init__(self, palette: Palette, first: Section | None, offers: Offers) -> None:
        super().__init__(markup=False)
        self.palette, self.first, self.offers = palette, first, offers

    def on_resize(self) -> None:
        """Break the lines anew."""
        self.update(Page(self.palette, self.size.width, self.first, self.offers).text)


class HelpScreen(ModalScreen[None]):
    """The page, scrolled with the arrow keys; any of Esc, ? and q closes it.

    Args:
        first: the keys of the screen it is asked for on, where it has its own. offers: see there.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q", "close", "Close"),
        Binding("j", "scroll(1)", show=False), Binding("k", "scroll(-1)", show=False),
        Binding("space", "scroll(20)", show=False),
    ]

    def __init__(self, palette: Palette, first: Section | None = None, offers: Offers = None) -> None:
        super().__init__()
        self.palette, self.first, self.offers = palette, first, offers

    def compose(self) -> ComposeResult:
        """A page that scrolls."""
        with VerticalScroll(id="page"):
            yield HelpText(self.palette, self.first, self.offers)

    def on_mount(self) -> None:
        """Scroll with the keys at once."""
        page = self.query_one("#page")
        page.border_title = _("help")
        page.border_subtitle = _("↑↓ scroll · Esc closes")
        page.focus()

    def action_scroll(self, lines: int) -> None:
        """Scroll by lines."""
        self.query_one("#page").scroll_relative(y=lines, animate=False)

    def action_close(self) -> None:
        """Back to the lanes."""
        self.dismiss(None)
