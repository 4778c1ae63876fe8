"""Torch is imported as `import` would, only more considerately; in a process that has not imported it yet."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import gc, sys
from engine import heavy
assert "torch" not in sys.modules
collected = []
gc.callbacks.append(lambda phase, info: collected.append(info["generation"]))
heavy.import_torch()
assert not collected, collected  # nobody waited for the collector
assert gc.isenabled() and gc.get_freeze_count() > 100_000
import open_clip, torch
assert torch.ones(2).sum() == 2
heavy.import_torch()
"""


def test_torch_works_and_the_garbage_collector_is_back() -> None:
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-W", "error::ResourceWarning", "-c", PROGRAM], cwd=root, check=True, timeout=120)
