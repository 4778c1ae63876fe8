"""The window's command line as data."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """How the window is started. ``library`` None = the one opened last; ``model`` "" = the library's own."""

    folders: tuple[bytes, ...] = ()
    library: Path | None = None
    model: str = ""
    device: str = "auto"
    safe: bool = False  # nothing remembered is restored; see `app.application`


def parse(arguments: Sequence[str]) -> Options:
    """Read the command line; exits with 2 and a usage line where it makes no sense."""
    parser = argparse.ArgumentParser(prog="pairlens gui", description="Compare images with words.")
    parser.add_argument("folders", nargs="*", metavar="FOLDER", help="folders (or images) to add to the library")
    parser.add_argument("--library", type=Path, metavar="FILE", help="the library to open (default: the last one)")
    parser.add_argument("--model", default="", metavar="NAME", help="the model to use, see `pairlens models list`")
    parser.add_argument("--device", default="auto", metavar="D", help="auto, cpu, cuda, cuda:N or mps")
    parser.add_argument("--safe", action="store_true", help="restore neither the window's layout nor the last model")
    given = parser.parse_args(arguments)
    folders = tuple(os.path.abspath(os.fsencode(folder)) for folder in given.folders)
    library = given.library.expanduser().absolute() if given.library else None
    return Options(folders, library, given.model, given.device, given.safe)
