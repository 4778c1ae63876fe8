"""How fast the text tower trains beside a plain loop; `python -m tests.bench.bench_training [--json FILE]`.

Model: the text tower of ViT-B-32 with random weights, its 12 blocks trained with the paper's settings. The plain loop
does what released CLIP finetuning scripts do: every sentence padded to 77 tokens, float32, a look-up a pair. Both see
the same batches; their losses over the first steps are compared.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import torch

from engine.training.optimizing import Batches, Group, Stepper
from engine.training.pairs import Pairs
from engine.training.recipes import PAPER, Recipe
from engine.training.towers import make_trainee

ARCHITECTURE = "ViT-B-32"
DIM = 512
IMAGES, PAIRS = 200, 2000
LIMIT = 2.5  # times the plain loop's pairs a second
WORDS = (
    "bright",
    "dark",
    "red",
    "green",
    "large",
    "small",
    "old",
    "new",
    "round",
    "flat",
    "near",
    "far",
    "warm",
    "cold",
)


def pairs(rng: np.random.Generator) -> Pairs:
    """Random unit vectors, and a different sentence of 12 to 24 words for every pair."""
    images = rng.standard_normal((IMAGES, DIM)).astype(np.float32)
    images /= np.linalg.norm(images, axis=1, keepdims=True)
    texts = tuple(
        f"{number}: the first is {' '.join(rng.choice(WORDS, rng.integers(6, 18)))} unlike the second"
        for number in range(PAIRS)
    )
    ends = np.array([rng.choice(IMAGES, 2, replace=False) for _ in range(PAIRS)])
    rows = np.column_stack([ends, np.arange(PAIRS), np.full(PAIRS, -1)])
    return Pairs(texts, images, rows, np.zeros(PAIRS, np.int64))


def ours(network: torch.nn.Module, data: Pairs, recipe: Recipe, steps: int, device: torch.device) -> list[float]:
    """Losses of ``steps`` steps."""
    tokens = open_clip.get_tokenizer(ARCHITECTURE)(list(data.texts)).to(device)
    trainee = make_trainee(recipe, network, tokens)
    batches = batches_of(recipe, data, device)
    stepper = Stepper(recipe, trainee, Group(), device)
    return [stepper.step(batches.at(step), recipe.learning_rate).contrastive for step in range(steps)]


def batches_of(recipe: Recipe, data: Pairs, device: torch.device) -> Batches:
    """The batches, without anchors."""
    return Batches(recipe, data, data.rows, torch.zeros(0, dtype=torch.long, device=device),
                   torch.zeros(0, DIM, device=device))  # fmt: skip


def plain(network: Any, data: Pairs, recipe: Recipe, steps: int, device: torch.device) -> list[float]:
    """The same steps as a plain script takes them."""
    tokenizer = open_clip.get_tokenizer(ARCHITECTURE)
    for name, parameter in network.named_parameters():
        parameter.requires_grad_(name.startswith("transformer."))
    optimizer = torch.optim.Adam(network.transformer.parameters(), lr=recipe.learning_rate)
    batches = batches_of(recipe, data, device)
    known = list(range(len(data.images)))
    losses = []
    for step in range(steps):
        batch = batches.at(step)
        rows = [data.rows[int(number)] for number in batch.texts]
        first = torch.stack([torch.from_numpy(data.images[known.index(row[0])]) for row in rows]).to(device)
        second = torch.stack([torch.from_numpy(data.images[known.index(row[1])]) for row in rows]).to(device)
        texts = network.encode_text(tokenizer([data.texts[row[2]] for row in rows]).to(device), normalize=True)
        differences = torch.nn.functional.normalize(first - second, dim=-1)
        logits = texts @ differences.T / recipe.temperature
        answers = torch.arange(len(rows), device=device)
        cross_entropy = torch.nn.functional.cross_entropy
        loss = (cross_entropy(logits, answers) + cross_entropy(logits.T, answers)) / 2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def measure(steps: int, batch: int, device: torch.device) -> dict[str, object]:
    """Pairs a second of both, and how far their losses lie apart."""
    recipe = PAPER.model_copy(update={"batch": batch, "learning_rate": 1e-5, "decay": 1.0})
    data = pairs(np.random.default_rng(0))
    seconds, losses = {}, {}
    for name, loop in (("ours", ours), ("plain", plain)):
        torch.manual_seed(0)
        network = open_clip.create_model(ARCHITECTURE).to(device)
        loop(network, data, recipe, 1, device)  # warm; one step changes the weights of both alike
        started = time.perf_counter()
        losses[name] = loop(network, data, recipe, steps, device)
        seconds[name] = time.perf_counter() - started
    rates = {name: steps * batch / spent for name, spent in seconds.items()}
    apart = float(np.abs(np.subtract(losses["ours"], losses["plain"])).max())
    return {
        "device": str(device), "batch": batch, "steps": steps, "limit": LIMIT, "losses_apart": apart,
        "pairs_per_second": {name: round(rate, 1) for name, rate in rates.items()},
        "times_faster": round(rates["ours"] / rates["plain"], 2),
    }  # fmt: skip


def main() -> None:
    """Parse the arguments, print and write the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--steps", type=int, default=20)
    options = parser.parse_args()
    found = measure(options.steps, options.batch, torch.device(options.device))
    print(f"{found['pairs_per_second']} pairs a second: {found['times_faster']} times the plain loop (limit {LIMIT});")
    print(f"losses of {options.steps} steps at most {found['losses_apart']:.1e} apart")
    if options.json:
        options.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
