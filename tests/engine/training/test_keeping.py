"""What is done with runs from outside: the queue, names, taking away and bringing back, following."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from engine import models, settings
from engine.clip import Clip, load
from engine.english import swapped
from engine.errors import DiskFull
from engine.retuning import retune
from engine.store import Library, Writer, judging, texts
from engine.store.rows import Difference
from engine.training import cost, following, keeping, runs, sources
from engine.training.errors import RunBusy, RunDamaged, RunUnknown, TooLittleMemory
from engine.training.export import export
from engine.training.runs import Run
from engine.training_messages import DataChoice, TrainingLine, ValidationLine

from .conftest import Planner, train


def test_runs_wait_in_the_order_they_came_and_leave_when_asked(planned: Planner) -> None:
    first, second, third = (planned(name) for name in ("b", "a", "c"))
    for run in (first, second, third):
        keeping.enqueue(run, "cpu")
    keeping.enqueue(first, "cpu", runs.STOP)  # again: it keeps its place
    assert keeping.queue() == [first, second, third]
    assert [following.look(run).place for run in (first, second, third)] == [1, 2, 3]
    assert first.state().state == runs.QUEUED
    keeping.dequeue(first)
    assert keeping.queue() == [second, third]
    assert first.state().state == runs.PLANNED
    (second.folder / "queued").write_text("{")  # half written by nobody we know: it does not wait
    assert keeping.queue() == [third]


def test_a_name_is_changed_and_the_model_goes_on_answering_to_its_own(whole: Run) -> None:
    renamed = keeping.rename(whole, "Größer und heller")
    assert (renamed.name, renamed.plan().name) == ("Größer und heller", "Größer und heller")
    model = keeping.model_of(renamed)
    assert model is not None
    assert (model.name, model.title) == ("whole", "Größer und heller")
    assert load("whole", "cpu").title == "Größer und heller"
    assert following.look(renamed).model == "whole"
    with pytest.raises(RunUnknown):
        runs.find("whole")
    with pytest.raises(RunBusy):
        keeping.rename(renamed, "whole")  # the model's


def test_a_removed_run_comes_back_and_goes_for_good_after_a_day(planned: Planner) -> None:
    run = planned()
    with run.lock().acquire(), pytest.raises(RunBusy):
        keeping.remove(run)
    keeping.remove(run)
    assert runs.every() == []
    keeping.sweep()
    assert keeping.restore("mine") == run
    assert runs.every() == [run]
    keeping.remove(run)
    keeping.sweep(older_than=0)
    with pytest.raises(RunUnknown):
        keeping.restore("mine")
    with pytest.raises(RunUnknown):
        keeping.restore("../mine")


def test_what_a_run_measures_is_read_once_and_again_after_it_was_resumed(planned: Planner) -> None:
    run = planned()
    file = run.folder / "metrics.jsonl"
    follower = following.Follower(run)
    assert follower.new() == ()
    line = {"step": 10, "total": 3.0, "contrastive": 2.5, "drift": 0.05, "learning_rate": 1e-3,
            "pairs_per_second": 80.0, "memory_mb": 500, "temperature": 0.07}  # fmt: skip
    measured = {"loss": 2.0, "single": 0.6, "accuracy": 0.6, "zero_shot_kept": 1.0}
    file.write_text(json.dumps(line) + "\n" + json.dumps({"step": 10, "validation": measured, "best_step": 10})[:20])
    assert follower.new() == (TrainingLine(10, 3.0, 2.5, 0.05, 1e-3, 80.0, 500),)
    assert follower.new() == ()
    file.write_text(json.dumps(line) + "\n" + json.dumps({"step": 10, "validation": measured, "best_step": 10}) + "\n")
    assert follower.new() == (ValidationLine(10, 2.0, 0.6, 0.6, None, 1.0, 10),)
    beside = file.with_name("beside")
    beside.write_text(json.dumps(line) + "\n")
    beside.replace(file)  # as a run does that goes on from its checkpoint
    assert [type(each) for each in follower.new()] == [TrainingLine]


def test_a_run_that_is_done_says_what_came_of_it(whole: Run) -> None:
    found = following.details(whole)
    result = whole.result()
    outcome = found.info.outcome
    assert outcome is not None
    assert outcome.strength == result["strength"]
    assert {figure.rule: figure.after for figure in outcome.figures}["single"] == result["after"]["single"]["accuracy"]
    assert [point.strength for point in outcome.curve][:2] == [0.0, 0.1]
    assert {type(line) for line in found.lines} == {TrainingLine, ValidationLine}
    assert (found.info.model, found.info.model_strength) == ("whole", result["strength"])


@pytest.mark.parametrize("file", ["run.json", "state.json", "result.json"])
@pytest.mark.parametrize("content", ["{}", '{"other": 1}', "[]", "{"])
def test_a_run_whose_files_are_damaged_says_so_and_hides_no_other(
    whole: Run, planned: Planner, file: str, content: str
) -> None:
    (whole.folder / file).write_text(content)
    planned("other")
    found = {info.name: info for info in following.look_at_all()}
    assert found["whole"].state == following.DAMAGED
    assert found["whole"].problem is not None
    assert found["other"].state == runs.PLANNED


@pytest.mark.parametrize("line", ["{", '{"step": 1}', "[]", '{"step": 1, "validation": 3}'])
def test_a_line_that_no_run_wrote_is_a_named_problem_and_the_next_one_is_read(whole: Run, line: str) -> None:
    file = whole.folder / "metrics.jsonl"
    follower = following.Follower(whole)
    good = len(follower.new())
    assert good
    with file.open("a") as stream:
        stream.write(line + "\n")
    with pytest.raises(RunDamaged):
        follower.new()
    with pytest.raises(RunDamaged):
        following.details(whole)
    with file.open("a") as stream:
        stream.write(file.read_text().splitlines()[0] + "\n")
    assert len(follower.new()) == 1


def test_judgements_become_pairs_in_several_wordings(shelf: Path, clip: Clip, tmp_path: Path) -> None:
    library = tmp_path / "library.pairlens"
    library.write_bytes((shelf / "library.pairlens").read_bytes())
    with Writer(library) as writer:
        attribute = writer.call(lambda db: judging.save_attribute(db, "dusk", "darker"))
        with Library(library) as source:
            images = source.vectors(clip.encoder_key)[0].tolist()
        for first, second, answer in zip(
            images, images[1:], ["first", "second", "equal", "unsure", "first"], strict=False
        ):
            writer.call(lambda db, f=first, s=second, a=answer: judging.judge(db, attribute, f, s, a))
    refused: sources.Counter[str] = sources.Counter()
    with Library(library) as source:
        found = list(sources.of_library(source, DataChoice(writers=(), attributes=(attribute,)), refused))
    assert refused == {"an answer that names neither image": 2}
    assert [(each.first, each.second) for each in found] == [tuple(images[at : at + 2]) for at in (0, 1, 4)]
    assert found[0].text == "the second is brighter than the first"  # the first is darker
    assert found[1].text == "the first photo is brighter than the second photo"
    assert len({each.text for each in found}) == 3
    assert all(swapped(each.text) == each.reverse for each in found)


def test_only_the_chosen_differences_are_learned_from(shelf: Path, tmp_path: Path) -> None:
    library = tmp_path / "library.pairlens"
    library.write_bytes((shelf / "library.pairlens").read_bytes())
    rows = [
        Difference(0, 1, 2, "the first is brighter", "", "rules", "1", 0, "new"),
        Difference(0, 1, 3, "the first is redder", "", "rules", "1", 0, "accepted"),
        Difference(0, 1, 4, "the first is bluer", "", "ollama:a", "1", 0, "edited"),
        Difference(0, 1, 5, "the first is wrong", "", "ollama:a", "1", 0, "rejected"),
    ]
    with Writer(library) as writer:
        writer.call(lambda db: texts.record_differences(db, rows))

    def chosen(choice: DataChoice) -> list[str]:
        with Library(library) as source:
            return [each.text.split()[-1] for each in sources.of_library(source, choice, sources.Counter())]

    assert chosen(DataChoice()) == ["brighter", "redder", "bluer"]
    assert chosen(DataChoice(writers=("rules",))) == ["brighter", "redder"]
    assert chosen(DataChoice(statuses=("accepted", "edited"))) == ["redder", "bluer"]
    assert chosen(DataChoice(words="First REDDER")) == ["redder"]


def test_the_cost_is_told_and_what_there_is_not_is_refused(
    planned: Planner, clip: Clip, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cost, "free_memory", lambda device: 1_000_000)
    with pytest.raises(TooLittleMemory, match=r"about [\d.]+ [GM]B of memory; 1 MB are free"):
        planned()
    monkeypatch.setattr(cost, "free_memory", lambda device: None)
    monkeypatch.setattr(cost, "free_disk", lambda folder: 1_000_000)
    with pytest.raises(DiskFull, match="1 MB are free"):
        planned()
    assert list(settings.runs_dir().glob("*")) == []


def test_a_trained_model_takes_the_place_of_its_base_without_being_loaded(whole: Run, clip: Clip) -> None:
    base = load(clip.name, "cpu")
    export(whole, 0.5)
    texts = ["a bright photo", "the first is darker than the second"]
    before = base.encode_texts(texts)
    trained = retune(base, "whole", "cpu")
    assert trained is not None
    loaded = load("whole", "cpu")
    assert (trained.encode_texts(texts) == loaded.encode_texts(texts)).all()
    assert (trained.text_key, trained.encoder_key, trained.title) == (loaded.text_key, loaded.encoder_key, "whole")
    back = retune(trained, clip.name, "cpu")
    assert back is not None
    assert (back.encode_texts(texts) == before).all()
    weights = models.resolve("whole").folder / "open_clip_model.safetensors"
    tensors = load_file(weights)
    tensors["text_projection"][0, 0] += 1e-3
    save_file(tensors, weights)
    assert retune(back, "whole", "cpu") is None
    assert (back.encode_texts(texts) == before).all()


def test_a_stopped_run_that_is_not_at_work_finishes_with_the_best_so_far(
    planned: Planner, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = planned(steps=1000)
    monkeypatch.setattr(Run, "wished", lambda _run: runs.PAUSE if (run.folder / runs.LAST).exists() else "")
    train(run)
    monkeypatch.undo()
    run.wish(runs.STOP)
    assert train(run).state().state == runs.DONE
    assert following.look(run).outcome is not None
