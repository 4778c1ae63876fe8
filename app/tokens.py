"""The design tokens: every colour and the measures of the 8-px grid. Pure data; `app.theme` puts them to use."""

from __future__ import annotations

from dataclasses import dataclass

GRID = 8
"""Everything is a multiple of this (or half of it), in device-independent pixels."""

RADIUS = 6
"""Corner radius of controls and panels."""

CONTROL_HEIGHT = 32
"""Height of buttons and fields."""


@dataclass(frozen=True)
class Tokens:
    """Colours of one theme, as ``#rrggbb``. Chrome is neutral, so that the colours of pictures are judged right."""

    name: str  # "dark" or "light"
    window: str  # behind everything, also behind pictures
    panel: str  # rail, side panels, fields
    raised: str  # buttons, menus, hovered rows
    line: str  # borders and dividers
    text: str
    quiet: str  # secondary text
    faint: str  # disabled text, marks of no importance
    accent: str  # focus, selection, the primary button
    on_accent: str  # text upon the accent
    problem: str  # a problem's icon and its edge, never near a picture
    good: str  # what was accepted, never near a picture
    first: str = "#56b4e9"  # picture A, always
    second: str = "#e69f00"  # picture B, always


DARK = Tokens(
    name="dark",
    window="#1b1c1e",
    panel="#232527",
    raised="#2c2f33",
    line="#3a3e43",
    text="#e6e7e9",
    quiet="#9aa0a6",
    faint="#6a7076",
    accent="#7aa2f7",
    on_accent="#15181f",
    problem="#f0837a",
    good="#86c28b",
)

LIGHT = Tokens(
    name="light",
    window="#f6f7f8",
    panel="#ffffff",
    raised="#eceef0",
    line="#d9dce0",
    text="#1d1f21",
    quiet="#5f6368",
    faint="#8f959b",
    accent="#3b6fd4",
    on_accent="#ffffff",
    problem="#b3362b",
    good="#2f7a3c",
)
