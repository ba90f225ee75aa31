"""Asks what to compare: which work, under which models, how large, how often."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal
from textual.widgets import Input, Label, OptionList, Static
from textual.widgets.option_list import Option

from concviz.core.insight.retold import retold
from concviz.core.lab import bounds
from concviz.core.lab.asked import Asked, which_models
from concviz.core.lab.compare_thread import ComparisonThread
from concviz.core.lab.workloads import BY_NAME, WORKLOADS, Workload
from concviz.core.language import N_, _
from concviz.core.launch.errors import LaunchError
from concviz.tui.palette import Palette
from concviz.tui.screens.comparison import ComparisonScreen
from concviz.tui.screens.drawn import Drawn
from concviz.tui.widgets.keys import Keys

TITLE = N_("The same work under every model of concurrency, one after another")
ALL_MODELS = N_("all that fit, or: threading, asyncio …")
KEYS = (("⏎", N_("compare")), ("j k", N_("choose")), ("Tab", N_("settings")), ("Esc", N_("back")))
FIELDS = (
    ("models", ALL_MODELS), ("items", N_("usual")), ("latency", N_("usual")), ("workers", N_("usual")),
    ("repeat", "1"),
)
"""The settings, and what stands in them while nothing is typed."""
LABELS = {
    "models": N_("models"), "items": N_("items"), "latency": N_("latency"), "workers": N_("workers"),
    "repeat": N_("repeat"),
}
LATENCY_UNIT = "s"


class ComparingScreen(Drawn):
    """A list of workloads and five settings; Enter compares.

    Args:
        made: makes the thread of a comparison.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "app.pop_screen", "Back"),
        Binding("j", "down", show=False),
        Binding("k", "up", show=False),
        Binding("t", "app.theme", "Theme"),
        Binding("q", "app.quit", "Quit"),
        Binding("S,upper_s", "app.save_svg", "SVG screenshot"),
    ]

    def __init__(
        self, palette: Palette, made: Callable[[Asked], ComparisonThread] = ComparisonThread
    ) -> None:
        super().__init__(palette)
        self.made = made

    def compose(self) -> ComposeResult:
        """List and explanation, settings, keys."""
        yield Static(id="heading", markup=False)
        with Container(id="home"):
            yield OptionList(*self._options(), id="choices", compact=True, markup=False)
            yield Static(id="work", markup=False)
        for fields in (FIELDS[:1], FIELDS[1:]):
            with Horizontal(classes="settings"):
                for name, usual in fields:
                    yield Label(f"{_(LABELS[name])} ", markup=False)
                    yield Input(placeholder=_(usual), id=name, compact=True, select_on_focus=False)
        yield Static(id="trouble", markup=False)
        yield Keys(id="keys")

    def _options(self) -> list[Option]:
        quiet = self.palette.muted

        def option(work: Workload) -> Option:
            return Option(Text(f" {_(work.title)}"), id=work.name)

        right = [option(work) for work in WORKLOADS if not work.mistake]
        wrong = [option(work) for work in WORKLOADS if work.mistake]
        return [
            Option(Text(_("workloads"), quiet), disabled=True), *right,
            Option(Text(""), disabled=True), Option(Text(_("mistakes"), quiet), disabled=True), *wrong,
        ]

    def on_mount(self) -> None:
        """Highlight the first workload."""
        choices = self.query_one("#choices", OptionList)
        choices.highlighted = 1
        choices.focus()
        self._tell("")
        self.use(self.palette)

    def on_resize(self) -> None:
        """Fit the words to the width."""
        self.set_class(self.app.size.width < 72, "-narrow")  # (the base class is told of it, too)

    def redraw(self) -> None:
        """Heading, explanation and keys."""
        accent, quiet = f"bold {self.palette.accent}", self.palette.muted
        heading = Text.assemble((" " + _("compare") + " ", accent), (f" {_(TITLE)}", quiet))
        self.query_one("#heading", Static).update(heading)
        self.query_one("#keys", Keys).update(KEYS)
        self._explain(self._chosen)

    @property
    def _chosen(self) -> Workload:
        choices = self.query_one("#choices", OptionList)
        option = choices.get_option_at_index(choices.highlighted or 1)
        return BY_NAME[option.id or WORKLOADS[0].name]

    def _explain(self, workload: Workload) -> None:
        head, quiet = f"bold {self.palette.accent}", self.palette.muted
        self.query_one("#work", Static).update(Text.assemble(
            (f"{_(workload.title)}\n\n", head), f"{_(workload.explanation)}\n\n",
            (_("look for") + "\n", quiet), f"{_(workload.look_for)}\n\n",
            (_("models") + "\n", quiet), ", ".join(workload.models),
            (f"\n\nconcviz compare {workload.name}", quiet),
        ))

    def on_option_list_option_highlighted(self) -> None:
        """Explain what is highlighted."""
        self._explain(self._chosen)

    def on_option_list_option_selected(self) -> None:
        """Compare."""
        self._begin()

    def on_input_submitted(self) -> None:
        """Compare."""
        self._begin()

    def on_input_changed(self) -> None:
        """What is typed now may be right."""
        self._tell("")

    def action_down(self) -> None:
        """The next workload."""
        self.query_one("#choices", OptionList).action_cursor_down()

    def action_up(self) -> None:
        """The workload before."""
        self.query_one("#choices", OptionList).action_cursor_up()

    def _begin(self) -> None:
        try:
            asked = self._asked()
        except (LaunchError, ValueError) as error:
            self._tell(retold(str(error)))
        else:
            self.app.push_screen(ComparisonScreen(self.made(asked), self.palette))

    def _asked(self) -> Asked:
        """What is chosen and typed.

        Raises:
            LaunchError, ValueError: it cannot be compared; the message says why.
        """
        typed = {name: self.query_one(f"#{name}", Input).value.strip() for name, _ in FIELDS}
        latency = typed["latency"].removesuffix(LATENCY_UNIT).strip()
        return Asked(
            self._chosen.name, which_models(typed["models"]),
            bounds.whole(typed["repeat"] or "1", bounds.MOST_RUNS),
            bounds.whole(typed["items"], bounds.MOST_ITEMS) if typed["items"] else None,
            bounds.seconds(latency) if latency else None,
            bounds.whole(typed["workers"], bounds.MOST_WORKERS) if typed["workers"] else None,
        )

    def _tell(self, trouble: str) -> None:
        words = self.query_one("#trouble", Static)
        words.update(Text(f" {trouble}", "bold"))
        words.display = bool(trouble)
