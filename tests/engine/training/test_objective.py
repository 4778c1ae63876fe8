"""The losses against their formulas written out, and the module that is trained against open_clip's own encoder."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.clip import Clip
from engine.training import evaluation, objective, towers
from engine.training.optimizing import schedule
from engine.training.recipes import PAPER, Recipe


def unit(rng: np.random.Generator, count: int, size: int = 8) -> torch.Tensor:
    vectors = torch.from_numpy(rng.standard_normal((count, size)))
    return vectors / vectors.norm(dim=1, keepdim=True)


@given(st.integers(0, 1000), st.integers(2, 9), st.floats(0.05, 2))
def test_the_loss_is_the_papers_formula(seed: int, count: int, temperature: float) -> None:
    rng = np.random.default_rng(seed)
    texts, differences = unit(rng, count), unit(rng, count)
    scores = (texts @ differences.T / temperature).exp().numpy()
    by_text = -np.log(np.diag(scores) / scores.sum(1)).mean()
    by_pair = -np.log(np.diag(scores) / scores.sum(0)).mean()
    found = objective.contrastive(texts, differences, temperature)
    assert float(found) == pytest.approx((by_text + by_pair) / 2)


def test_the_same_words_about_another_pair_are_no_wrong_answer() -> None:
    texts = torch.eye(4)[[0, 0, 1, 2]]
    differences = torch.eye(4)[[0, 0, 1, 2]]
    spared = objective.contrastive(texts, differences, 0.1, torch.tensor([7, 7, 8, 9]))
    alone = objective.contrastive(texts[1:], differences[1:], 0.1)
    assert float(spared) == pytest.approx(float(alone), abs=1e-4)
    assert float(objective.contrastive(texts, differences, 0.1)) > float(spared) + 0.3


def test_differences_are_unit_and_change_sign_with_the_order() -> None:
    rng = np.random.default_rng(0)
    first, second = unit(rng, 5), unit(rng, 5)
    found = objective.unit_differences(first, second)
    assert torch.allclose(found.norm(dim=1), torch.ones(5, dtype=found.dtype))
    assert torch.equal(found, -objective.unit_differences(second, first))


TEXTS = ["a dog", "the first is brighter than the second", "one " * 90, ""]


def test_a_cut_batch_gives_what_open_clip_gives(clip: Clip) -> None:
    tokens = clip.tokenize(TEXTS)
    with torch.no_grad():
        expected = clip.network.encode_text(tokens)
        assert torch.allclose(towers.encode_text(clip.network, tokens), expected, atol=1e-5)
        short = towers.encode_text(clip.network, tokens[[0, 1, 3]])
    assert torch.allclose(short, expected[[0, 1, 3]], atol=1e-5)


def test_the_adapter_folds_into_the_projection(clip: Clip) -> None:
    tokens = clip.tokenize(TEXTS)
    adapter = towers.make_trainee(Recipe(trainer="adapter", rank=4), clip.network, tokens)
    assert isinstance(adapter, towers.Adapter)
    numbers = torch.arange(len(TEXTS))
    before = {name: clip.network.state_dict()[name].clone() for name in adapter.changed()}
    with torch.no_grad():
        assert np.allclose(adapter(numbers).numpy(), clip.encode_texts(TEXTS), atol=1e-5)  # begins as the identity
        adapter.up.normal_(generator=torch.Generator().manual_seed(1))
        expected = adapter(numbers).numpy()
    towers.put(clip.network, adapter.changed())
    folded = clip.encode_texts(TEXTS)
    towers.put(clip.network, before)
    assert np.allclose(folded, expected, atol=1e-5)
    assert not np.allclose(folded, clip.encode_texts(TEXTS), atol=1e-2)


@pytest.mark.parametrize(
    ("changes", "trained"),
    [
        ({"parts": ("blocks",)}, {"transformer"}),
        ({"parts": ("projection", "final-norm")}, {"text_projection", "ln_final"}),
        ({"parts": ("embeddings",)}, {"token_embedding", "positional_embedding"}),
    ],
)
def test_only_the_chosen_parts_are_trained(clip: Clip, changes: dict[str, object], trained: set[str]) -> None:
    tower = towers.make_trainee(Recipe.model_validate(changes), clip.network, clip.tokenize(TEXTS))
    assert {name.split(".")[0] for name in tower.changed()} == trained


def test_the_papers_schedule_falls_once_an_epoch() -> None:
    rate = schedule(PAPER, 40, 2)
    assert [rate(step) for step in (0, 1, 2, 39)] == pytest.approx([1e-8, 1e-8, 0.9e-8, 0.9**19 * 1e-8])


def test_kept_counts_the_classes_that_are_still_beaten() -> None:
    images, before = np.eye(3, dtype=np.float32), np.eye(3, dtype=np.float32)
    assert evaluation.kept(before, before, images) == 1
    assert evaluation.kept(before[[1, 0, 2]], before, images) == pytest.approx(1 / 3, abs=0.01)


def test_the_strength_is_the_best_that_keeps_enough() -> None:
    curve = [{"strength": at, "accuracy": at, "zero_shot_kept": 1 - at / 10} for at in (0.0, 0.5, 1.0)]
    assert evaluation.best_strength(curve, 0.94) == 0.5
    assert evaluation.best_strength(curve, 0.9) == 1
    assert evaluation.best_strength(curve, 0.999) == 0
