"""The main screen: the lanes of one session, live or over, and everything one can ask about them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widgets import Input

from concviz.core.control.view import State
from concviz.core.insight.notes import gathered
from concviz.core.language import _
from concviz.core.session import source
from concviz.tui.commands import COMMANDS
from concviz.tui.commands_held import FOOTER, OVER_FOOTER
from concviz.tui.filming import Filming
from concviz.tui.moments import MomentWatch
from concviz.tui.notice import filter_words, notice
from concviz.tui.palette import Palette
from concviz.tui.screens.browsing import Browsing
from concviz.tui.stepping import Stepper
from concviz.tui.view import SessionView
from concviz.tui.viewport import Mode
from concviz.tui.widgets.cores import CoreView
from concviz.tui.widgets.header import Header
from concviz.tui.widgets.held import HeldPanel
from concviz.tui.widgets.inspector import Inspector
from concviz.tui.widgets.keys import CONTROLLED, OVER, PLAY, RESUME, WATCHING, Keys, with_space
from concviz.tui.widgets.lanes import LaneView
from concviz.tui.widgets.legend import Legend
from concviz.tui.widgets.lined import Lined
from concviz.tui.widgets.moment import MomentLine
from concviz.tui.widgets.output import Output
from concviz.tui.widgets.pointed import Pointed
from concviz.tui.widgets.ruler import Ruler

if TYPE_CHECKING:
    from concviz.core.insight.moment import Kind
    from concviz.core.launch.recording import Recording
    from concviz.core.session.session import Session

SLOW_EVERY = 5
WIDE = (120, 30)
UNOBSERVED = "unobserved: "
_AT_ONCE = 3
"""Notes that are told together, at most."""


class TimelineScreen(Browsing):
    """Shows a session; ``tick`` is called by the app and is the only thing that draws."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(command.keys, command.action, command.title, show=False) for command in COMMANDS
    ]

    def __init__(
        self, session: Session, recording: Recording | None, palette: Palette,
        looked_for: Sequence[Kind] = (),
    ) -> None:
        super().__init__()
        self.view = SessionView(session)
        self._shown = session
        self.moments = MomentWatch(self.view, looked_for)
        self.recording = recording
        if recording is not None and recording.controller is not None:
            self.control(Stepper(recording.controller))
        self.palette = palette
        self._ticks = self._still = 0
        self._notes: tuple[str, ...] = ()
        self._noted: set[str] = set()
        self.ready = False
        """Everything is in place: it may be drawn."""
        self.seen = False
        """Its first picture is there: a long session is read on only then."""

    def compose(self) -> ComposeResult:
        """Header, lanes with their axis, panels, legend, keys."""
        yield Header(id="header")
        with Container(id="body"):
            with Container(id="main"):
                yield Ruler(id="ruler")
                yield MomentLine(id="moment")
                yield LaneView(id="lanes")
                yield CoreView(id="cores")
                yield HeldPanel(id="held")
            with Container(id="panels"):
                yield Inspector(id="inspector")
                yield Output(id="output")
        yield Legend(id="legend")
        yield Keys(id="keys")
        yield Input(
            id="filter", placeholder=_("filter lanes by name"), compact=True, select_on_focus=False
        )

    def on_mount(self) -> None:
        """Put everything in place."""
        lanes = self.lanes
        lanes.view = self.view
        self.prepare_cores()
        self.query_one("#filter").display = False
        self._shape()
        self.ready = True
        self.use(self.palette)
        self.take_keys()
        self.after_refresh(self._was_drawn)

    def _was_drawn(self) -> None:
        self.seen = True

    def on_resize(self, event: events.Resize) -> None:
        """Another size, perhaps another arrangement."""
        self._shape()
        self.after_refresh(self.redraw)

    def _shape(self) -> None:
        width, height = self.app.size
        wide = width >= WIDE[0] and height >= WIDE[1]
        self.set_class(wide, "-wide")
        self.set_class(height >= 30, "-tall")
        self.set_class(height < 18 or width < 40, "-small")
        self.shape_output(height)

    @property
    def lanes(self) -> LaneView:
        """The lanes' widget."""
        return self.query_one("#lanes", LaneView)

    def use(self, palette: Palette) -> None:
        """Draw everything in another palette."""
        self.palette = palette
        for widget in self.query(Lined):
            widget.palette = palette
        self.lanes.forget()
        self.core_view.forget()
        self.redraw()

    # -- drawing ---------------------------------------------------------------------------------------

    def tick(self, now_ns: int) -> None:
        """Take in what arrived and draw what changed; a session that is over costs nothing."""
        self._ticks += 1
        changed = self.view.advance(now_ns)
        if changed and self.view.viewport.ended:  # a long recording is read over several ticks
            self.lanes.cache.forget()
            self.query_one("#ruler", Ruler).forget()
        if self.view.session is not self._shown:
            self._show_anew()
        changed |= self.view.player.play_on(now_ns)
        changed |= self.look()
        changed |= self.moments.advance()
        self._still = 0 if changed else self._still + 1
        if self._still > SLOW_EVERY:
            return
        self._draw(slow=self._ticks % SLOW_EVERY == 0)

    def _show_anew(self) -> None:
        """The session was read anew: who remembers something of it looks at it again."""
        self._shown = self.view.session
        self._notes = self._shown.notes
        self._noted = {note.shape for note in gathered(self._notes)}
        self.moments.begin()
        self.prepare_cores()
        self.lanes.forget()
        self.core_view.forget()
        self.query_one("#ruler", Ruler).forget()

    def redraw(self) -> None:
        """Draw everything that depends on the view at once, unless the screen was left meanwhile."""
        if self.ready and not self.left:
            self.view.rebuild()
            self._draw(slow=True)

    def _draw(self, *, slow: bool) -> None:
        lanes, view = self.lanes, self.view
        if self.by_core:
            self.draw_cores(slow=slow)
        else:
            view.resize(max(1, lanes.size.width - lanes.head_columns), max(1, lanes.size.height))
            lanes.notice = notice(view) if not view.rows else []
            lanes.paint()
        if slow:
            self._draw_moment()  # before the axis, which marks all like the one that is told of
        self.query_one("#ruler", Ruler).update(view)
        if not slow:
            return
        self.draw_panel()
        filming = isinstance(self.app, Filming) and self.app.film is not None
        self.query_one("#header", Header).update(view, filming=filming)
        if self.by_core:
            self.tell_core()
        else:
            self.query_one("#inspector", Inspector).update(view, source.line)
            self.query_one("#legend", Legend).update(self.view.session.info.held)
        self.query_one("#keys", Keys).update(self._footer, filter_words(self.view))
        self.read_output()
        self._tell_notes()

    def _draw_moment(self) -> None:
        """The line about the moment at the cursor, which is there as soon as there is one."""
        line = self.query_one("#moment", MomentLine)
        shown = line.update(self.moments, self.lanes.size.width)
        lines = {"-moment": shown > 0, "-two-lines": shown == 2, "-three-lines": shown > 2}
        if any(self.has_class(name) is not wanted for name, wanted in lines.items()):
            for name, wanted in lines.items():
                self.set_class(wanted, name)
            self.after_refresh(self.redraw)

    @property
    def _footer(self) -> tuple[tuple[str, str], ...]:
        if self.held:
            return OVER_FOOTER if self.stepper and self.stepper.view.state is State.OVER else FOOTER
        running = self.view.session.info.running
        keys = OVER if not running else CONTROLLED if self.stepper else WATCHING
        mode = self.view.viewport.mode
        if mode is Mode.LIVE or self.view.player.playback.playing:
            return keys
        return with_space(PLAY if mode is Mode.ENDED else RESUME, keys)

    def _tell_notes(self) -> None:
        """Tell what is new; what another process says, too, has been told."""
        notes = self.view.session.notes
        if notes == self._notes:
            return
        self._notes = notes
        new = [note for note in gathered(notes) if note.shape not in self._noted]
        self._noted.update(note.shape for note in new)
        for words in [words for note in new for words in note.words][:_AT_ONCE]:
            if UNOBSERVED not in words:  # the lane of that process says so itself
                self.app.notify(words, severity="warning", timeout=8, markup=False)

    # -- commands --------------------------------------------------------------------------------------

    def action_legend(self) -> None:
        """Show or hide the legend."""
        self.toggle_class("-no-legend")
        self.after_refresh(self.redraw)

    def action_filter(self) -> None:
        """Type a filter in the place of the keys."""
        entry = self.query_one("#filter", Input)
        entry.value = self.view.needle
        entry.display = True
        self.query_one("#keys").display = False
        entry.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter while typing."""
        if event.input.display:
            self.quietly(lambda: self.view.filter(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep the filter and go back to the lanes."""
        self.quietly(self.view.choose_match)
        self._close_filter()

    def _close_filter(self) -> None:
        self.query_one("#filter").display = False
        self.query_one("#keys").display = True
        self.take_keys()
        self.after_refresh(self.redraw)

    def action_back(self) -> None:
        """Leave what is open; from the lanes, go back to the home screen where there is one."""
        if self.query_one("#filter").display or self.view.needle:
            self.view.filter("")
            self._close_filter()
        elif self.output.has_focus:
            self.leave_output()
        else:
            self.app.run_worker(self.app.run_action("app.home"))

    # -- pointer ---------------------------------------------------------------------------------------

    def on_pointed_picked(self, message: Pointed.Picked) -> None:
        """Select lane and instant."""
        if message.position is not None and self.by_core:
            self.core_lanes.choose(message.position)
        elif message.position is not None:
            again = message.t_ns is None and message.position == self.view.position
            self.view.choose(message.position, scroll=False)
            if again:
                self.view.toggle()
        if message.t_ns is not None:
            self.view.viewport.move_cursor(message.t_ns, show=False)
        self.take_keys()
        self.redraw()

    def on_pointed_dragged(self, message: Pointed.Dragged) -> None:
        """Pull the time axis."""
        self.quietly(lambda: self.view.viewport.drag(message.cells))

    def on_pointed_wheeled(self, message: Pointed.Wheeled) -> None:
        """Scroll or zoom."""
        if message.zoom_at is None:
            self.quietly(lambda: self.browsed.scroll(3 * message.by))
        else:
            self.quietly(lambda: self.view.viewport.zoom(-message.by, message.zoom_at))
