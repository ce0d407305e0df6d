"""The header of a page beside a run's own, in lines; draws nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True, slots=True)
class Header:
    """What stands above the plot, as plain text: it may hold markup and is escaped where it is written.

    Attributes:
        title: The run and its data.
        notice: What a reader must know first; may be empty.
        lines: Each with its kind: ``plain`` or ``quiet``.
        links: Files beside the page: address and words.
    """

    title: str
    notice: str
    lines: Sequence[tuple[str, str]]
    links: Sequence[tuple[str, str]] = ()

    def to_html(self) -> str:
        """Return the header as HTML."""
        lines = [f"<h1>{escape(self.title)}</h1>"]
        if self.notice:
            lines.append(f'<p class="notice">{escape(self.notice)}</p>')
        lines += [f'<p class="{kind}">{escape(text)}</p>' for kind, text in self.lines]
        return "\n".join([*lines, links_html(self.links)])


def links_html(links: Sequence[tuple[str, str]]) -> str:
    """Return a line of links, each an address and its words; nothing without any."""
    made = "".join(f'<a href="{escape(address)}">{escape(words)}</a>' for address, words in links)
    return f'<p class="links">{made}</p>' if made else ""
