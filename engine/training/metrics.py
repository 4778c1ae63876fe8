"""metrics.jsonl: what a run says of itself while it goes on, a line every few steps."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict
from typing import Any

import torch

from engine import memory
from engine.training.optimizing import Losses
from engine.training.runs import Run
from engine.training.working import Work


def log(work: Work, step: int, losses: Losses, learning_rate: float, began: tuple[float, int]) -> None:
    """Losses, learning rate, speed, memory after a step; ``began``: when this process took which step first."""
    seconds = time.monotonic() - began[0]
    taken = torch.cuda.max_memory_allocated() if work.batches.device.type == "cuda" else memory.taken()
    line = {
        "step": step, **asdict(losses), "learning_rate": learning_rate,
        "temperature": round(float(work.trainee.temperature.detach()), 6),
        "pairs_per_second": round((step - began[1]) * work.batches.size / seconds, 1), "memory_mb": round(taken / 1e6),
    }  # fmt: skip
    append(work.run, line)


def append(run: Run, line: dict[str, Any]) -> None:
    """Add a line."""
    with (run.folder / "metrics.jsonl").open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(line) + "\n")


def trim(run: Run, step: int) -> None:
    """Drop the lines that come again: those after the checkpoint that the run goes on from."""
    lines = [line for line in run.metrics() if line["step"] <= step]
    part = run.folder / ".metrics.jsonl.part"
    part.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    os.replace(part, run.folder / "metrics.jsonl")
