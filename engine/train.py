"""`python -m engine.train RUN_FOLDER`: the process of a training run, and what `torchrun` starts.

Started by `engine.training.runs.start` with a folder that was planned; goes on from its last checkpoint. It takes the
run's lock before it imports torch, so that it is seen to be at work at once. Ends with the run: done, paused or failed,
which it writes into the folder. Exit code 0, or 1 with the problem in state.json.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from filelock import Timeout

from engine.errors import PairLensError
from engine.training.runs import FAILED, Run

PATIENCE = 2.0  # seconds: somebody may only be looking whether the lock is held


def main() -> int:
    """Train the run of a folder; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m engine.train", description="Train a planned run.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--device", default="auto")
    options = parser.parse_args()
    run = Run(options.folder.absolute())
    rank = int(os.environ.get("RANK", "0"))
    try:
        if rank:
            return _train(run, options.device, rank)
        with run.lock().acquire(timeout=PATIENCE, poll_interval=0.01):
            return _train(run, options.device, rank)
    except Timeout:
        sys.stderr.write(f"Another process is at work on the run {run.name}.\n")
        return 1


def _train(run: Run, device: str, rank: int) -> int:
    import torch

    from engine import clip
    from engine.training.loop import finetune
    from engine.training.optimizing import Group

    local = os.environ.get("LOCAL_RANK")
    if local is not None and device == "auto" and torch.cuda.is_available():
        device = f"cuda:{local}"
    try:
        loaded = clip.load(run.plan().model, device)
        with Group.join(torch.device(loaded.device)) as group:
            finetune(run, loaded, group)
    except PairLensError as error:
        sys.stderr.write(f"{error.problem()}\n{error.details}\n")
        if not rank:
            state = run.state()
            run.say(FAILED, state.step, state.steps, error.problem())
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
