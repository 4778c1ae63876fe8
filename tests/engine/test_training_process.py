"""Training through a real engine process: looked at beforehand, queued, followed, outliving the engine, put to use."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import open_clip
import pytest

from engine.protocol import Command, Done, Event, Failed, ModelReady, Rank, UseModel
from engine.store import Library, Writer, texts
from engine.store.rows import Difference
from engine.training import recipes
from engine.training.runs import Run
from engine.training_messages import (
    BeforeAfter,
    BeforeAfterResult,
    DataChoice,
    ExportRun,
    LookAtRun,
    PauseRun,
    Preflight,
    PreflightResult,
    Presets,
    RemoveRun,
    RenameRun,
    RunDetails,
    RunGrew,
    RunInfo,
    RunsChanged,
    StartRun,
    StopRun,
    UseRun,
)
from tests.engine.engines import Engine

pytestmark = pytest.mark.usefixtures("forked_engines")

from .training.conftest import SMALL, clip, shelf, trained, whole  # noqa: F401 (fixtures)


@pytest.fixture
def engine(tmp_path: Path, shelf: Path, tiny_model: str) -> Iterator[Engine]:  # noqa: F811
    """An engine on a copy of the small library, with its differences in it."""
    shutil.copytree(shelf, tmp_path, dirs_exist_ok=True)
    engine = Engine(tmp_path, model=tiny_model)
    _write_differences(engine.library, shelf)
    engine.start()
    yield engine
    for run in _runs(engine):
        engine.answer(engine.ask(lambda job, name=run.name: PauseRun(job, name)))
    engine.close()


def _write_differences(library: Path, shelf: Path) -> None:  # noqa: F811
    with Library(library) as source:
        images = {os.path.basename(file.path): file.image_id or 0 for file in source.files()}
    lines = [json.loads(line) for line in (shelf / "differences.jsonl").read_text().splitlines()]
    ends = [[images[os.path.basename(os.fsencode(line[end]))] for end in ("first", "second")] for line in lines]
    rows = [Difference(0, *end, line["text"], "", "test", "1", 0, "new") for end, line in zip(ends, lines, strict=True)]
    with Writer(library) as writer:
        writer.call(lambda db: texts.record_differences(db, rows))


def done(engine: Engine, command: Callable[[int], Command]) -> object:
    answer = engine.answer(engine.ask(command))
    assert isinstance(answer, Done), answer
    return answer.result


def refused(engine: Engine, command: Callable[[int], Command]) -> str:
    answer = engine.answer(engine.ask(command))
    assert isinstance(answer, Failed), answer
    return answer.problem.code


def _runs(engine: Engine) -> tuple[RunInfo, ...]:
    told = [event for event in engine.events if isinstance(event, RunsChanged)]
    return told[-1].runs if told else ()


def until(engine: Engine, name: str, accept: Callable[[RunInfo], bool]) -> RunInfo:
    """Wait until the engine says this of a run."""

    def said(event: Event) -> bool:
        return isinstance(event, RunsChanged) and any(run.name == name and accept(run) for run in event.runs)

    event = engine.wait(Event, said)
    assert isinstance(event, RunsChanged)
    return next(run for run in event.runs if run.name == name)


def test_runs_are_looked_at_queued_followed_and_outlive_the_engine(engine: Engine) -> None:
    engine.until_settled()
    recipe = recipes.write(SMALL)
    found = done(engine, lambda job: Preflight(job, recipe))
    assert isinstance(found, PreflightResult)
    assert found.steps == SMALL.steps
    assert found.pairs["training"] > 100
    assert found.cost.disk > 0
    assert refused(engine, lambda job: Preflight(job, recipe + "stepps = 3\n")) == "recipe-unfit"
    assert refused(engine, lambda job: Preflight(job, recipe, DataChoice(words="purple"))) == "too-few-pairs"
    presets = done(engine, Presets)
    assert isinstance(presets, tuple)
    assert [name for name, _ in presets] == list(recipes.PRESETS)

    long = recipes.write(SMALL.model_copy(update={"steps": 100_000}))
    done(engine, lambda job: StartRun(job, "one", long))
    done(engine, lambda job: StartRun(job, "two", recipe))
    assert refused(engine, lambda job: StartRun(job, "two", recipe)) == "run-busy"
    until(engine, "two", lambda run: run.state == "queued" and run.place == 1)
    grew = engine.wait(RunGrew, lambda event: event.run == "one")
    assert grew.lines[0].step == 0  # before the first step
    assert engine.pid is not None
    os.kill(engine.pid, signal.SIGKILL)
    engine.until_ready()
    until(engine, "one", lambda run: run.state == "running")  # the next engine finds it
    engine.wait(RunGrew, lambda event: event.run == "one")
    done(engine, lambda job: StopRun(job, "one"))
    one = until(engine, "one", lambda run: run.state == "done")
    assert one.outcome is not None
    assert 0 < one.step < one.steps
    if next(run for run in _runs(engine) if run.name == "two").state == "queued":  # else told together with the end
        until(engine, "two", lambda run: run.state != "queued")


def test_what_came_of_a_run_is_tried_out_put_to_use_and_left_again(
    whole: Run,  # noqa: F811
    engine: Engine,
    tmp_path: Path,
) -> None:
    until(engine, "whole", lambda run: run.outcome is not None)
    asked = done(engine, lambda job: BeforeAfter(job, "whole", 1.0, "brighter", count=10))
    assert isinstance(asked, BeforeAfterResult)
    assert len(asked.before) == len(asked.after) == 10
    assert -1 <= asked.correlation < 1
    same = done(engine, lambda job: BeforeAfter(job, "whole", 0.0, "brighter", count=10))
    assert isinstance(same, BeforeAfterResult)
    assert (same.before, same.correlation) == (same.after, pytest.approx(1))
    assert same.before == asked.before
    plain = done(engine, lambda job: Rank(job, "brighter"))

    done(engine, lambda job: UseRun(job, "whole", 1.0))
    assert engine.wait(ModelReady, lambda event: event.name == "whole").name == "whole"
    again = done(engine, lambda job: BeforeAfter(job, "whole", 1.0, "brighter", count=10))
    assert isinstance(again, BeforeAfterResult)
    assert (again.before, again.after) == (asked.before, asked.after)  # whichever of the two is loaded
    done(engine, lambda job: UseRun(job, "whole", 0.5))
    done(engine, lambda job: UseModel(job, whole.plan().model))
    assert done(engine, lambda job: Rank(job, "brighter")).count == plain.count  # type: ignore[attr-defined]

    done(engine, lambda job: ExportRun(job, "whole", 0.5, os.fsencode(tmp_path / "out")))
    open_clip.create_model(f"local-dir:{tmp_path / 'out'}")
    assert refused(engine, lambda job: ExportRun(job, "whole", 0.5, os.fsencode(tmp_path / "out"))) == "training"

    done(engine, lambda job: RenameRun(job, "whole", "better"))
    assert until(engine, "better", lambda run: True).model == "whole"
    details = done(engine, lambda job: LookAtRun(job, "better"))
    assert isinstance(details, RunDetails)
    assert "learning_rate" in details.recipe
    done(engine, lambda job: RemoveRun(job, "better"))
    engine.wait(RunsChanged, lambda event: not event.runs)
    done(engine, lambda job: RemoveRun(job, "better", removed=False))
    until(engine, "better", lambda run: True)
    assert refused(engine, lambda job: LookAtRun(job, "nothing")) == "run-unknown"
