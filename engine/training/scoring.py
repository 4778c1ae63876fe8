"""How good a run's encoder is: along the way on the validation part, at the end on the held-out part.

The validation part chooses checkpoint and strength; the held-out part is looked at once, for the figures.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine.training import checkpoints, evaluation, metrics, towers
from engine.training.evaluation import Encoder
from engine.training.export import export
from engine.training.pairs import HELD_OUT, VALIDATION
from engine.training.runs import BEST, write_json
from engine.training.trial import Trial
from engine.training.working import Progress, Work


def evaluate(work: Work, progress: Progress) -> None:
    """Measure on the validation part, keep the weights if they are the best so far, save the checkpoint."""
    found = measure(work, VALIDATION)
    score = (found["accuracy"], -found["loss"])
    if score > progress.best_score:
        progress.best_score, progress.best_step = score, progress.step
        checkpoints.save(work.run.folder / BEST, work.trainee.changed(), {**work.origin(), "step": progress.step})
    progress.evaluated = progress.step
    metrics.append(work.run, {"step": progress.step, "validation": found, "best_step": progress.best_step})
    work.save(progress)


def measure(work: Work, part: int) -> dict[str, float]:
    """Loss, accuracy by rule and their mean, and the share of the images that kept their zero-shot class."""
    rows, numbers = work.pairs.part(part), work.pairs.texts_of(part)
    device = work.batches.device
    with torch.no_grad():
        found = work.trainee(torch.from_numpy(numbers).to(device)).cpu().numpy()
        classes = work.trainee(work.classes).cpu().numpy()
    texts = np.zeros((len(work.pairs.texts), work.clip.dim), np.float32)
    texts[numbers] = found
    rules = evaluation.by_statements(texts, work.pairs, part)
    accuracies = {rule: accuracy.accuracy for rule, accuracy in rules.items()}
    batch = work.batches.of(torch.from_numpy(rows[: work.batches.size]).to(device), work.classes[:0])
    kept = evaluation.kept(classes, work.classes_before, work.pairs.images_of(part))
    mean = float(np.mean([*accuracies.values()]))
    loss = work.stepper.losses(batch).contrastive
    scores = {"loss": loss, **accuracies, "accuracy": mean, "zero_shot_kept": kept}
    return {key: round(value, 6) for key, value in scores.items()}


def finish(work: Work, progress: Progress) -> None:
    """Find the strength on the validation part, take the figures on the held-out part, export the model."""
    tuned, _ = checkpoints.load(work.run.folder / BEST)
    curve = evaluation.strengths(lambda strength: _at_strength(work, tuned, strength, VALIDATION))
    strength = evaluation.best_strength(curve, work.recipe.keep)
    held_out = {f"{at:g}": _held_out(work, tuned, at) for at in sorted({0.0, strength, 1.0})}
    towers.put(work.clip.network, work.before)
    folder = export(work.run, strength, trial=Trial.of(work.run, work.clip))
    result = {
        "run": work.run.name, "steps": progress.step, "best_step": progress.best_step, "strength": strength,
        "before": held_out["0"], "after": held_out[f"{strength:g}"], "at_full_strength": held_out["1"],
        "curve": curve, "checkpoint": str(folder),
    }  # fmt: skip
    write_json(work.run.folder / "result.json", result)


def _at_strength(work: Work, tuned: dict[str, Tensor], strength: float, part: int) -> dict[str, float]:
    """The rules by statements and zero-shot on one part, with the weights at a strength."""
    towers.put(work.clip.network, towers.blend(work.before, tuned, strength))
    rules = evaluation.by_statements(_encoded(work, part), work.pairs, part)
    kept = evaluation.kept(work.clip.encode_texts(work.plan.classes), work.classes_before, work.pairs.images_of(part))
    accuracies = {rule: round(accuracy.accuracy, 6) for rule, accuracy in rules.items()}
    return {**accuracies, "accuracy": float(np.mean([*accuracies.values()])), "zero_shot_kept": round(kept, 6)}


def _held_out(work: Work, tuned: dict[str, Tensor], strength: float) -> dict[str, Any]:
    """Every rule on the held-out part, with the weights at a strength."""
    found = _at_strength(work, tuned, strength, HELD_OUT)
    rules = evaluation.by_statements(_encoded(work, HELD_OUT), work.pairs, HELD_OUT)
    rules |= evaluation.by_prompts(Encoder(work.clip, f"{work.run.folder}:{strength}"), work.pairs, HELD_OUT)
    return {rule: accuracy.as_json() for rule, accuracy in rules.items()} | {"zero_shot_kept": found["zero_shot_kept"]}


def _encoded(work: Work, part: int) -> np.ndarray:
    """Vectors of the texts of one part, by the network itself; the other rows are 0: (T, D)."""
    numbers = work.pairs.texts_of(part)
    texts = np.zeros((len(work.pairs.texts), work.clip.dim), np.float32)
    texts[numbers] = work.clip.encode_texts([work.pairs.texts[number] for number in numbers])
    return texts
