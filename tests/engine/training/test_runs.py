"""Runs as processes: to the end, killed and resumed, paused, stopped, spread over processes, diverging."""

from __future__ import annotations

import errno
import itertools
import multiprocessing
import os
import random
import subprocess
import sys
import time
from collections import Counter
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from safetensors.torch import load_file

from engine import models
from engine.clip import Clip, load
from engine.errors import DiskFull
from engine.store import Library
from engine.train import main
from engine.training import keeping, planning, runs, sources, towers
from engine.training.errors import RunBusy, RunDamaged, TrainingDiverged
from engine.training.export import export
from engine.training.runs import Run

from .conftest import Planner, train

ROOT = Path(__file__).resolve().parents[3]


FORKS = multiprocessing.get_context("forkserver")  # processes that need not import torch each


def begin(run: Run) -> BaseProcess:
    """The process of a run, as `runs.start` starts it."""
    FORKS.set_forkserver_preload(["engine.training.loop", "open_clip"])
    process = FORKS.Process(target=be_the_process, args=(str(run.folder),))
    process.start()
    return process


def be_the_process(folder: str) -> None:
    sys.argv = ["engine.train", folder, "--device", "cpu"]
    raise SystemExit(main())


def wait_for(run: Run, lines: int, process: BaseProcess) -> None:
    """Until the run has logged so many lines of training."""
    while sum("learning_rate" in line for line in run.metrics()) < lines:
        process.join(0.01)
        assert process.is_alive()


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


def test_a_killed_run_ends_as_one_that_was_not(planned: Planner, trained: Run) -> None:
    for kill in range(3):
        killed = planned(f"killed{kill}")
        process = begin(killed)
        wait_for(killed, kill, process)  # at once; after ten steps; after twenty
        if kill == 1:
            with pytest.raises(RunBusy, match="at work"):
                runs.start(killed, "cpu")
        process.kill()
        process.join()
        assert killed.state().state == (runs.INTERRUPTED if kill else killed.state().state)
        train(killed)
        assert same(weights(trained), weights(killed))
        assert trained.result()["curve"] == killed.result()["curve"]
        assert [line["step"] for line in killed.metrics() if "learning_rate" in line] == [10, 20, 30]


@pytest.mark.soak
def test_twenty_runs_killed_at_random_moments_end_as_one_that_was_not(planned: Planner, trained: Run) -> None:
    chance = random.Random(0)
    began = time.monotonic()
    begin(planned("timed")).join()
    whole_time = time.monotonic() - began
    for kill in range(20):
        killed = planned(f"killed{kill}")
        process = begin(killed)
        process.join(chance.uniform(0, whole_time))
        process.kill()
        process.join()
        train(killed)
        assert same(weights(trained), weights(killed)), kill
        assert trained.result() | {"run": "", "checkpoint": ""} == killed.result() | {"run": "", "checkpoint": ""}


