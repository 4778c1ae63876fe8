"""The options that every command takes, typed once.

Paths are declared ``readable=False`` here and in the commands: a path that cannot be read is a named problem of the
command, with exit code 1, where typer would call it wrong usage.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from engine.settings import default_library

_DEVICE = re.compile(r"auto|cpu|cuda(:\d+)?|mps")


def _device(value: str) -> str:
    if not _DEVICE.fullmatch(value):
        raise typer.BadParameter(f"{value!r} is none of auto, cpu, cuda, cuda:N, mps")
    return value


LibraryOption = Annotated[
    Path,
    typer.Option(
        "--library",
        metavar="FILE",
        readable=False,
        default_factory=default_library,
        show_default="in your account's data folder",
        help="The library to use.",
    ),
]
ModelOption = Annotated[
    str,
    typer.Option(
        "--model", metavar="NAME", show_default="the library's last, or the starter", help="The model to use."
    ),
]
DeviceOption = Annotated[
    str,
    typer.Option("--device", metavar="NAME", callback=_device, help="Compute on: auto, cpu, cuda, cuda:N or mps."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
