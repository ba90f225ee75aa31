"""The lanes: at the left the tree of workers, at the right what each of them did."""

from __future__ import annotations

from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip

from concviz.core.language import current
from concviz.core.model import Kind, Known, Outcome, State
from concviz.tui import glyphs
from concviz.tui.lines import Part, cut, cut_name, fitted, line, width_of
from concviz.tui.palette import Palette
from concviz.tui.palettes import PALETTES
from concviz.tui.picture import Head, Image, Lanes, head_of
from concviz.tui.strips import least_known, segments
from concviz.tui.view import SessionView
from concviz.tui.widgets.pointed import Pointed

STATE_ROOM = 8
NARROW_HEAD = 20
HEADS_EVERY = 5
LEAST_ABOUT = 5


def head_width(width: int) -> int:
    """Columns of the tree beside the lanes."""
    return max(28, min(52, width // 4 + 10)) if width >= 60 else max(12, width * 2 // 5)


class LaneView(Pointed):
    """The visible rows. Repaints a row when its image differs from the last one drawn."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.cache = Lanes()
        self.notice: list[str] = []
        self._noticed: list[str] = []
        self._images: list[Image | None] = []
        self._heads: dict[tuple[int, bool], Head] = {}
        self._heads_for: tuple[object, ...] = ()

    @property
    def head_columns(self) -> int:
        """Width of the tree."""
        return head_width(self.size.width)

    def row_at(self, y: int) -> int | None:
        """The row on a line."""
        position = self.view.top + y if self.view is not None else 0
        return position if self.view is not None and position < len(self.view.rows) else None

    def forget(self) -> None:
        """Draw everything anew (another theme or session)."""
        self._images = []
        self._heads_for = ()
        self.cache.forget()
        self.refresh()

    def paint(self) -> int:
        """Compare the rows in sight with what is drawn; returns how many must be drawn again."""
        view = self.view
        if view is None or not self.size.height:
            return 0
        self.cache.next_frame()
        self._refresh_heads(view)
        chosen = view.position
        images = [self._image(view, view.top + y, chosen) for y in range(self.size.height)]
        before, self._images = self._images, images
        strips = self._strips
        self._strips = strips = (strips + [Strip([])] * len(images))[: len(images)]
        dirty = 0
        anew = self.notice != self._noticed
        self._noticed = self.notice
        for y, image in enumerate(images):
            if anew or y >= len(before) or before[y] != image:
                strips[y] = self._strip(image, view, y)
                self.refresh(Region(0, y, self.size.width, 1))
                dirty += 1
        return dirty

    def _refresh_heads(self, view: SessionView) -> None:
        """While the program runs, states beside the names change a few times a second, not every frame."""
        port = view.viewport
        live = port.following and not port.ended
        when = self.cache.frame // HEADS_EVERY if live else port.cursor_ns
        key = (live, when, view.timeline.revision if not live else 0)
        if key != self._heads_for:
            self._heads_for = key
            self._heads.clear()

    def _image(self, view: SessionView, position: int, chosen: int) -> Image | None:
        if position >= len(view.rows):
            return None
        row = view.rows[position]
        port = view.viewport
        head = self._heads.get(row.key)
        if (
            head is None
            or (row.count and head.fold is not row.opened)
            or head.depth != row.depth
            or row.group
        ):
            t_ns = max(port.start_ns, port.cursor_ns - (1 if port.following else 0))
            # at the live end, also of a program that is over, those who have ended say how
            head = self._heads[row.key] = head_of(row, view.timeline, t_ns, port.following)
        if row.group:
            painted = self.cache.of_group(row.worker, view.timeline, port)
        else:
            painted = self.cache.of(view.timeline.workers[row.worker], view.timeline, port)
        return Image(head, painted, position == chosen, port.cursor_column)

    def _strip(self, image: Image | None, view: SessionView, y: int) -> Strip:
        width, palette = self.size.width, self.palette
        if image is None:
            return self._notice_line(y)
        head_columns = self.head_columns
        known = max(image.head.known, least_known(image.painted))
        parts = head_segments(image.head, known, head_columns - 1, image.chosen, palette)
        bar = scrollbar(y, self.size.height, view.top, len(view.rows))
        parts.append(Segment(bar, palette.text(palette.faint)))
        columns = width - head_columns
        cells = segments(image.painted, palette, image.cursor)
        rest = columns - len(image.painted.inks)
        if rest > 0:
            cells.extend(blank(rest, image.cursor, len(image.painted.inks), image.chosen, palette))
        return Strip([*parts, *cells], width)

    def _notice_line(self, y: int) -> Strip:
        """Blank, or a line of the notice in the middle of an empty screen."""
        width, palette = self.size.width, self.palette
        index = y - max(0, (self.size.height - len(self.notice)) // 2)
        text = cut(self.notice[index], width - 2) if 0 <= index < len(self.notice) else ""
        left = (width - cell_len(text)) // 2
        style = palette.text(palette.foreground if index == 0 else palette.muted)
        return line([(" " * left, style), (text, style)], width, palette.text())


def blank(count: int, cursor: int | None, start: int, chosen: bool, palette: Palette) -> list[Segment]:
    """Cells in which nothing is known, with the cursor line through them."""
    ground = palette.text(palette.faint, background=palette.panel if chosen and not palette.plain else None)
    if cursor is None or not start <= cursor < start + count:
        return [Segment(" " * count, ground)]
    before = cursor - start
    bar = palette.text(palette.muted)
    return [Segment(" " * before, ground), Segment("│", bar), Segment(" " * (count - before - 1), ground)]


def scrollbar(y: int, height: int, top: int, total: int) -> str:
    """The thin bar between tree and lanes: thick where the visible rows are among all rows."""
    if total <= height:
        return " "
    first = top * height // total
    size = max(1, height * height // total)
    return "┃" if first <= y < first + size else "│"


@lru_cache(maxsize=4096)
def _head(
    head: Head, known: Known, width: int, chosen: bool, palette_name: str, _language: str,
) -> tuple[Segment, ...]:
    palette = PALETTES[palette_name]
    ink = palette.chosen if chosen else palette.text
    ground = ink()
    fold = " " if head.fold is None else glyphs.OPEN if head.fold else glyphs.FOLDED
    narrow = width < NARROW_HEAD
    indent = " " * min(head.depth, 1 if narrow else width // 4)
    if head.kind is None:
        parts = [(f" {indent}{fold} {head.name}", ink(palette.muted))]
        return tuple(line(parts, width, ground))
    over = head.state is State.ENDED or head.state is None
    name_style = ink(palette.muted if over else palette.foreground, bold=chosen)
    lead = [(f" {indent}{fold}", ink(palette.muted)), (f"{glyphs.KINDS[head.kind]} ", ink(palette.accent))]
    right = _state_parts(head, palette, chosen)
    if narrow:  # the name needs the room more than the state's word
        right = [(text[:2], style) for text, style in right]
    sign = "" if known is Known.EXACT else f" {glyphs.KNOWN[known]}"
    room = width - width_of(lead) - width_of(right) - len(sign) - 1
    name = [(cut_name(head.name, room), name_style)]
    left = room - width_of(name) - 1
    about = head.about if cell_len(head.about) <= left else head.about.rpartition(".")[2]
    if about and left >= (LEAST_ABOUT if head.kind is Kind.TASK else cell_len(about)):
        name.append((f" {cut(about, left)}", ink(palette.muted)))
    name.append((sign, ink(palette.muted)))  # of the lane: before a pid it would be of that number
    return tuple(line([*lead, *name], width, ground, right))


def _state_parts(head: Head, palette: Palette, chosen: bool) -> list[Part]:
    styled = palette.chosen if chosen else palette.text
    if head.state is None:
        return [(" " * STATE_ROOM, styled())]
    if head.state is State.ENDED:
        bad = head.outcome in (Outcome.FAILED, Outcome.KILLED)
        word = glyphs.outcome_word(head.outcome, short=True)
        text = fitted(f"{glyphs.OUTCOMES[head.outcome]} {word[:6]}", STATE_ROOM)
        return [(text, styled(palette.bad if bad else palette.muted))]
    if head.state is State.RUNNING:
        word = glyphs.state_word(State.RUNNING, short=True)
        return [(fitted(f"{glyphs.RUNNING} {word}", STATE_ROOM), styled(palette.running))]
    word = glyphs.reason_word(head.reason, short=True) or glyphs.state_word(head.state, short=True)
    text = fitted(f"{glyphs.of(head.state, head.reason)} {word}", STATE_ROOM)
    return [(text, styled(palette.of(head.state, head.reason)))]


def head_segments(head: Head, known: Known, width: int, chosen: bool, palette: Palette) -> list[Segment]:
    """The tree's part of a row, at exactly ``width`` cells; ``known`` tells of the cells in sight."""
    return list(_head(head, known, width, chosen, palette.name, current()))
