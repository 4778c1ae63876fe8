"""A report as a list of blocks, and the two functions that write blocks down: as one HTML file, and as Markdown.

Called by `engine.evaluation.report`.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:880px;margin:32px auto;padding:0 16px;color:#1d1f21}"
    "table{border-collapse:collapse;margin:16px 0;font-variant-numeric:tabular-nums}"
    "th,td{padding:4px 12px;border-bottom:1px solid #d9dce0;text-align:right}"
    "th:first-child,td:first-child{text-align:left}h1,h2,h3{font-weight:600}svg{max-width:100%;height:auto}"
)


@dataclass(frozen=True)
class Heading:
    """A title; ``level`` from 1."""

    level: int
    words: str


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    words: str


@dataclass(frozen=True)
class Table:
    """A table."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Plot:
    """A picture; ``words`` say what it shows."""

    svg: str
    words: str


Block = Heading | Text | Table | Plot


def as_html(found: Iterable[Block]) -> str:
    """One file that needs nothing else."""
    parts = ['<!doctype html><html lang="en"><meta charset="utf-8"><title>PairLens evaluation</title>']
    parts.append(f"<style>{STYLE}</style><body>")
    for block in found:
        match block:
            case Heading(level=level, words=words):
                parts.append(f"<h{level}>{html.escape(words)}</h{level}>")
            case Text(words=words):
                parts.append(f"<p>{html.escape(words)}</p>" if words else "")
            case Table(head=head, rows=rows):
                cells = [("th", head), *(("td", row) for row in rows)]
                lined = ("".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in row) for tag, row in cells)
                parts.append(f"<table>{''.join(f'<tr>{line}</tr>' for line in lined)}</table>")
            case Plot(svg=svg, words=words):
                parts.append(f"<figure>{svg}<figcaption>{html.escape(words)}</figcaption></figure>")
    return "\n".join([*parts, "</body></html>\n"])


def as_markdown(found: Iterable[Block], plots: Sequence[str]) -> str:
    """Markdown; ``plots`` are the files of its plots, in order."""
    files = iter(plots)
    parts = []
    for block in found:
        match block:
            case Heading(level=level, words=words):
                parts.append(f"{'#' * level} {_plain(words)}")
            case Text(words=words):
                parts.append(_plain(words))
            case Table(head=head, rows=rows):
                lined = [head, ("---", *("---:",) * (len(head) - 1)), *(tuple(map(_plain, row)) for row in rows)]
                parts.append("\n".join(f"| {' | '.join(row)} |" for row in lined))
            case Plot(words=words):
                parts.append(f"![{_plain(words)}]({next(files).replace(' ', '%20')})")
    return "\n\n".join(filter(None, parts)) + "\n"


def _plain(words: str) -> str:
    """Without what Markdown would take for its own."""
    return "".join(f"\\{character}" if character in "\\`*_[]<>|" else character for character in words)
