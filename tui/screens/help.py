"""Everything on one page: keys, what the lanes show, and the words used."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

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


def help_text(palette: Palette, offers: Callable[[Command], bool] | None = None) -> Text:
    """The page, with those commands that the screen offers; None: all of them."""
    page = Text()
    head, key, quiet = f"bold {palette.accent}", f"bold {palette.foreground}", palette.muted
    for title, commands in GROUPS:
        page.append(f"{_(title)}\n", head)
        for command in filter(offers, commands):
            page.append(f"  {command.shown:<7}", key)
            page.append(f"{_(command.title)}: ")
            page.append(f"{_(command.help)}\n", quiet)
        page.append("\n")
    page.append(_("While the program is held") + "\n", head)
    for command in HELD:
        page.append(f"  {command.shown:<7}", key)
        page.append(f"{_(command.title)}: ")
        page.append(f"{_(command.help)}\n", quiet)
    page.append("  1 … 9  ", key)
    page.append(_("Run that one") + ": ")
    page.append(_("one step of the worker with this number; it keeps it from step to step") + "\n\n", quiet)
    page.append(_("Pointer") + "\n", head)
    pointer = _("click selects lane and instant · wheel scrolls · ctrl+wheel zooms · drag pans")
    page.append(f"  {pointer}\n\n")
    page.append(_("How to read a lane") + "\n", head)
    for sign, words in PLAIN_READING if palette.plain else READING:
        page.append(f"  {_(sign) + ' ':<14}", key)
        page.append(f"{_(words)}\n", quiet)
    page.append("\n")
    _reasons(page, palette)
    page.append("\n" + _("Words") + "\n", head)
    for word, meaning in TERMS:
        page.append(f"  {_(word) + ' ':<12}", key)
        page.append(f"{_(meaning)}\n", quiet)
    page.append("\n" + _("How workers end") + "\n", head)
    for outcome in (Outcome.DONE, Outcome.FAILED, Outcome.CANCELLED, Outcome.KILLED):
        page.append(f"  {glyphs.OUTCOMES[outcome]} {glyphs.outcome_word(outcome)}", key)
    page.append("\n")
    return page


def _reasons(page: Text, palette: Palette) -> None:
    for title, state in ((_("Ready for"), State.READY), (_("Waiting on"), State.WAITING)):
        page.append(f"{title}\n", f"bold {palette.accent}")
        for reason, meaning in REASONS.items():
            if (reason in READY_REASONS) is (state is State.READY):
                glyph = glyphs.of(state, reason)
                word = glyphs.reason_word(reason) or glyphs.state_word(state, short=True)
                page.append("  ")
                page.append(glyph * 3, f"{palette.reason(reason)} on {palette.tint(reason)}")
                page.append(f"  {word:<9}", f"bold {palette.foreground}")
                page.append(f"{_(meaning)}\n", palette.muted)


class HelpScreen(ModalScreen[None]):
    """The page, scrolled with the arrow keys; any of Esc, ? and q closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q", "close", "Close"),
        Binding("j", "scroll(1)", show=False), Binding("k", "scroll(-1)", show=False),
        Binding("space", "scroll(20)", show=False),
    ]

    def __init__(self, palette: Palette, offers: Callable[[Command], bool] | None = None) -> None:
        super().__init__()
        self.palette, self._offers = palette, offers

    def compose(self) -> ComposeResult:
        """A page that scrolls."""
        with VerticalScroll(id="page"):
            yield Static(help_text(self.palette, self._offers), markup=False)

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
