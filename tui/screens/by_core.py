"""The part of the main screen that shows cores in the place of workers."""

from __future__ import annotations

from concviz.core.language import N_, _
from concviz.tui.core_details import CoreInspection, narrow
from concviz.tui.core_lanes import CoreLanes
from concviz.tui.screens.printing import Printing
from concviz.tui.view import SessionView
from concviz.tui.widgets.cores import CoreView
from concviz.tui.widgets.inspector import LABEL, Inspector
from concviz.tui.widgets.legend import Legend

NOBODY_THERE = N_("nobody of this program was seen on it then")


class ByCore(Printing):
    """A screen with two ways to look at time: a lane for each worker, or for each core."""

    core_lanes: CoreLanes

    @property
    def by_core(self) -> bool:
        """Are the cores shown?"""
        return self.has_class("-cores")

    @property
    def core_view(self) -> CoreView:
        """The cores' widget."""
        return self.query_one("#cores", CoreView)

    @property
    def browsed(self) -> SessionView | CoreLanes:
        """What the keys for lanes and events are about."""
        return self.core_lanes if self.by_core else self.view

    def prepare_cores(self) -> None:
        """Give the widget what it shows."""
        self.core_lanes = CoreLanes(self.view)
        self.core_view.view, self.core_view.lanes = self.view, self.core_lanes

    def look(self) -> bool:
        """As ever; while the program is held the keys are its panel's, whatever else is in sight."""
        changed = super().look()
        if self.held and self.core_view.has_focus:
            self.take_keys()
        return changed

    def take_keys(self) -> None:
        """Give the focus to what is in sight."""
        if self.by_core and not self.held:
            self.set_focus(self.core_view)
        else:
            super().take_keys()

    def action_cores(self) -> None:
        """The cores, or the workers again."""
        self.toggle_class("-cores")
        self.after_refresh(self._turned)

    def _turned(self) -> None:
        self.take_keys()
        self.redraw()

    def follow_core(self) -> None:
        """Go to the lane of the worker that was on the selected core at the cursor."""
        worker = self.core_lanes.occupant()
        if worker is None:
            self.app.notify(_(NOBODY_THERE), timeout=3)
            return
        self.view.choose_worker(worker)
        self.action_cores()

    def draw_cores(self, *, slow: bool) -> None:
        """Draw the cores in sight."""
        widget = self.core_view
        self.view.viewport.resize(max(1, widget.size.width - widget.head_columns))
        self.core_lanes.resize(widget.size.height)
        port = self.view.viewport
        if slow or not port.following or port.ended:  # what moves is sampled: a few times a second will do
            widget.paint()

    def tell_core(self) -> None:
        """Say in the panels what is known of the selected core."""
        inspector = self.query_one("#inspector", Inspector)
        rows = CoreInspection(self.core_lanes, inspector.palette).rows()
        inspector.tell(narrow(rows, inspector.size.width - LABEL - 2) if inspector.size.width < 70 else rows)
        self.query_one("#legend", Legend).tell_cores()
