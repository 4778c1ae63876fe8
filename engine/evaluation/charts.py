"""Plots of a report as SVG text, drawn here: bars with error bars, and lines along the path of weight averaging.

Called by `engine.evaluation.report`. Colours are told apart by colour-blind people (Okabe and Ito).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import isfinite

COLOURS = ("#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#0072b2", "#d55e00", "#8a8a8a", "#b8a800")
WIDTH, HEIGHT = 760, 300
LEFT, RIGHT, TOP, BOTTOM = 48, 16, 16, 44
ROW = 20  # of the legend


@dataclass(frozen=True)
class Point:
    """A value in 0..1 with its standard error (NaN: none); ``x`` in 0..1 matters to lines only."""

    value: float
    error: float = float("nan")
    x: float = 0.0


Series = tuple[str, Sequence[Point]]


def bars(groups: Sequence[str], series: Sequence[Series]) -> str:
    """A bar for every group and series; the dashed line is chance, 50 %."""
    width = (WIDTH - LEFT - RIGHT) / max(1, len(groups))
    bar = min(40.0, 0.8 * width / max(1, len(series)))
    gap = min(1.0, bar / 8)  # at each side, of as many bars as there are
    parts = [_axis()]
    for number, (_, points) in enumerate(series):
        for place, point in enumerate(points):
            centre = LEFT + (place + 0.5) * width + (number - (len(series) - 1) / 2) * bar
            top, base = _y(point.value), _y(0)
            parts.append(
                f'<rect x="{centre - bar / 2 + gap:.2f}" y="{top:.1f}" width="{bar - 2 * gap:.2f}" '
                f'height="{base - top:.1f}" fill="{_colour(number)}"/>'
            )
            parts.append(_whisker(centre, point))
    parts += [_text(LEFT + (place + 0.5) * width, HEIGHT - BOTTOM + 18, name) for place, name in enumerate(groups)]
    return _whole(parts, [name for name, _ in series])


def lines(series: Sequence[Series], label: str) -> str:
    """A line for each series over x in 0..1, which ``label`` names."""
    parts = [_axis()]
    for number, (_, points) in enumerate(series):
        way = " ".join(f"{_x(point.x):.1f},{_y(point.value):.1f}" for point in points)
        parts.append(f'<polyline points="{way}" fill="none" stroke="{_colour(number)}" stroke-width="2"/>')
        parts += [_whisker(_x(point.x), point, _colour(number)) for point in points]
    parts += [_text(_x(step / 5), HEIGHT - BOTTOM + 18, f"{step / 5:g}") for step in range(6)]
    parts.append(_text(_x(0.5), HEIGHT - 8, label))
    return _whole(parts, [name for name, _ in series])


def _axis() -> str:
    """Percent from 0 to 100, with the line of chance."""
    parts = []
    for tenth in range(0, 11, 2):
        y = _y(tenth / 10)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e3e3e3"/>')
        parts.append(_text(LEFT - 8, y + 4, f"{10 * tenth}", anchor="end"))
    y = _y(0.5)
    parts.append(
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#777" stroke-dasharray="4 3"/>'
    )
    return "".join(parts)


def _whisker(x: float, point: Point, colour: str = "#222") -> str:
    """One standard error up and down."""
    if not isfinite(point.error):
        return ""
    low, high = _y(max(0.0, point.value - point.error)), _y(min(1.0, point.value + point.error))
    ends = "".join(f'<line x1="{x - 3:.1f}" x2="{x + 3:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>' for y in (low, high))
    return f'<g stroke="{colour}"><line x1="{x:.1f}" x2="{x:.1f}" y1="{low:.1f}" y2="{high:.1f}"/>{ends}</g>'


def _whole(parts: Sequence[str], names: Sequence[str]) -> str:
    """The picture with its legend below."""
    legend = []
    for number, name in enumerate(names):
        y = HEIGHT + 4 + ROW * number
        legend.append(f'<rect x="{LEFT}" y="{y}" width="12" height="12" fill="{_colour(number)}"/>')
        legend.append(_text(LEFT + 20, y + 10, name, anchor="start"))
    height = HEIGHT + 8 + ROW * len(names)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'font-family="system-ui, sans-serif" font-size="12" role="img">'
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>{"".join(parts)}{"".join(legend)}</svg>'
    )


def _text(x: float, y: float, words: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="#333">{escape(words)}</text>'


def _colour(number: int) -> str:
    return COLOURS[number % len(COLOURS)]


def _x(share: float) -> float:
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _y(value: float) -> float:
    return TOP + (1 - value) * (HEIGHT - TOP - BOTTOM)
