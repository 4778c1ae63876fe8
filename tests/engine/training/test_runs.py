"""Runs as processes: to the end, killed and resumed, paused, stopped, spread over processes, diverging."""

from __future__ import annotations

import errno
import itertools
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from safetensors.torch import load_file

from engine import models
from engine.clip import Clip, load
from engine.errors import DiskFull
from engine.training import runs, towers
from engine.training.errors import RunBusy, RunDamaged
from engine.training.export import export
from engine.training.loop import finetune
from engine.training.optimizing import Group
from engine.training.runs import Run

from .conftest import Planner

ROOT = Path(__file__).resolve().parents[3]


def train(run: Run) -> Run:
    """All of a run in this process, as its own process would."""
    finetune(run, load(run.plan().model, "cpu"), Group())
    return run


def wait_for(run: Run, steps: int, process: subprocess.Popen[bytes]) -> None:
    """Until the run has logged so many lines of metrics."""
    while sum("learning_rate" in line for line in run.metrics()) < steps:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.01)


def weights(run: Run) -> dict[str, torch.Tensor]:
    return load_file(run.folder / runs.LAST)


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[key], second[key]) for key in first)


def test_a_run_learns_and_its_model_is_used_at_once(planned: Planner, clip: Clip, library: Path) -> None:
    run = train(planned(steps=60, learning_rate=3e-3))
    result = run.result()
    assert run.state().state == runs.DONE
    assert result["at_full_strength"]["single"]["accuracy"] > result["before"]["single"]["accuracy"] + 0.12
    assert {"single", "reversed", "antonym", "ensemble"} <= result["after"].keys()

    trained = load("mine", "cpu")
    assert trained.encoder_key == clip.encoder_key  # nothing has to be indexed again
    assert trained.text_key != clip.text_key
    assert "mine" in [info.name for info in models.list_models()]
    # The figures again, with open_clip alone.
    network = open_clip.create_model(f"local-dir:{result['checkpoint']}").eval()
    tokenizer = open_clip.get_tokenizer(f"local-dir:{result['checkpoint']}")
    data = run.pairs(run.plan())
    rows = data.part(2)
    with torch.no_grad():
        texts = network.encode_text(tokenizer(list(data.texts)), normalize=True).numpy()
    margins = ((data.images[rows[:, 0]] - data.images[rows[:, 1]]) * texts[rows[:, 2]]).sum(1)
    assert (margins > 0).mean() == pytest.approx(result["after"]["single"]["accuracy"], abs=1e-4)


def test_a_killed_run_ends_as_one_that_was_not(planned: Planner) -> None:
    whole = train(planned("whole"))
    killed = planned("killed")
    process = runs.start(killed, "cpu")
    wait_for(killed, 2, process)
    with pytest.raises(RunBusy, match="at work"):
        runs.start(killed, "cpu")
    process.kill()
    process.wait()
    assert killed.state().state == runs.PAUSED
    assert runs.start(killed, "cpu").wait(100) == 0, (killed.folder / "train.log").read_text()
    assert same(weights(whole), weights(killed))
    assert whole.result()["curve"] == killed.result()["curve"]
    assert [line["step"] for line in killed.metrics() if "learning_rate" in line] == [10, 20, 30]


