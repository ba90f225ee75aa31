"""Stepping a held program: which choice is selected, what the keys ask of the controller, what a step did.

No widgets in here. The controller is asked once a tick how things stand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from concviz.core.control.view import GRANULARITIES, Choice, State, View
from concviz.core.language import N_, _
from concviz.core.text import clean
from concviz.tui.digits import Digits
from concviz.tui.held import Situation
from concviz.tui.held_words import told

_GRANULARITIES = {number: word for word, number in GRANULARITIES.items()}
AT_REST = (State.HELD, State.DEADLOCK)
STUCK = N_("nobody can go on: u goes back, h lets go, ^C asks it to end")


class Control(Protocol):
    """What of ``core.control.controller.Controller`` the screen uses."""

    def hold(self, granularity: str = "sync") -> None:
        """Stop every worker at its next gate."""

    def release(self) -> None:
        """Let everybody go on."""

    def step(self) -> None:
        """The next one in the program's own order."""

    def run(self, choice_id: str) -> None:
        """A chosen one."""

    def until(self, worker_key: str) -> None:
        """On until this worker has made a step."""

    def until_line(self) -> None:
        """On until a line, or the end of a worker."""

    def view(self) -> View:
        """How things stand."""


class Stepper:
    """The reader's side of a controller.

    Commands return a line that says why nothing happened, or None when it did.

    Args:
        control: the controller of the program on the screen.
        granularity: how finely ``h`` holds it.
    """

    def __init__(self, control: Control, granularity: str = "sync") -> None:
        self.control, self.granularity = control, granularity
        self.view = control.view()
        self.goal = 0
        """So many steps a fresh process repeats first: whoever goes back meanwhile goes back from there."""
        self.over = False
        """The session says that the program has ended."""
        self.hint = ""
        """What to try with this program."""
        self._words = ""
        self._numbers = Digits()
        self._digits = self._numbers.renew(self.view)
        self._chosen = self._chosen_key = ""
        self._told_step = self.view.step

    def follow(self, before: Stepper, upto: int) -> None:
        """This fresh process repeats the first ``upto`` steps of another; its workers keep their digits."""
        self.goal = upto
        self._numbers, self._digits = before._numbers, {}
        self._renew()

    def _renew(self) -> None:
        """Deal out the digits, but not while steps are repeated: who has one may not be there yet."""
        if self.view.step >= self.goal:
            self._digits = self._numbers.renew(self.view)

    # -- how things stand ------------------------------------------------------------------------------------

    @property
    def held(self) -> bool:
        """Is the program held, or was when it ended? Then the panel is there."""
        return self.view.granularity != 0

    @property
    def chosen(self) -> Choice | None:
        """The selected choice: the reader's, as long as its worker is ready; else the next one."""
        ready = self.view.ready
        for same in (
            lambda choice: choice.id == self._chosen,
            lambda choice: choice.key == self._chosen_key,
            lambda choice: choice.choosable,
        ):
            found = next(filter(same, ready), None)
            if found is not None:
                return found
        return ready[0] if ready else None

    def look(self) -> bool:
        """Ask how things stand; True if anything has changed."""
        view = self.control.view()
        if self.over and view.state is not State.OVER:
            view = replace(view, state=State.OVER, ready=(), blocked=(), outside=(), reports=(), cycle=())
        if view == self.view:
            return False
        if not self.held and not self.goal:
            self._numbers = Digits()
        self.view = view
        self._renew()
        self.granularity = _GRANULARITIES.get(view.granularity, self.granularity)
        if view.state is not State.RUNNING:
            self._tell_step()
        return True

    def situation(self, now_ns: int, outcome: str) -> Situation:
        """What the panel shows."""
        chosen = self.chosen
        id = chosen.id if chosen else ""
        hint = self.hint if self.view.state is not State.OVER else ""  # there is nothing left to try it with
        return Situation(self.view, now_ns, id, self._words, outcome, hint, self._digits)

    def tell(self, words: str) -> None:
        """Say something in the place of what the last step did."""
        self._words = words

    def _tell_step(self) -> None:
        view = self.view
        if view.step == self._told_step:
            return
        self.tell(told(view.step, view.did, view) if view.did else "")
        self._told_step = view.step

    # -- selection -------------------------------------------------------------------------------------------

    def move(self, by: int) -> None:
        """Select the choice so many further down."""
        ready = self.view.ready
        chosen = self.chosen
        if chosen is not None:
            self._select(ready[min(max(0, ready.index(chosen) + by), len(ready) - 1)])

    def _select(self, choice: Choice) -> None:
        self._chosen, self._chosen_key = choice.id, choice.key

    # -- commands --------------------------------------------------------------------------------------------

    def toggle(self) -> None:
        """Hold the program, or release it."""
        if self.held:
            self.release()
        elif self.view.state is not State.OVER:
            self._told_step = self.view.step
            self.tell("")
            self.control.hold(self.granularity)

    def release(self) -> None:
        """Let the program run by itself."""
        self.control.release()

    def resume(self) -> str | None:
        """The same, unless nobody could run: the deadlock would be out of sight and there as before."""
        if self.view.state is State.DEADLOCK:
            return _(STUCK)
        self.release()
        return None

    def next(self) -> str | None:
        """One step: whoever the program itself would take next."""
        self._chosen = self._chosen_key = ""
        return self._go(self.control.step)

    def run_chosen(self) -> str | None:
        """One step of the selected one."""
        return self._run(self.chosen)

    def run_number(self, number: int) -> str | None:
        """One step of the one with this number."""
        choice = next((each for each in self.view.ready if self._digits.get(each.id) == number), None)
        if choice is not None:
            return self._run(choice)
        name = self._numbers.name(number)
        if name:
            return _("{name} has number {n}, and is not ready").format(name=name, n=number)
        return _("there is no number {n} in the list").format(n=number)

    def _run(self, choice: Choice | None) -> str | None:
        if choice is not None and not choice.choosable:
            return _("cannot be chosen: {why}").format(why=clean(_(choice.why_not)))
        if choice is None:
            return self._go(self.control.step)
        self._select(choice)
        id = choice.id
        return self._go(lambda: self.control.run(id))

    def until_chosen(self) -> str | None:
        """On until the selected worker has made its next step."""
        chosen = self.chosen
        if chosen is None:
            return self._go(self.control.step)
        self._select(chosen)
        return self._go(lambda: self.control.until(chosen.key))

    def until_line(self) -> str | None:
        """On until a worker comes to another line, or ends."""
        return self._go(self.control.until_line)

    def _go(self, command: Callable[[], None]) -> str | None:
        """Carry out a command if anything can go on; it may come before the last step's end was seen."""
        if self.view.state is State.OVER:
            return _("the program has ended")
        if self.view.state is State.DEADLOCK:
            return _(STUCK)
        if self.view.replaying:
            return _("wait: the steps before are being repeated")
        command()
        return None

    def back(self, steps: int) -> int | str:
        """How many decisions to repeat in a fresh process to be so many steps further back; or why not."""
        made = max(self.view.step, self.goal)
        if made <= 0:
            return _("this is the beginning")
        return max(0, made - steps)
