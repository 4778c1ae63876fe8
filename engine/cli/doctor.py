"""`pairlens doctor`: checks of this machine and of the library, and the way back from a damaged one."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from engine.cli import output
from engine.cli.options import DeviceOption, JsonOption, LibraryOption, ModelOption


def doctor(
    library: LibraryOption,
    restore: Annotated[
        bool, typer.Option("--restore", help="Put the newest backup in the library's place; the old file is kept.")
    ] = False,
    model: ModelOption = "",
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Check versions, device, library, free space, models, Ollama; exit code 1 when something needs you."""
    from engine.doctor import examine

    if restore:
        from engine.store import health

        done = health.restore(library)
        before = f"the file before is kept as {done.kept}" if done.kept else "there was no file before"
        output.say(f"{library} is now the backup {done.backup}; {before}")
    checks = []
    for check in examine(library, device):
        checks.append(check)
        if not as_json:
            print(output.printable(f"{'ok' if check.ok else 'NOT OK':<6} {check.name}: {check.detail}"))
            if check.remedy:
                print(output.printable(f"       -> {check.remedy}"))
    if as_json:
        output.document({"checks": [asdict(check) for check in checks]})
    wrong = [check.name for check in checks if not check.ok]
    if wrong:
        output.say(f"{len(wrong)} of {len(checks)} checks found a problem: {', '.join(wrong)}")
        raise typer.Exit(1)
