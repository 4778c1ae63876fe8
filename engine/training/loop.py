"""The training itself, read from top to bottom: `finetune` is called by a run's process and ends with the result.

Everything that decides the next step is in the last checkpoint (weights, optimizer, step) or follows from seed and
step, so a run that was killed and resumed ends as one that was not: bit for bit on a CPU.
"""

from __future__ import annotations

import time

from engine.clip import Clip
from engine.training import metrics, scoring
from engine.training.optimizing import Group, schedule
from engine.training.runs import DONE, PAUSE, PAUSED, RUNNING, WISHES, Run
from engine.training.working import prepare

LOG_EVERY = 10  # steps between two lines of metrics


def finetune(run: Run, clip: Clip, group: Group) -> None:
    """Train from the last checkpoint, or from the beginning, to the end or until somebody wishes otherwise.

    Raises `RunDamaged`, `ModelUnfit`, `TrainingDiverged`, `OutOfMemory`, `DiskFull`.
    """
    work = prepare(run, clip, group)
    steps, recipe = work.plan.steps, work.recipe
    progress = work.resume()
    rate = schedule(recipe, steps, work.batches.per_epoch)
    began = (time.monotonic(), progress.step)
    first = group.rank == 0  # the one process that writes
    if first:
        metrics.trim(run, progress.step)
        run.say(RUNNING, progress.step, steps)
    while True:
        # ---- evaluate and save, now and then
        if first and progress.evaluated != progress.step and progress.step % recipe.evaluate_every == 0:
            scoring.evaluate(work, progress)
        # ---- stop?
        wish = ("", *WISHES)[group.agree(_wish(run), work.batches.device)]
        if progress.step >= steps or wish:
            break
        # ---- a single step
        learning_rate = rate(progress.step)
        losses = work.stepper.step(work.batches.at(progress.step), learning_rate)
        progress.step += 1
        # ---- say so
        if first and (progress.step % LOG_EVERY == 0 or progress.step == steps):
            metrics.log(work, progress.step, losses, learning_rate, began)
            run.say(RUNNING, progress.step, steps)
    if not first:
        return
    if wish == PAUSE:
        work.save(progress)
        run.say(PAUSED, progress.step, steps)
        return
    if progress.evaluated != progress.step:
        scoring.evaluate(work, progress)
    scoring.finish(work, progress)
    run.say(DONE, progress.step, steps)


def _wish(run: Run) -> int:
    """The number of what was asked for: 0 nothing, 1 pause, 2 stop."""
    wished = run.wished()
    return ("", *WISHES).index(wished) if wished in WISHES else 0
