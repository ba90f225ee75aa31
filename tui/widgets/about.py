"""What a highlighted entry of the home screen is, in headed paragraphs."""

from __future__ import annotations

from collections.abc import Sequence

from concviz.tui.lines import Part, line, wrapped
from concviz.tui.widgets.lined import Lined

Paragraph = tuple[str, str]
"""A heading, '' for none, and the text."""


class About(Lined):
    """A title and paragraphs; of those that do not fit the last ones are left out."""

    def tell(self, title: str, body: Sequence[Paragraph]) -> None:
        """Show them."""
        width, palette = self.size.width, self.palette
        if not width:
            return
        ground = palette.text(background=palette.panel)
        quiet = palette.text(palette.muted, background=palette.panel)
        strong = palette.text(palette.accent, bold=True, background=palette.panel)
        lines: list[list[Part]] = [[], *([(words, strong)] for words in wrapped(title, max(10, width - 4)))]
        for number, (head, text) in enumerate(body):
            paragraph: list[list[Part]] = [[], [(head, quiet)]] if head else [[]]
            paragraph += [[(words, ground)] for words in wrapped(text, max(10, width - 4))]
            if number and len(lines) + len(paragraph) > self.size.height:
                break  # what does not fit whole is left out
            lines += paragraph
        strips = [line([("  ", ground), *parts], width, ground) for parts in lines]
        blank = line([], width, ground)
        self.show((strips + [blank] * self.size.height)[: self.size.height])
