"""The part of the main screen that shows what its program prints, and types into it."""

from __future__ import annotations

from concviz.core.language import _
from concviz.tui.commands import Command
from concviz.tui.screens.holding import OVER, Holding
from concviz.tui.widgets.output import Output

SIZES = ("-no-output", "-output", "-big-output")


class Printing(Holding):
    """A screen over a program whose output is kept. The panel is hidden, small or large."""

    def __init__(self) -> None:
        super().__init__()
        self._asked = 0  # bytes of the output
        self._shown_output: int | None = None
        self._opened_to_type = False
        self._pointed = False

    @property
    def output(self) -> Output:
        """The output's widget."""
        return self.query_one("#output", Output)

    def shape_output(self, height: int) -> None:
        """Give the panel the size that was asked for, at first one that fits a screen of so many lines."""
        size = self._shown_output
        if size is None:
            size = 1 if self.view.session.info.captured and height >= 30 else 0
        self._output_size(size)

    def _output_size(self, size: int) -> None:
        for number, name in enumerate(SIZES):
            self.set_class(number == size, name)

    def read_output(self) -> None:
        """Take in what was printed since the last time."""
        data, self._asked = self.view.session.output(self._asked)
        if data:
            self.output.take(data)
        self.output.kept, self.output.heard = self.view.session.info.captured, self.view.session.info.running
        if self.output.typing is not None and not self.view.session.info.running:
            self._stop_typing()
        self._shape_silence()
        self._point_to_it()
        if self.output.display:
            self.output.update()

    def _point_to_it(self) -> None:
        """A program that failed has mostly said why; who ran it is told, once, where that is to be read."""
        failed = not self.view.session.info.running and bool(self.view.session.info.exit_code)
        if self._pointed or self.recording is None or not failed or not self.output.printed.lines:
            return
        self._pointed = True
        if not self._output_shown():
            self.app.notify(_("it failed: o shows what it printed"), timeout=6)

    def offers(self, command: Command) -> bool:
        """Can a command be of use now? Nothing is typed into a program that is over, nor is it held."""
        useless = command.action == "type" or (command.action == "hold" and not self.held)
        return self.view.session.info.running or not useless

    def _stop_typing(self) -> None:
        """Nobody reads the line any more: the keys do again what the footer says; what was printed stays."""
        self.output.typing = None
        self._opened_to_type = False
        self.take_keys()
        self.app.notify(_(OVER), timeout=3)

    def _shape_silence(self) -> None:
        """While nothing was printed and nobody types, the small panel is its title: others need the room."""
        silent = self.output.typing is None and not self.output.printed.lines
        if silent != self.has_class("-silent"):
            self.set_class(silent, "-silent")
            # who chose the panel's size sized the program's terminal by it, too
            self.after_refresh(self.redraw if self._shown_output is None else self._output_resized)

    def action_output(self) -> None:
        """Small, large, hidden."""
        self._opened_to_type = False
        self._show_output((self._output_shown() + 1) % len(SIZES))

    def _output_shown(self) -> int:
        # what was asked for: `display` follows only when the styles are applied, after the next key perhaps
        return next(n for n, name in enumerate(SIZES) if self.has_class(name))

    def _show_output(self, size: int) -> None:
        self._shown_output = size
        self._output_size(size)
        self._shape_silence()
        if size:
            self.set_focus(self.output)
        else:
            self.take_keys()
        self.after_refresh(self._output_resized)

    def leave_output(self) -> None:
        """Back to the lanes; what was opened only to type into is hidden again."""
        if self._opened_to_type:
            self._opened_to_type = False
            self._show_output(0)
        else:
            self.take_keys()

    def _output_resized(self) -> None:
        self.redraw()
        size = self.output.size
        if self.recording is not None and size.height > 1:
            self.recording.resize(size.height - 1, max(20, size.width - 2))

    def action_type(self) -> None:
        """Type into the program's standard input."""
        if not self.view.session.info.running:
            self.app.notify(_(OVER), timeout=3)
            return
        if self.recording is None:
            words = _("it reads from elsewhere: only what concviz run has started reads from here")
            self.app.notify(words, timeout=4)
            return
        hidden = not self._output_shown()
        self._opened_to_type = self._opened_to_type or hidden
        self.output.typing = ""
        self._show_output(1 if hidden else self._output_shown())

    def on_output_typed(self, message: Output.Typed) -> None:
        """Send the line."""
        if self.recording is not None:
            self.recording.send_input((message.text + "\n").encode())

    def on_output_interrupted(self) -> None:
        """Interrupt the program."""
        if self.recording is not None:
            self.recording.interrupt()
