"""The first screen: experiments to start at once, a program of one's own, and what was recorded before."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.message import Message
from textual.screen import Screen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from concviz.core.lab.catalog import EXPERIMENTS, Experiment
from concviz.core.launch.sessions import RecentSession
from concviz.tui.lines import Part, line, wrapped
from concviz.tui.palette import Palette
from concviz.tui.units import duration, signal_name
from concviz.tui.widgets.keys import Keys
from concviz.tui.widgets.lined import Lined

KEYS = (
    ("⏎", "start"),
    ("j k", "choose"),
    ("r", "run a program…"),
    ("t", "theme"),
    ("?", "help"),
    ("q", "quit"),
)
RUN = "run"
COMPARE = "compare"
COMPARE_WORDS = (
    "The same work done one after another, by threads, processes and tasks: the figures side by side, the "
    "lanes under one time axis, and which model is the best, and why."
)
RUN_WORDS = (
    "Type what you would type in a shell: script.py args, -m module args, or a command after --. "
    "It runs unmodified, and every Python that it starts is observed too."
)


class About(Lined):
    """What the highlighted entry is, and what to look for."""

    def tell(self, title: str, body: list[tuple[str, str]]) -> None:
        """Show a title and headed paragraphs."""
        width, palette = self.size.width, self.palette
        if not width:
            return
        ground = palette.text(background=palette.panel)
        quiet = palette.text(palette.muted, background=palette.panel)
        strong = palette.text(palette.accent, bold=True, background=palette.panel)
        lines: list[list[Part]] = [[], [(title, strong)]]
        for number, (head, text) in enumerate(body):
            paragraph: list[list[Part]] = [[], [(head, quiet)]] if head else [[]]
            paragraph += [[(words, ground)] for words in wrapped(text, max(10, width - 4))]
            if number and len(lines) + len(paragraph) > self.size.height:
                break  # what does not fit whole is left out
            lines += paragraph
        strips = [line([("  ", ground), *parts], width, ground) for parts in lines]
        blank = line([], width, ground)
        self.show((strips + [blank] * self.size.height)[: self.size.height])


class Title(Lined):
    """The name of the house and what it is for."""

    def tell(self) -> None:
        """Draw it."""
        palette, width = self.palette, self.size.width
        name = [
            (" concviz ", palette.text(palette.accent, bold=True)),
            (" what threads, processes and tasks really do", palette.text(palette.muted)),
        ]
        self.show([line([], width, palette.text()), line(name, width, palette.text())])


class HomeScreen(Screen[None]):
    """Lists; Enter starts or opens what is highlighted."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "down", show=False),
        Binding("k", "up", show=False),
        Binding("r", "app.run", "Run a program"),
        Binding("c", "app.compare", "Compare models"),
        Binding("t", "app.theme", "Theme"),
        Binding("question_mark", "app.help", "Help"),
        Binding("q", "app.quit", "Quit"),
        Binding("S,upper_s", "app.save_svg", "SVG screenshot"),
    ]

    class Experimented(Message):
        """Start this experiment."""

        def __init__(self, experiment: Experiment) -> None:
            super().__init__()
            self.experiment = experiment

    class Reopened(Message):
        """Open this recorded session."""

        def __init__(self, path: Path) -> None:
            super().__init__()
            self.path = path

    def __init__(self, recent: list[RecentSession], palette: Palette) -> None:
        super().__init__()
        self.recent = recent
        self.palette = palette

    def compose(self) -> ComposeResult:
        """Title, list and explanation, keys."""
        yield Title(id="title")
        with Container(id="home"):
            yield OptionList(*self._options(), id="choices", compact=True, markup=False)
            yield About(id="about")
        yield Keys(id="keys")

    def _options(self) -> list[Option | None]:
        quiet = self.palette.muted
        options: list[Option | None] = [Option(Text("experiments", quiet), disabled=True)]
        options += [Option(Text(f" {e.title}"), id=f"lab:{e.key}") for e in EXPERIMENTS if not e.held]
        heading = Text("bugs to step through", quiet)
        options += [Option(Text(""), disabled=True), Option(heading, disabled=True)]
        options += [Option(Text(f" {e.title}"), id=f"lab:{e.key}") for e in EXPERIMENTS if e.held]
        options += [Option(Text(""), disabled=True), Option(Text("your own", quiet), disabled=True)]
        options.append(Option(Text(" run a program…"), id=RUN))
        options.append(Option(Text(" compare models…"), id=COMPARE))
        if self.recent:
            options += [
                Option(Text(""), disabled=True),
                Option(Text("recent sessions", quiet), disabled=True),
            ]
            options += [Option(_session_words(s), id=f"session:{i}") for i, s in enumerate(self.recent)]
        return options

    def on_mount(self) -> None:
        """Highlight the first experiment."""
        choices = self.query_one("#choices", OptionList)
        choices.highlighted = 1
        choices.focus()
        self.use(self.palette)

    def renew(self, recent: list[RecentSession]) -> None:
        """List the sessions there are now; what was highlighted stays so."""
        choices = self.query_one("#choices", OptionList)
        chosen = None if choices.highlighted is None else choices.get_option_at_index(choices.highlighted).id
        path = self._path(chosen or "")
        self.recent = recent
        choices.clear_options()
        choices.add_options(self._options())
        if path is not None:
            chosen = next((f"session:{i}" for i, s in enumerate(recent) if s.path == path), None)
        choices.highlighted = choices.get_option_index(chosen) if chosen else 1

    def _path(self, name: str) -> Path | None:
        """The session that an option stands for."""
        return self.recent[int(name[8:])].path if name.startswith("session:") else None

    def use(self, palette: Palette) -> None:
        """Draw in another palette."""
        self.palette = palette
        for widget in self.query(Lined):
            widget.palette = palette
            widget.refresh()
        self.call_after_refresh(self.redraw)

    def on_resize(self) -> None:
        """Fit the words to the width."""
        self.set_class(self.app.size.width < 72, "-narrow")
        self.call_after_refresh(self.redraw)

    def redraw(self) -> None:
        """Title, explanation and keys."""
        self.query_one("#title", Title).tell()
        self.query_one("#keys", Keys).update(KEYS)
        choices = self.query_one("#choices", OptionList)
        if choices.highlighted is not None:
            self._explain(choices.get_option_at_index(choices.highlighted).id or "")

    def _explain(self, name: str) -> None:
        about = self.query_one("#about", About)
        if name.startswith("lab:"):
            experiment = next(e for e in EXPERIMENTS if e.key == name[4:])
            held = " held before its first step" if experiment.held else ""
            program = f"{experiment.key}.py: real, small, in core/lab; Enter starts it{held}"
            body = [("", experiment.explanation), ("look for", experiment.look_for), ("the program", program)]
            if experiment.held:
                body.insert(1, ("the keys", experiment.keys))
            about.tell(experiment.title, body)
        elif name == RUN:
            about.tell(
                "Run a program",
                [
                    ("", RUN_WORDS),
                ],
            )
        elif name == COMPARE:
            about.tell("Compare models", [("", COMPARE_WORDS)])
        elif name.startswith("session:"):
            session = self.recent[int(name[8:])]
            about.tell(
                session.name,
                [
                    ("command", shlex.join(session.command)),
                    ("started", session.started.replace("T", " ")[:19]),
                    ("how it went", _outcome_words(session)),
                    ("kept in", str(session.path)),
                ],
            )

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Explain what is highlighted."""
        self._explain(event.option.id or "")

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Start or open."""
        name = event.option.id or ""
        if name == RUN:
            self.app.run_worker(self.app.run_action("app.run"))
        elif name == COMPARE:
            self.app.run_worker(self.app.run_action("app.compare"))
        elif name.startswith("lab:"):
            self.post_message(self.Experimented(next(e for e in EXPERIMENTS if e.key == name[4:])))
        elif name.startswith("session:"):
            self.post_message(self.Reopened(self.recent[int(name[8:])].path))

    def action_down(self) -> None:
        """The next entry."""
        self.query_one("#choices", OptionList).action_cursor_down()

    def action_up(self) -> None:
        """The entry before."""
        self.query_one("#choices", OptionList).action_cursor_up()


def _outcome_words(session: RecentSession) -> str:
    if session.running:
        return "still running"
    lasted = duration(session.duration_ns) if session.duration_ns is not None else "of unknown length"
    if session.status is None:
        return lasted
    ended = f"exit {session.status}" if session.status >= 0 else signal_name(-session.status)
    return f"{lasted}, {ended}"


def _session_words(session: RecentSession) -> Text:
    return Text(f" {session.name}  {_outcome_words(session)}", no_wrap=True, overflow="ellipsis")