def wishing(wish: str, after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody wishes for something once so many steps are taken."""
    asked = itertools.count()
    monkeypatch.setattr(Run, "wished", lambda _run: wish if next(asked) == after else "")


@pytest.mark.parametrize("trainer", ["text-tower", "adapter"])
def test_a_paused_run_ends_as_one_that_was_not(planned: Planner, trainer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, paused = train(planned("whole", trainer=trainer)), planned("paused", trainer=trainer)
    wishing(runs.PAUSE, 13, monkeypatch)
    state = train(paused).state()
    assert (state.state, state.step) == (runs.PAUSED, 13)
    assert train(paused).state().state == runs.DONE
    assert same(weights(whole), weights(paused))
    assert whole.result()["curve"] == paused.result()["curve"]


def test_a_stopped_run_keeps_the_best(planned: Planner, monkeypatch: pytest.MonkeyPatch) -> None:
    run = planned(steps=100_000)
    wishing(runs.STOP, 7, monkeypatch)
    assert train(run).state() == runs.State(runs.DONE, 7, 100_000)
    assert (Path(run.result()["checkpoint"]) / "open_clip_model.safetensors").is_file()
    assert run in runs.every()
    runs.remove(run)
    assert runs.every() == []


def test_the_same_recipe_and_seed_give_the_same_and_another_seed_another(planned: Planner) -> None:
    runs_of = [train(planned(name, seed=seed, steps=5)) for name, seed in (("a", 1), ("b", 1), ("c", 2))]
    assert same(weights(runs_of[0]), weights(runs_of[1]))
    assert not same(weights(runs_of[0]), weights(runs_of[2]))


def test_two_processes_give_the_loss_of_one(planned: Planner) -> None:
    one, two = planned("one", steps=20), planned("two", steps=20)
    train(one)
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-port", "0"]
    command += ["--rdzv-backend", "c10d", "--rdzv-endpoint", "localhost:0", "-m", "engine.train", str(two.folder)]
    done = subprocess.run(
        [*command, "--device", "cpu"], cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1"}, capture_output=True,
        text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    losses = [[line["total"] for line in run.metrics() if "total" in line] for run in (one, two)]
    assert losses[0] == pytest.approx(losses[1], abs=1e-5)
    assert len(losses[0]) == 2


def test_a_loss_that_is_no_number_stops_the_run(planned: Planner) -> None:
    run = planned("wild", learning_rate=1e30, clip_gradient=0)
    assert runs.start(run, "cpu").wait(100) == 1
    error = runs.failure(run)
    assert error is not None
    assert error.problem().code == "training-diverged"
    assert "learning rate" in error.sentence


def test_a_tampered_checkpoint_is_refused(planned: Planner) -> None:
    run = train(planned(steps=5))
    file = run.folder / runs.LAST
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    with pytest.raises(RunDamaged, match="changed"):
        train(run)
    file.write_bytes(content[:-100])
    with pytest.raises(RunDamaged, match="cannot be read"):
        train(run)


def test_a_checkpoint_of_another_run_is_refused(planned: Planner) -> None:
    first, second = train(planned("first", steps=5)), planned("second", steps=5, seed=3)
    (second.folder / runs.LAST).write_bytes((first.folder / runs.LAST).read_bytes())
    with pytest.raises(RunDamaged, match="another recipe"):
        train(second)


def test_data_that_changed_are_refused(planned: Planner) -> None:
    first, second = planned("first", seed=1), planned("second", seed=2)
    (second.folder / "data.npz").write_bytes((first.folder / "data.npz").read_bytes())
    with pytest.raises(RunDamaged, match="changed since"):
        train(second)


def test_a_full_disk_stops_the_run_and_keeps_what_was_saved(planned: Planner, monkeypatch: pytest.MonkeyPatch) -> None:
    run = planned()
    wishing(runs.PAUSE, 5, monkeypatch)
    before = weights(train(run))

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFull, match="safetensors"):
        train(run)
    assert same(before, weights(run))
    assert list(run.folder.glob(".*.part")) == []


def test_a_batch_that_does_not_fit_is_encoded_in_pieces(planned: Planner, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, pieces = train(planned("whole", steps=10)), planned("pieces", steps=10)
    encode = towers.encode_text

    def small(network: object, tokens: torch.Tensor) -> torch.Tensor:
        if torch.is_grad_enabled() and len(tokens) > 20:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return encode(network, tokens)

    monkeypatch.setattr(towers, "encode_text", small)
    train(pieces)
    losses = [[line["total"] for line in run.metrics() if "total" in line] for run in (whole, pieces)]
    assert losses[0] == pytest.approx(losses[1], abs=1e-5)


def test_strength_nought_is_the_encoder_from_before(planned: Planner, clip: Clip) -> None:
    run = train(planned(steps=5))
    texts = ["a bright photo", "the first is darker than the second"]
    export(run, 0.0)
    assert np.array_equal(load("mine", "cpu").encode_texts(texts), clip.encode_texts(texts))
    export(run, 1.0)
    assert not np.array_equal(load("mine", "cpu").encode_texts(texts), clip.encode_texts(texts))
