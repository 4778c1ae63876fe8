"""Zero-shot classification: which class is an image given by the class prompts alone, and how often rightly?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.evaluation import statistics
from engine.evaluation.asking import Texts
from engine.evaluation.tasks import ZeroShot


@dataclass(frozen=True)
class Named:
    """One model's accuracy in 0..1 with its standard error over independent images; ``chance``: one of the classes."""

    model: str
    accuracy: float
    standard_error: float
    images: int
    chance: float


def class_vectors(texts: Texts, spec: ZeroShot, classes: Sequence[str]) -> np.ndarray:
    """Unit vectors of the classes (K, D): the mean over the templates. Raises `PromptTooLong`."""
    prompts = [[template.replace("{}", class_words(spec, name)) for template in spec.templates] for name in classes]
    texts.learn(prompt for each in prompts for prompt in each)
    vectors = np.stack([texts.mean(each) for each in prompts])
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def class_words(spec: ZeroShot, name: str) -> str:
    """What a class is called in a prompt: "grizzly+bear" -> "grizzly bear"."""
    return spec.names.get(name, name.replace("_", " ").replace("+", " "))


def named(model: str, images: np.ndarray, labels: np.ndarray, classes: np.ndarray) -> tuple[Named, np.ndarray]:
    """The figure for images (N, D) of known labels (N,), and which were named rightly (N,) bool."""
    right = (images @ classes.T).argmax(1) == labels
    error = statistics.share_error(right)
    return Named(model, float(right.mean()), error, len(right), 1 / len(classes)), right
