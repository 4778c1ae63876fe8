"""What the system says of memory: how much this process has taken, and how much can still be had. Light: no torch."""

from __future__ import annotations

import sys
from pathlib import Path


def taken() -> int:
    """Bytes that this process has taken at most, 0 where the system does not say."""
    if sys.platform == "linux":
        # What getrusage says counts the process that started this one, too.
        return _kilobytes(Path("/proc/self/status"), "VmHWM") or 0
    try:
        import resource
    except ImportError:  # Windows
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def free() -> int | None:
    """Bytes that can still be had, None where the system does not say."""
    return _kilobytes(Path("/proc/meminfo"), "MemAvailable")


def _kilobytes(file: Path, name: str) -> int | None:
    """A line such as "VmHWM:   8752 kB" of a file of the system, in bytes."""
    try:
        lines = file.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    found = {key: rest for key, _, rest in (line.partition(":") for line in lines)}
    return int(found[name].split()[0]) * 1024 if name in found else None
