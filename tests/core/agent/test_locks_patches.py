"""What a hook replaced is put back when the hook fails."""

from __future__ import annotations

from concviz.core.agent.patches import Patches


class Base:
    def inherited(self) -> str:
        return "base"


class Owner(Base):
    def own(self) -> str:
        return "own"


def test_a_failed_hook_leaves_everything_as_it_was() -> None:
    before = dict(vars(Owner))
    patches = Patches("hook test")
    patches.put(Owner, "own", lambda self: "ours")
    patches.put(Owner, "own", lambda self: "ours again")
    patches.put(Owner, "inherited", lambda self: "ours")
    assert (Owner().own(), Owner().inherited()) == ("ours again", "ours")
    patches.failed()
    assert dict(vars(Owner)) == before
    assert (Owner().own(), Owner().inherited()) == ("own", "base")


def test_what_somebody_else_replaced_since_stays() -> None:
    class Other(Base):
        pass

    patches = Patches("hook test")
    patches.put(Other, "inherited", lambda self: "ours")
    setattr(Other, "inherited", lambda self: "theirs")  # noqa: B010
    patches.undo()
    assert Other().inherited() == "theirs"
