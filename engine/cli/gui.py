"""`pairlens [gui] [FOLDER...]`: opens the window, a program of its own, and ends when it is closed."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from engine.cli import output
from engine.cli.options import DeviceOption, ModelOption
from engine.settings import log_dir


def gui(
    folders: Annotated[
        list[Path] | None, typer.Argument(metavar="[FOLDER]...", readable=False, help="Folders to add.")
    ] = None,
    library: Annotated[
        Path | None,
        typer.Option(
            "--library", metavar="FILE", readable=False, show_default="the last one", help="The library to open."
        ),
    ] = None,
    model: ModelOption = "",
    device: DeviceOption = "auto",
    safe: Annotated[
        bool, typer.Option("--safe", help="Restore neither layout nor model; look through no folder.")
    ] = False,
) -> None:
    """Open the window and add the folders."""
    # -P: a file app.py in the folder we are started from is not our window.
    command = [sys.executable, "-P", "-m", "app", "--model", model, "--device", device]
    command += ["--library", str(library)] if library else []
    command += ["--safe"] if safe else []
    status = subprocess.run([*command, "--", *map(str, folders or ())], check=False).returncode
    if status == -signal.SIGINT:
        raise KeyboardInterrupt
    if status < 0:
        output.say(f"the window ended by signal {-status}; its log is {log_dir() / 'window.log'}")
    raise typer.Exit(status if status >= 0 else 1)
