"""How soon a finished encoder orders a whole library; `python -m tests.bench.bench_live [--json FILE] [--images N]`.

A real engine process with ViT-B-32 (random weights) in use, on a library of as many random vectors. Measured from
*use this model* (`UseModel` of a model whose text encoder was trained) to the answer of the first ranking with it, and
the way back; the library is not touched. Limit: 1 s.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

import numpy as np
import open_clip
import torch

from engine import checkpoints, models
from engine.clip import Clip, load, text_key
from engine.model_folders import CONFIG, WEIGHTS, install
from engine.protocol import Done, Rank, UseModel
from engine.store import Writer, changes
from engine.store.rows import Embedded, Seen
from tests.engine.engines import Engine

ARCHITECTURE = "ViT-B-32"
LIMIT = 1.0  # seconds
CHUNK = 10_000
REPEATS = 5
PROMPTS = ("brighter", "more cheerful", "larger", "older", "calmer", "redder", "sharper", "warmer", "busier", "rounder")


def make_base(folder: Path) -> Clip:
    """The architecture with random weights, as a folder of open_clip's."""
    folder.mkdir()
    torch.manual_seed(0)
    checkpoints.save(open_clip.create_model(ARCHITECTURE), folder / WEIGHTS)
    config = {"model_cfg": open_clip.get_model_config(ARCHITECTURE), "preprocess_cfg": {}}
    (folder / CONFIG).write_text(json.dumps(config))
    return load(f"local-dir:{folder}", "cpu")


def make_trained(clip: Clip, folder: Path) -> str:
    """The same with other text blocks, as `engine.training.export` writes it; returns its name."""
    note = {"name": "taught", "title": "taught", "state": "trained", "run": "taught", "base": clip.name,
            "strength": 1.0, "encoder_key": clip.encoder_key, "base_text_key": clip.text_key}  # fmt: skip
    for parameter in clip.network.transformer.parameters():
        parameter.add_(0.01 * torch.randn_like(parameter))
    part = folder / "part.safetensors"
    checkpoints.save(clip.network, part)
    note["text_key"] = text_key(clip.network.state_dict(), clip.files)
    install(part, clip.files.config, note, models.folder_of("taught"))
    return "taught"


def fill(library: Path, clip: Clip, count: int) -> None:
    """A library of so many files, each an image of its own with a random unit vector."""
    rng = np.random.default_rng(0)
    with Writer(library) as writer:
        folder = writer.call(lambda db: changes.add_folder(db, b"/nowhere"))
        writer.call(lambda db: changes.ensure_encoder(db, clip.encoder_key, clip.name, clip.dim))
        for start in range(0, count, CHUNK):
            numbers = range(start, min(start + CHUNK, count))
            seen = [Seen(b"/nowhere/%d.jpg" % number, 1, 1) for number in numbers]
            ids = writer.call(lambda db, seen=seen: changes.note_files(db, folder, seen))
            vectors = rng.standard_normal((len(ids), clip.dim), np.float32)
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            rows = [
                Embedded(file, number.to_bytes(16, "big"), 1, 1, 640, 480, "JPEG", vector)
                for file, number, vector in zip(ids, numbers, vectors, strict=True)
            ]
            writer.call(lambda db, rows=rows: changes.record(db, clip.encoder_key, rows))


def seconds(engine: Engine, model: str, prompt: str) -> float:
    """From the wish for a model to its first order."""
    began = time.perf_counter()
    used = engine.ask(lambda job: UseModel(job, model))
    ranked = engine.answer(engine.ask(lambda job: Rank(job, prompt)))
    assert isinstance(engine.answer(used), Done)
    assert isinstance(ranked, Done), ranked
    return time.perf_counter() - began


def measure(count: int) -> dict[str, object]:
    """To the trained model and back, several times, each with words that were not asked before."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["PAIRLENS_HOME"] = str(folder / "home")
        base = make_base(folder / "base")
        fill(folder / "library.pairlens", base, count)
        trained, before = make_trained(base, folder), base.name
        engine = Engine(folder, model=before)
        engine.start()
        engine.until_settled()
        engine.answer(engine.ask(lambda job: Rank(job, "wider")))  # reads the library's vectors
        there, back = [], []
        for place in range(REPEATS):
            there.append(seconds(engine, trained, PROMPTS[2 * place]))
            back.append(seconds(engine, before, PROMPTS[2 * place + 1]))
        engine.close()
    found = {key: round(float(np.median(times)), 3) for key, times in (("use", there), ("back", back))}
    return {"images": count, "model": ARCHITECTURE, "limit_s": LIMIT, "first_s": round(there[0], 3), **found}


def main() -> None:
    """Parse the arguments, print and write the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--images", type=int, default=100_000)
    options = parser.parse_args()
    found = measure(options.images)
    print(
        f"{found['images']:,} images, {ARCHITECTURE}: from use to the first order {found['use']} s (the first time"
        f" {found['first_s']} s), back {found['back']} s; limit {LIMIT:g} s"
    )
    if options.json:
        options.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
