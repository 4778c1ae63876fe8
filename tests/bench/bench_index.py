"""How fast folders are indexed, against the plain loop over the same model; `python -m tests.bench.bench_index`.

The figures come from one run and go to standard output and, with ``--json FILE``, into a file. Without ``--model``
the image tower is a ViT-B/32 with random weights (their values do not change the speed); pictures are made on the spot.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import torch
from PIL import Image
from safetensors.torch import save_file

from engine.clip import Clip, load
from engine.index import index_folders
from engine.jobs import JobContext
from engine.protocol import IndexReport
from engine.store import Library, Writer

VIT_B_32 = {
    "model_cfg": {
        "embed_dim": 512,
        "vision_cfg": {"image_size": 224, "layers": 12, "width": 768, "patch_size": 32},
        "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 64, "heads": 1, "layers": 1},
    },
    "preprocess_cfg": {"mean": [0.48, 0.46, 0.41], "std": [0.27, 0.26, 0.28]},
}
TINY = {
    "model_cfg": {
        "embed_dim": 32,
        "vision_cfg": {"image_size": 32, "layers": 1, "width": 32, "head_width": 16, "patch_size": 16},
        "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1},
    },
    "preprocess_cfg": {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]},
}
BATCH = 32


def random_model(folder: Path, config: dict[str, Any]) -> str:
    """A model of this shape with random weights, by the name that `load` takes."""
    folder.mkdir()
    torch.manual_seed(0)
    model = open_clip.CLIP(**config["model_cfg"])
    weights = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    save_file(weights, folder / "open_clip_model.safetensors")
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    return f"local-dir:{folder}"


def make_photos(folder: Path, count: int, size: tuple[int, int]) -> list[Path]:
    """JPEGs with large shapes and fine grain, as photographs have (12 megapixels: about 3 MB)."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    grain = rng.normal(0, 7, (size[1], size[0], 1)).astype(np.float32)
    paths = []
    for number in range(count):
        shapes = Image.fromarray(rng.integers(0, 256, (9, 12, 3), dtype=np.uint8)).resize(
            size, Image.Resampling.BICUBIC
        )
        pixels = np.clip(np.asarray(shapes) + np.roll(grain, 37 * number, axis=1), 0, 255).astype(np.uint8)
        paths.append(folder / f"{number:05}.jpg")
        Image.fromarray(pixels).save(paths[-1], quality=90)
    return paths


def plain_loop(clip: Clip, paths: Sequence[Path]) -> np.ndarray:
    """What one would write first: Pillow's open, the model's preprocessing, a batch of 32, encode."""
    vectors = []
    for start in range(0, len(paths), BATCH):
        batch = [clip.preprocess(Image.open(path, formats=["JPEG"])) for path in paths[start : start + BATCH]]
        vectors.append(clip.encode_images(torch.stack(batch)))
    return np.concatenate(vectors)


def forward_only(clip: Clip, paths: Sequence[Path]) -> float:
    """Images a second of the model alone, on tensors that are there already."""
    tensors = torch.stack([clip.preprocess(Image.open(path, formats=["JPEG"])) for path in paths])
    clip.encode_images(tensors[:BATCH])
    _, seconds = timed(lambda: [clip.encode_images(tensors[i : i + BATCH]) for i in range(0, len(tensors), BATCH)])
    return len(paths) / seconds


def timed(work: Callable[[], object]) -> tuple[object, float]:
    begun = time.perf_counter()
    result = work()
    return result, time.perf_counter() - begun


def indexed(clip: Clip, folder: Path) -> tuple[IndexReport, float, dict[str, np.ndarray]]:
    """Index a folder into a new library: the report, seconds, and each file's vector by name."""
    library = folder.with_suffix(".pairlens")
    with Writer(library) as writer:
        begun = time.perf_counter()
        report = index_folders(writer, [os.fsencode(folder)], clip, JobContext())
        seconds = time.perf_counter() - begun
    with Library(library) as rows:
        ids, vectors = rows.vectors(clip.encoder_key)
        of_image = dict(zip(ids.tolist(), vectors.astype(np.float32), strict=True))
        by_name = {file.name: of_image[file.image_id] for file in rows.files() if file.image_id is not None}
    return report, seconds, by_name


def bench_large(clip: Clip, work: Path, count: int) -> dict[str, float]:
    paths = make_photos(work / "large", count, (4000, 3000))
    plain_loop(clip, paths[:2])
    plain, plain_seconds = timed(lambda: plain_loop(clip, paths))
    _, seconds, vectors = indexed(clip, work / "large")
    cosines = [float(vector @ vectors[path.name]) for path, vector in zip(paths, plain, strict=True)]  # type: ignore[call-overload]
    return {
        "large_images": count,
        "large_plain_per_second": count / plain_seconds,
        "large_per_second": count / seconds,
        "large_speedup": plain_seconds / seconds,
        "large_least_cosine": min(cosines),
    }


def bench_small(clip: Clip, work: Path, count: int) -> dict[str, float]:
    paths = make_photos(work / "small", count, (320, 240))
    forward = forward_only(clip, paths)
    plain, plain_seconds = timed(lambda: plain_loop(clip, paths))
    _, seconds, vectors = indexed(clip, work / "small")
    cosines = [float(vector @ vectors[path.name]) for path, vector in zip(paths, plain, strict=True)]  # type: ignore[call-overload]
    return {
        "small_images": count,
        "small_forward_per_second": forward,
        "small_plain_per_second": count / plain_seconds,
        "small_per_second": count / seconds,
        "small_of_forward": count / seconds / forward,
        "small_least_cosine": min(cosines),
    }


def bench_unchanged(work: Path, count: int) -> dict[str, float]:
    """A second look at files of which none changed."""
    folder = work / "many"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(count):
        Image.fromarray(rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)).save(folder / f"{number:05}.png")
    clip = load(random_model(work / "tiny", TINY), "cpu")
    with Writer(work / "many.pairlens") as writer:
        index_folders(writer, [os.fsencode(folder)], clip, JobContext())
        report, seconds = timed(lambda: index_folders(writer, [os.fsencode(folder)], clip, JobContext()))
    assert isinstance(report, IndexReport)
    assert (report.unchanged, report.embedded) == (count, 0)
    return {"unchanged_files": count, "unchanged_seconds": seconds}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--model", default="")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--large", type=int, default=32)
    parser.add_argument("--small", type=int, default=512)
    parser.add_argument("--unchanged", type=int, default=10_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        os.environ["PAIRLENS_HOME"] = str(work / "home")
        clip = load(options.model or random_model(work / "model", VIT_B_32), options.device)
        figures: dict[str, object] = {"model": options.model or "ViT-B/32, random", "device": clip.device_words}
        figures |= bench_large(clip, work, options.large)
        figures |= bench_small(clip, work, options.small)
        figures |= bench_unchanged(work, options.unchanged)
    text = json.dumps(figures, indent=2)
    print(text)
    if options.json:
        options.json.write_text(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
