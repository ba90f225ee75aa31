"""What the program printed, as plain text; and the line one types into its standard input."""

from __future__ import annotations

import codecs
from collections import deque

from rich.cells import cell_len, chop_cells
from textual import events
from textual.message import Message
from textual.strip import Strip

from concviz.core.language import N_, _, ngettext
from concviz.core.text import clean
from concviz.tui.lines import line
from concviz.tui.units import count
from concviz.tui.widgets.lined import Lined

KEPT_LINES = 5000
ALL_ROWS = 1 << 30
NOT_KEPT = N_("not kept: only concviz run keeps it")


class Printed:
    """Lines of a program's output, from raw bytes as they come; ``\\r`` starts the line over."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._lines: deque[str] = deque(maxlen=KEPT_LINES)
        self._open = ""
        self.total = 0
        """Whole lines so far, kept or not."""

    def feed(self, data: bytes) -> None:
        """Take in what came."""
        text = self._decoder.decode(data).replace("\r\n", "\n")
        *whole, rest = (self._open + text).split("\n")
        for raw in whole:
            self._lines.append(readable(raw))
        self.total += len(whole)
        self._open = rest[-20_000:]

    @property
    def lines(self) -> list[str]:
        """All lines kept, the last one perhaps without its end yet."""
        return [*self._lines, readable(self._open)] if self._open else list(self._lines)


def lines_words(kept: int, total: int) -> str:
    """``1 line``, ``12 lines``, ``last 5 000 of 100 001 lines``."""
    if total > kept:
        return _("last {n} of {all} lines").format(n=count(kept), all=count(total))
    return ngettext("{n} line", "{n} lines", kept).format(n=count(kept))


def last_rows(lines: list[str], width: int, wanted: int) -> list[str]:
    """The last ``wanted`` rows, or a few more, of lines wrapped at ``width`` cells."""
    found: list[str] = []
    for text in reversed(lines):
        if len(found) >= wanted:
            break
        found += reversed(chop_cells(text, width) if cell_len(text) > width else [text])
    return found[::-1]


def readable(raw: str) -> str:
    """One line as a terminal would leave it, without colours."""
    return clean(_without_colours(raw.rstrip("\r").rsplit("\r", 1)[-1].expandtabs(8)), 2000)


def _without_colours(text: str) -> str:
    """Take out what only sets colours (CSI … m); every other escape stays visible."""
    parts = text.split("\x1b[")
    kept = [parts[0]]
    for part in parts[1:]:
        codes = len(part) - len(part.lstrip("0123456789;:"))
        kept.append(part[codes + 1 :] if part[codes : codes + 1] == "m" else "\x1b[" + part)
    return "".join(kept)


class Output(Lined):
    """The last lines of the program's output, scrolled back with the arrow and page keys."""

    can_focus = True

    class Typed(Message):
        """The reader typed a line for the program (without its newline)."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Interrupted(Message):
        """The reader pressed ctrl+c for the program."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.printed = Printed()
        self.back = 0
        self.typing: str | None = None
        self.heard = True
        """Can anything be typed? Not into a program that is over."""
        self.kept = True
        """Is what the program prints kept? What ``concviz record`` starts prints where it would anyway."""

    def take(self, data: bytes) -> None:
        """Take in what the program printed; lines that one has scrolled back to stay in sight."""
        before = self.printed.total
        self.printed.feed(data)
        if self.back:
            self.back += self.printed.total - before

    def update(self) -> None:
        """Draw the title and the last lines that fit."""
        width, height = self.size.width, self.size.height
        if not width or not height:
            return
        palette = self.palette
        ground = palette.text(background=palette.background)
        room = max(0, height - 1 - (self.typing is not None))
        lines = self.printed.lines
        wanted = max(0, self.back)
        rows = last_rows(lines, max(1, width - 2), wanted + room)
        self.back = max(0, min(wanted, len(rows) - room))
        end = len(rows) - self.back
        shown = rows[max(0, end - room) : end]
        strips = [self._title(width, len(lines))]
        strips += [line([(f" {text}", ground)], width, ground) for text in shown]
        strips += [line([], width, ground)] * (room - len(shown))
        if self.typing is not None:
            prompt = palette.text(palette.accent, bold=True)
            strips.append(
                line([(" › ", prompt), (self.typing[-(width - 6) :], ground), ("▏", prompt)], width, ground)
            )
        self.show(strips)

    def _title(self, width: int, kept: int) -> Strip:
        palette = self.palette
        muted = palette.text(palette.muted, background=palette.panel)
        color = palette.accent if self.has_focus else palette.foreground
        words = [(" " + _("output") + " ", palette.text(color, bold=True, background=palette.panel))]
        told = lines_words(kept, self.printed.total) if self.kept else _(NOT_KEPT)
        words.append((f" {told}", muted))
        hint = _("⏎ sends · ^C interrupts · Esc") + " " if self.typing is not None else ""
        if self.has_focus and self.typing is None:
            hint = (_("o larger · i type · Esc") if self.heard else _("o larger · Esc")) + " "
        if self.back:
            words.append((f"  −{self.back}", palette.text(palette.ready, background=palette.panel)))
        return line(words, width, muted, [(hint, muted)] if hint else [])

    def on_resize(self) -> None:
        """Fill the new size at once: a program that waits for input gives no other reason to draw."""
        self.update()

    def on_focus(self) -> None:
        """Show that keys go here."""
        self.update()

    def on_blur(self) -> None:
        """Keys go elsewhere; what was typed and not sent is let go."""
        if self.screen.focused is not self:  # it may have come back before this was told
            self.typing = None
        self.update()

    def on_key(self, event: events.Key) -> None:
        """Type into the program, or scroll."""
        if self.typing is None:
            steps = {
                "up": 1,
                "down": -1,
                "k": 1,
                "j": -1,
                "pageup": self.size.height,
                "pagedown": -self.size.height,
                "home": ALL_ROWS,
                "end": -ALL_ROWS,
            }
            if event.key in steps:
                event.stop()
                event.prevent_default()
                self.back += steps[event.key]
                self.update()
            return
        if event.key == "escape":
            return
        event.stop()
        event.prevent_default()
        self._type(event)
        self.update()

    def _type(self, event: events.Key) -> None:
        typed = self.typing or ""
        if event.key == "enter":
            self.post_message(self.Typed(typed))
            self.typing = ""
        elif event.key == "backspace":
            self.typing = typed[:-1]
        elif event.key == "ctrl+u":
            self.typing = ""
        elif event.key == "ctrl+c":
            self.post_message(self.Interrupted())
        elif event.is_printable and event.character:
            self.typing = typed + event.character

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll back."""
        event.stop()
        self.back += 3
        self.update()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll towards the last line."""
        event.stop()
        self.back -= 3
        self.update()
