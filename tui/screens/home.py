"""The first screen: experiments to start at once, a program of one's own, and what was recorded before."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from concviz.core.lab import adjusting
from concviz.core.lab.adjusting import AS_IT_IS, Adjustments
from concviz.core.lab.catalog import BY_KEY, EXPERIMENTS, GROUPS, Experiment
from concviz.core.lab.listing import listing
from concviz.core.language import N_, _
from concviz.core.launch.sessions import RecentSession
from concviz.tui.lines import line
from concviz.tui.palette import Palette
from concviz.tui.screens import home_words
from concviz.tui.screens.adjust import AdjustScreen
from concviz.tui.screens.drawn import Drawn
from concviz.tui.screens.source import SourceScreen
from concviz.tui.widgets.about import About
from concviz.tui.widgets.keys import Keys
from concviz.tui.widgets.lined import Lined
from concviz.tui.widgets.source import Source

KEYS = (
    ("⏎", N_("start")),
    ("a", N_("adjust…")),
    ("v", N_("source")),
    ("e", N_("glossary")),
    ("r", N_("run a program…")),
    ("?", N_("help")),
    ("q", N_("quit")),
    ("t", N_("theme")),
    ("j k", N_("choose")),
)
RUN, COMPARE = "run", "compare"
WIDE, NARROW = 130, 72
LOW = 9
"""On fewer lines the list takes them all."""
ROOMY = (110, 34)
"""From this size on there is room for a source below what is said of an experiment."""
COMPARE_WORDS = N_(
    "The same work done one after another, by threads, processes and tasks: the figures side by side, the "
    "lanes under one time axis, and which model is the best, and why."
)
RUN_WORDS = N_(
    "Type what you would type in a shell: script.py args, -m module args, or a command after --. "
    "It runs unmodified, and every Python that it starts is observed too."
)


class Title(Lined):
    """The name of the house and what it is for."""

    def tell(self) -> None:
        """Draw it."""
        palette, width = self.palette, self.size.width
        name = [
            (" concviz ", palette.text(palette.accent, bold=True)),
            (" " + _("what threads, processes and tasks really do"), palette.text(palette.muted)),
        ]
        self.show([line([], width, palette.text()), line(name, width, palette.text())])


class HomeScreen(Drawn):
    """Lists; Enter starts or opens what is highlighted."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "down", show=False),
        Binding("k", "up", show=False),
        Binding("a", "adjust", "Adjust"),
        Binding("v", "source", "Source"),
        Binding("e", "app.glossary", "Glossary"),
        Binding("escape", "to_list", show=False),
        Binding("r", "app.run", "Run a program"),
        Binding("c", "app.compare", "Compare models"),
        Binding("t", "app.theme", "Theme"),
        Binding("question_mark", "app.help", "Help"),
        Binding("q", "app.quit", "Quit"),
        Binding("S,upper_s", "app.save_svg", "SVG screenshot"),
    ]

    class Experimented(Message):
        """Start this experiment as it was asked for."""

        def __init__(self, experiment: Experiment, asked: Adjustments) -> None:
            super().__init__()
            self.experiment, self.asked = experiment, asked

    class Reopened(Message):
        """Open this recorded session."""

        def __init__(self, path: Path) -> None:
            super().__init__()
            self.path = path

    def __init__(self, recent: list[RecentSession], palette: Palette) -> None:
        super().__init__(palette)
        self.recent = recent
        self._asked: dict[str, Adjustments] = {}  # by experiment, what was asked for the last time

    def compose(self) -> ComposeResult:
        """Title, list and explanation, keys."""
        yield Title(id="title")
        with Container(id="home"):
            yield OptionList(*self._options(), id="choices", compact=True, markup=False)
            with Container(id="beside"):
                yield About(id="about")
                yield Source(id="source")
        yield Keys(id="keys")

    def _options(self) -> list[Option | None]:
        quiet = self.palette.muted
        options: list[Option | None] = []

        def head(text: str) -> None:
            options.extend([Option(Text(""), disabled=True)] * bool(options))
            options.append(Option(Text(text, quiet), disabled=True))

        for group in GROUPS:
            head(_(group))
            options += [
                Option(Text(f" {_(e.title)}", no_wrap=True, overflow="ellipsis"), id=f"lab:{e.key}")
                for e in EXPERIMENTS if e.group == group
            ]
        head(_("your own"))
        options.append(Option(Text(" " + _("run a program…")), id=RUN))
        options.append(Option(Text(" " + _("compare models…")), id=COMPARE))
        if self.recent:
            head(_("recent sessions"))
            options += [Option(home_words.of_list(s), id=f"session:{i}") for i, s in enumerate(self.recent)]
        return options

    def on_mount(self) -> None:
        """Highlight the first experiment."""
        choices = self.query_one("#choices", OptionList)
        choices.highlighted = 1
        choices.focus()
        super().use(self.palette)  # the list is in its colours already

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
        """Draw in another palette; the list's headings have its colours too."""
        super().use(palette)
        self.renew(self.recent)

    def on_resize(self) -> None:
        """Fit the words to the width."""
        width, height = self.app.size
        self.set_class(width < NARROW, "-narrow")
        self.set_class(height < LOW, "-low")
        self.set_class(width >= WIDE, "-wide")
        self.set_class(ROOMY[0] <= width < WIDE and height >= ROOMY[1], "-below")
        self.after_refresh(self.redraw)

    def redraw(self) -> None:
        """Title, explanation and keys."""
        self.query_one("#title", Title).tell()
        self.query_one("#keys", Keys).update(KEYS)
        choices = self.query_one("#choices", OptionList)
        if choices.highlighted is not None:
            self._explain(choices.get_option_at_index(choices.highlighted).id or "")

    def _explain(self, name: str) -> None:
        about = self.query_one("#about", About)
        experiment = self._experiment(name)
        self.query_one("#source").display = experiment is not None and self._has_room
        if experiment is not None:
            asked = self._asked.get(experiment.key, AS_IT_IS)
            about.tell(_(experiment.title), home_words.of_experiment(experiment, asked))
            self.query_one("#source", Source).tell(listing(experiment, asked.model))
        elif name == RUN:
            about.tell(_("Run a program"), [("", _(RUN_WORDS))])
        elif name == COMPARE:
            about.tell(_("Compare models"), [("", _(COMPARE_WORDS))])
        elif name.startswith("session:"):
            session = self.recent[int(name[8:])]
            about.tell(session.name, home_words.of_session(session))

    @property
    def _has_room(self) -> bool:
        """Is the source beside the list, or below what is said of it?"""
        return self.has_class("-wide") or self.has_class("-below")

    def _experiment(self, name: str) -> Experiment | None:
        """The experiment that an option stands for."""
        return BY_KEY[name[4:]] if name.startswith("lab:") else None

    @property
    def _chosen(self) -> Experiment | None:
        """The experiment that is highlighted."""
        choices = self.query_one("#choices", OptionList)
        if choices.highlighted is None:
            return None
        return self._experiment(choices.get_option_at_index(choices.highlighted).id or "")

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
        elif (experiment := self._experiment(name)) is not None:
            asked = self._asked.get(experiment.key, AS_IT_IS)
            self.post_message(self.Experimented(experiment, asked))
        elif name.startswith("session:"):
            self.post_message(self.Reopened(self.recent[int(name[8:])].path))

    def action_adjust(self) -> None:
        """Ask how the highlighted experiment is to be run, and run it so."""
        experiment = self._chosen
        if experiment is None:
            self.app.notify(_("choose an experiment first"), timeout=3)
        elif not adjusting.takes(experiment):
            words = _("{key} has nothing to set").format(key=experiment.key)
            self.app.notify(words, timeout=3, markup=False)
        else:
            asked = self._asked.get(experiment.key, AS_IT_IS)
            self.app.push_screen(
                AdjustScreen(experiment, asked), lambda answer: self._adjusted(experiment, answer)
            )

    def _adjusted(self, experiment: Experiment, asked: Adjustments | None) -> None:
        if asked is not None:
            self._asked[experiment.key] = asked
            self.redraw()
            self.post_message(self.Experimented(experiment, asked))

    def action_source(self) -> None:
        """Read the highlighted experiment's source: beside the list, or over the screen."""
        experiment = self._chosen
        if experiment is None:
            self.app.notify(_("choose an experiment first"), timeout=3)
        elif not self._has_room:
            asked = self._asked.get(experiment.key, AS_IT_IS)
            self.app.push_screen(SourceScreen(listing(experiment, asked.model)))
        elif self.query_one("#source").has_focus:
            self.action_to_list()
        else:
            self.query_one("#source").focus()

    def action_to_list(self) -> None:
        """Back to the list."""
        self.query_one("#choices").focus()

    def action_down(self) -> None:
        """The next entry."""
        self.query_one("#choices", OptionList).action_cursor_down()

    def action_up(self) -> None:
        """The entry before."""
        self.query_one("#choices", OptionList).action_cursor_up()
