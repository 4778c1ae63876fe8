"""The log of a background process: everything it or its libraries print, its log records, its native crashes.

Called once, as the first thing a spawned process does; nothing ends it but the process.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import sys
from pathlib import Path

LOG_LIMIT = 5_000_000  # bytes; a longer log is put aside as NAME.1 at the next start
FORMAT = "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"


def open_log(path: Path) -> None:
    """Send stdout, stderr (also of C code), the fault handler and `logging` to ``path``, in append mode.

    Several processes may share one log: each line is written with one append. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_LIMIT:
        os.replace(path, path.with_name(path.name + ".1"))
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)
    # File names need not be UTF-8; a log line must never be the reason why a job fails.
    sys.stdout = open(1, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115
    faulthandler.enable(file=2)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format=FORMAT, force=True)
    logging.captureWarnings(True)
