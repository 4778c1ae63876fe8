"""The tasks that come with the program, resources/tasks; light: the window lists them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from engine import settings


@dataclass(frozen=True)
class About:
    """A task in words; ``needs_data``: its images do not come with the program."""

    title: str
    note: str
    needs_data: bool


def bundled() -> dict[str, Path]:
    """The files by name."""
    return {file.stem: file for file in sorted((settings.resources_dir() / "tasks").glob("*.toml"))}


def about() -> dict[str, About]:
    """What to tell of each, by name; those that need nothing else come first."""
    found = {}
    for name, file in bundled().items():
        said = tomllib.loads(file.read_text(encoding="utf-8"))
        root = file.parent / said.get("root", ".")
        found[name] = About(said["name"], " ".join(said["note"].split()), not root.is_dir())
    return dict(sorted(found.items(), key=lambda item: (item[1].needs_data, item[1].title)))
