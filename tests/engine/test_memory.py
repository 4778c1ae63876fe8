"""Memory as the system tells it, in real processes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from engine import memory

ROOT = Path(__file__).resolve().parent.parent.parent
SMALL = "from engine import memory; print(memory.taken())"
LARGE = f"""
import subprocess, sys
held = bytearray(300_000_000)
held[::4096] = bytes(len(held[::4096]))
subprocess.run([sys.executable, "-c", {SMALL!r}], check=True)
"""


def test_a_process_that_a_large_one_started_counts_itself_alone() -> None:
    done = subprocess.run([sys.executable, "-c", LARGE], cwd=ROOT, capture_output=True, text=True, check=True)
    assert 1_000_000 < int(done.stdout) < 150_000_000


def test_what_is_taken_grows_and_stays_grown() -> None:
    before = memory.taken()
    held = bytearray(before + 100_000_000)
    held[::4096] = bytes(len(held[::4096]))
    assert memory.taken() >= before + 90_000_000
    del held
    assert memory.taken() >= before + 90_000_000


# Other systems have no /proc/meminfo; `free` is None there, and a run is not refused for want of memory.
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says it")
def test_there_is_memory_left() -> None:
    found = memory.free()
    assert found is not None
    assert found > 10_000_000