def wishing(wish: str, after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody wishes for something once so many steps are taken."""
    asked = itertools.count()
    monkeypatch.setattr(Run, "wished", lambda _run: wish if next(asked) == after else "")


@pytest.mark.parametrize("trainer", ["text-tower", "adapter"])
def test_a_paused_run_ends_as_one_that_was_not(
    planned: Planner, trained: Run, trainer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = trained if trainer == "text-tower" else train(planned("whole", trainer=trainer))
    paused = planned("paused", trainer=trainer)
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


def test_the_same_recipe_and_seed_give_the_same_and_another_seed_another(planned: Planner, trained: Run) -> None:
    assert same(weights(trained), weights(train(planned("again"))))
    assert not same(weights(trained), weights(train(planned("other", seed=1))))


def test_two_processes_give_the_loss_of_one(planned: Planner, trained: Run) -> None:
    two = planned("two")
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-port", "0"]
    command += ["--rdzv-backend", "c10d", "--rdzv-endpoint", "localhost:0", "-m", "engine.train", str(two.folder)]
    done = subprocess.run(
        [*command, "--device", "cpu"], cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1"}, capture_output=True,
        text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr
    losses = [[line["total"] for line in run.metrics() if "total" in line] for run in (trained, two)]
    assert losses[0] == pytest.approx(losses[1], abs=1e-5)
    assert len(losses[0]) == 3


def test_a_loss_that_is_no_number_stops_the_run(planned: Planner, monkeypatch: pytest.MonkeyPatch) -> None:
    run = planned("wild", learning_rate=1e30, clip_gradient=0)
    monkeypatch.setattr(sys, "argv", ["engine.train", str(run.folder), "--device", "cpu"])
    assert main() == 1
    error = runs.failure(run)
    assert error is not None
    assert error.problem().code == TrainingDiverged.code
    assert "learning rate" in error.sentence


def test_a_run_that_was_started_is_at_work_at_once_and_outlives_who_started_it(planned: Planner) -> None:
    run = planned(steps=100_000)
    process = runs.start(run, "cpu")
    assert run.state().state == runs.RUNNING, (run.folder / "train.log").read_text()
    keeping.enqueue(planned("next"))
    assert keeping.start_next() is None
    assert os.getsid(process.pid) == process.pid
    process.kill()
    process.wait()
    assert not run.alive()


def test_the_memory_that_a_run_takes_was_said_before(planned: Planner, clip: Clip, shelf: Path) -> None:
    run = planned(steps=10)
    assert runs.start(run, "cpu").wait() == 0, (run.folder / "train.log").read_text()
    with Library(shelf / "library.pairlens") as library:
        sentences = sources.of_file(shelf / "differences.jsonl", library, Counter())
        said = planning.draft(run.recipe(), clip, library, sentences, Counter()).cost.memory
    taken = 1e6 * max(line["memory_mb"] for line in run.metrics() if "memory_mb" in line)
    assert 0.7 < taken / said < 1.1


def test_a_tampered_checkpoint_is_refused(whole: Run) -> None:
    file = whole.folder / runs.LAST
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    with pytest.raises(RunDamaged, match="changed"):
        train(whole)
    file.write_bytes(content[:-100])
    with pytest.raises(RunDamaged, match="cannot be read"):
        train(whole)


def test_a_checkpoint_of_another_run_is_refused(planned: Planner, trained: Run) -> None:
    second = planned("second", seed=3)
    (second.folder / runs.LAST).write_bytes((trained.folder / runs.LAST).read_bytes())
    with pytest.raises(RunDamaged, match="another recipe"):
        train(second)


def test_data_that_were_cut_off_are_refused(planned: Planner) -> None:
    run = planned("torn")
    file = run.folder / "data.npz"
    file.write_bytes(file.read_bytes()[:-1000])
    with pytest.raises(RunDamaged, match="data of the run torn"):
        train(run)


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


def test_a_batch_that_does_not_fit_is_encoded_in_pieces(
    planned: Planner, trained: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    pieces = planned("pieces")
    encode = towers.encode_text

    def small(network: object, tokens: torch.Tensor) -> torch.Tensor:
        if torch.is_grad_enabled() and len(tokens) > 20:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return encode(network, tokens)

    monkeypatch.setattr(towers, "encode_text", small)
    train(pieces)
    losses = [[line["total"] for line in run.metrics() if "total" in line] for run in (trained, pieces)]
    assert losses[0] == pytest.approx(losses[1], abs=1e-5)


def test_strength_nought_is_the_encoder_from_before(whole: Run, clip: Clip) -> None:
    texts = ["a bright photo", "the first is darker than the second"]
    export(whole, 0.0)
    assert np.array_equal(load("whole", "cpu").encode_texts(texts), clip.encode_texts(texts))
    export(whole, 1.0)
    assert not np.array_equal(load("whole", "cpu").encode_texts(texts), clip.encode_texts(texts))
