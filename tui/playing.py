"""Playing a session that is over: the cursor moves by itself, and who moves it takes the playing along."""

from __future__ import annotations

from collections.abc import Callable

from concviz.core.language import _
from concviz.core.timeline.playback import Playback
from concviz.tui.viewport import Mode, Viewport


class Player:
    """Moves the cursor on with the clock; each command returns what it has to say, None if nothing."""

    def __init__(self, viewport: Viewport) -> None:
        self.playback = Playback()
        """Where it plays to, and how fast."""
        self._viewport = viewport
        self._now_ns = 0

    def play_on(self, now_ns: int) -> bool:
        """Move the cursor to where it plays to by now; False where nothing plays."""
        self._now_ns = now_ns
        playback, port = self.playback, self._viewport
        if not playback.playing:
            return False
        if not port.following and port.cursor != playback.at_ns:  # the reader has moved it
            playback.move(now_ns, port.cursor)
        port.move_cursor(playback.advance(now_ns, port.start_ns, port.end_ns))
        return True

    def play(self) -> str | None:
        """Play the session that is over from the cursor on, or pause."""
        playback, port = self.playback, self._viewport
        if playback.playing:
            playback.pause()
        elif port.end_ns <= port.start_ns:
            return _("nothing happened in this session")
        else:
            turned = playback.backwards
            playback.play(self._now_ns, port.cursor_ns, port.start_ns, port.end_ns)
            port.move_cursor(playback.at_ns)
            if turned and not playback.backwards:
                return _("{speed}: nothing comes before this").format(speed=playback.words)
        return None

    def hasten(self, by: int) -> str:
        """Play faster (1) or slower (-1)."""
        return self._played(lambda: self.playback.hasten(by, self._now_ns))

    def turn(self) -> str:
        """Play the other way."""
        return self._played(lambda: self.playback.turn(self._now_ns))

    def _played(self, change: Callable[[], None]) -> str:
        if self._viewport.mode is not Mode.ENDED:
            return _("playing is for sessions that are over")
        change()
        words = self.playback.words
        return words if self.playback.playing else _("{speed}: space plays").format(speed=words)
