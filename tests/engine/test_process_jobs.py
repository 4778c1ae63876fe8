"""Jobs in a real engine with a real (tiny) model: indexing, ranking while indexing, cancelling, crashing, switching."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest

from engine.pair_messages import (
    Analogy,
    AnalogyResult,
    Compare,
    ComparisonResult,
    Contrast,
    ContrastResult,
    Explain,
    ExplanationResult,
)
from engine.protocol import (
    AddFolders,
    Cancelled,
    Command,
    Crashed,
    Done,
    Failed,
    HideImages,
    ImportModel,
    IndexReport,
    LibraryChanged,
    ModelInfo,
    ModelReady,
    Progress,
    Rank,
    RankingResult,
    Refresh,
    RemoveFolder,
    RemoveModel,
    RestoreFolder,
    Similar,
    UseModel,
)
from engine.store import Library, Writer, changes
from tests.conftest import make_clip, write_photo
from tests.engine.engines import Engine, freeze

T = TypeVar("T")

MANY = 1200  # photos: some batches


@pytest.fixture(scope="module")
def shared(tiny_model_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One engine for the tests of this file that do not kill it: importing torch takes seconds."""
    folder = tmp_path_factory.mktemp("shared")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PAIRLENS_HOME", str(folder / "home"))
        engine = Engine(folder, model=f"local-dir:{tiny_model_dir}")
        engine.start()
        engine.until_settled()
    yield engine
    engine.close()


@pytest.fixture
def engine(shared: Engine) -> Iterator[Engine]:
    """The shared engine, with an empty library view again after the test."""
    yield shared
    with Library(shared.library) as library:
        folders = library.folders()
    for folder in folders:
        shared.answer(shared.ask(lambda job, folder=folder: RemoveFolder(job, folder.id)))


def many_photos(folder: Path, first_seed: int = 0, count: int = MANY) -> Path:
    for number in range(count):
        write_photo(folder / f"photo{number:04}.bmp", first_seed + number, (40, 32))
    return folder


def add(engine: Engine, folder: Path) -> int:
    return engine.ask(lambda job: AddFolders(job, (os.fsencode(folder),)))


def result(engine: Engine, job: int) -> object:
    answer = engine.answer(job)
    assert isinstance(answer, Done), answer
    return answer.result


def report(engine: Engine, job: int) -> IndexReport:
    found = result(engine, job)
    assert isinstance(found, IndexReport)
    return found


def ranking(engine: Engine, job: int) -> tuple[RankingResult, np.ndarray]:
    found = result(engine, job)
    assert isinstance(found, RankingResult)
    rows = np.load(found.file)
    assert len(rows) == found.count
    return found, rows


def rank(engine: Engine, prompt: str = "brighter", folder_id: int | None = None) -> tuple[RankingResult, np.ndarray]:
    return ranking(engine, engine.ask(lambda job: Rank(job, prompt, folder_id=folder_id)))


@contextmanager
def in_the_middle(engine: Engine, job: int) -> Iterator[None]:
    """Hold the engine still after the first batch of this index job; what is sent meanwhile arrives in the next."""
    engine.wait(Progress, lambda event: event.job == job and event.title.startswith("Indexing") and event.done > 0)
    assert engine.pid is not None
    freeze(engine.pid)
    try:
        yield
    finally:
        os.kill(engine.pid, signal.SIGCONT)


def vector_count(engine: Engine) -> int:
    with Library(engine.library) as library:
        return sum(encoder.images for encoder in library.encoders())


# ---- the main job -----------------------------------------------------------------------------------------


def test_a_folder_dropped_at_start_shows_before_the_model_is_there(
    tmp_path: Path, tiny_model: str, photos: Path
) -> None:
    engine = Engine(tmp_path, model=tiny_model)
    job = add(engine, photos)
    question = engine.ask(lambda number: Rank(number, "brighter"))  # waits for the model, not for the index
    engine.start()
    engine.wait(LibraryChanged, lambda event: "files" in event.what)
    with Library(engine.library) as library:
        assert len(library.files()) == 12
    assert not any(isinstance(event, ModelReady) for event in engine.events)
    done = report(engine, job)
    ranking(engine, question)
    engine.close()
    assert (done.found, done.embedded, done.failed) == (12, 12, ())


def test_an_order_holds_every_shown_file_best_first(engine: Engine, photos: Path) -> None:
    report(engine, add(engine, photos))
    found, rows = rank(engine, "brighter")
    with Library(engine.library) as library:
        files = {file.id: file for file in library.files()}
        assert library.prompts()[0] == ("brighter", "")
    assert set(rows["file"].tolist()) == set(files)
    assert (np.diff(rows["score"]) <= 0).all()
    assert (found.pending, found.prompt, found.reverse_is_automatic) == (0, "brighter", True)
    assert found.reverse
    again, same = rank(engine, "brighter")
    assert (same == rows).all()
    assert again.file != found.file


def test_hidden_files_are_not_ranked(engine: Engine, photos: Path) -> None:
    report(engine, add(engine, photos))
    _, before = rank(engine)
    best = int(before["file"][0])
    result(engine, engine.ask(lambda job: HideImages(job, (best,))))
    _, rows = rank(engine)
    assert rows["file"].tolist() == before["file"][1:].tolist()
    result(engine, engine.ask(lambda job: HideImages(job, (best,), hidden=False)))
    _, rows = rank(engine)
    assert rows["file"].tolist() == before["file"].tolist()


def test_removed_folders_leave_the_order_and_restored_ones_are_refreshed(engine: Engine, photos: Path) -> None:
    report(engine, add(engine, photos))
    with Library(engine.library) as library:
        (folder,) = library.folders()
    result(engine, engine.ask(lambda job: RemoveFolder(job, folder.id)))
    found, _ = rank(engine)
    assert found.count == 0
    write_photo(photos / "new.jpg", 500)
    result(engine, engine.ask(lambda job: RestoreFolder(job, folder.id)))
    own = engine.wait(Progress, lambda event: event.job < 0)
    assert report(engine, own.job).embedded == 1
    found, _ = rank(engine)
    assert found.count == 13


def test_one_folder_is_ranked_as_if_there_were_no_other(engine: Engine, photos: Path, tmp_path: Path) -> None:
    report(engine, add(engine, photos))
    alone, before = rank(engine)
    report(engine, add(engine, many_photos(tmp_path / "others", 2000, 20)))
    with Library(engine.library) as library:
        folder = next(folder for folder in library.folders() if folder.path == os.fsencode(photos))
    found, rows = rank(engine, folder_id=folder.id)
    assert (rows == before).all()
    assert found.agreement == alone.agreement
    everything, _ = rank(engine)
    assert everything.count == 32


def test_twins_share_a_score(engine: Engine, photos: Path) -> None:
    (photos / "twin.jpg").write_bytes((photos / "photo03.jpg").read_bytes())
    report(engine, add(engine, photos))
    _, rows = rank(engine)
    with Library(engine.library) as library:
        twins = [library.file_at(os.fsencode(photos / name)) for name in ("twin.jpg", "photo03.jpg")]
    places = [rows["file"].tolist().index(twin.id) for twin in twins if twin]
    assert abs(places[0] - places[1]) == 1
    assert rows["score"][places[0]] == rows["score"][places[1]]


def test_similar_images_of_one_in_the_library_and_of_one_outside(engine: Engine, photos: Path, tmp_path: Path) -> None:
    report(engine, add(engine, photos))
    with Library(engine.library) as library:
        file = library.file_at(os.fsencode(photos / "photo05.jpg"))
    assert file is not None
    found, rows = ranking(engine, engine.ask(lambda job: Similar(job, file_id=file.id)))
    assert rows["file"][0] == file.id
    assert rows["score"][0] == pytest.approx(1.0, abs=2e-3)
    assert found.count == 12

    outside = tmp_path / "outside.png"
    write_photo(outside, 5)  # the picture of photo05, in another format
    _, rows = ranking(engine, engine.ask(lambda job: Similar(job, path=os.fsencode(outside))))
    assert rows["file"][0] == file.id

    moved, rows = ranking(engine, engine.ask(lambda job: Similar(job, file_id=file.id, more="brighter", amount=1000.0)))
    _, brightest = rank(engine, "brighter")
    assert moved.prompt == "brighter"
    assert rows["file"][0] == brightest["file"][0] != file.id


def of_kind(engine: Engine, kind: type[T], command: Callable[[int], Command]) -> T:
    """The result of a question, which is of this kind."""
    found = result(engine, engine.ask(command))
    assert isinstance(found, kind)
    return found


def test_questions_about_pairs(engine: Engine, photos: Path, tmp_path: Path) -> None:
    other = many_photos(tmp_path / "other", 30_000, 12)
    engine.answer(add(engine, photos))
    engine.answer(add(engine, other))
    order, rows = rank(engine)
    with Library(engine.library) as library:
        paths = {file.id: file.path for file in library.files()}
    best, worst = (paths[int(rows["file"][place])] for place in (0, -1))

    (judged,) = of_kind(engine, ComparisonResult, lambda job: Compare(job, best, worst, (("brighter", ""),))).verdicts
    assert judged.score == float(rows["score"][0] - rows["score"][-1])
    assert (judged.winner, judged.reverse) == ("a", order.reverse)
    there = of_kind(engine, ExplanationResult, lambda job: Explain(job, best, worst)).differences
    back = of_kind(engine, ExplanationResult, lambda job: Explain(job, worst, best)).differences
    assert there
    assert [(each.phrase, -each.z) for each in back] == [(each.phrase, each.z) for each in there]

    a, b, c = sorted(paths.values())[:3]
    found = of_kind(engine, AnalogyResult, lambda job: Analogy(job, ((a, b),), c))
    written = np.load(found.file)
    assert len(written) == found.count == len(paths) - 3
    assert not {paths[file] for file in written["file"].tolist()} & {a, b, c}
    assert np.all(np.diff(written["score"]) <= 0)
    assert np.all(np.abs(written["agreement"]) <= 1)

    apart = of_kind(engine, ContrastResult, lambda job: Contrast(job, os.fsencode(photos), os.fsencode(other)))
    assert (apart.images_a, apart.images_b) == (12, 12)
    gone = engine.answer(engine.ask(lambda job: Explain(job, best, os.fsencode(tmp_path / "gone.jpg"))))
    assert isinstance(gone, Failed)
    assert gone.problem.code == "image-vanished"


def test_a_picture_that_is_gone_is_named(engine: Engine, tmp_path: Path) -> None:
    answer = engine.answer(engine.ask(lambda job: Similar(job, path=os.fsencode(tmp_path / "gone.jpg"))))
    assert isinstance(answer, Failed)
    assert answer.problem.code == "image-vanished"
    assert "gone.jpg" in answer.problem.sentence


@pytest.mark.parametrize(("prompt", "code"), [("  ", "prompt-empty"), ("very " * 2000 + "bright", "prompt-too-long")])
def test_prompts_that_say_nothing_or_too_much(engine: Engine, prompt: str, code: str) -> None:
    answer = engine.answer(engine.ask(lambda job: Rank(job, prompt)))
    assert isinstance(answer, Failed)
    assert answer.problem.code == code
    titles = [event.title for event in engine.events if isinstance(event, Progress)]
    assert max(map(len, titles)) < 100


def test_a_picture_that_comes_into_a_folder_is_indexed_by_itself(engine: Engine, photos: Path) -> None:
    report(engine, add(engine, photos))
    own = None
    for number in range(20):  # the folder is watched soon after it was added: when, nobody is told
        write_photo(photos / f"new{number}.jpg", 600 + number)
        if own := engine.soon(Progress, lambda event: event.job < 0, 2.0):
            break
    assert own is not None
    assert report(engine, own.job).embedded > 0


# ---- several things at once -------------------------------------------------------------------------------


def test_questions_and_new_folders_are_not_kept_waiting_by_an_index(engine: Engine, tmp_path: Path) -> None:
    long = add(engine, many_photos(tmp_path / "many"))
    few = many_photos(tmp_path / "few", 5000, 5)
    with in_the_middle(engine, long):
        second = add(engine, few)
        question = engine.ask(lambda job: Rank(job, "brighter"))
    found, rows = ranking(engine, question)
    assert not engine.endings(long)
    assert 0 < found.count == len(rows) < MANY
    assert found.pending > 0
    with Library(engine.library) as library:
        assert len(library.files()) == MANY + 5
    assert report(engine, long).embedded == MANY
    assert report(engine, second).embedded == 5


def test_cancelling_keeps_what_was_finished_and_the_next_run_goes_on(engine: Engine, tmp_path: Path) -> None:
    before = vector_count(engine)
    job = add(engine, many_photos(tmp_path / "many", 10_000))
    with in_the_middle(engine, job):
        queued = engine.ask(Refresh)
        engine.cancel(queued)
        engine.cancel(job)
    assert engine.answer(queued) == Cancelled(queued)
    assert engine.answer(job) == Cancelled(job)
    kept = vector_count(engine) - before
    assert 0 < kept < MANY
    assert report(engine, engine.ask(Refresh)).embedded == MANY - kept
    assert len(engine.endings(job)) == len(engine.endings(queued)) == 1


def test_switching_the_model_while_it_indexes(engine: Engine, tmp_path: Path) -> None:
    first = next(event for event in engine.events if isinstance(event, ModelReady))
    other = make_clip(tmp_path / "other-clip", seed=1)
    job = add(engine, many_photos(tmp_path / "many", 20_000))
    with in_the_middle(engine, job):
        switch = engine.ask(lambda number: UseModel(number, other))
    second = engine.wait(ModelReady)
    assert second.encoder_key != first.encoder_key
    assert engine.answer(switch) == Done(switch)
    assert report(engine, job).embedded == MANY
    found, _ = rank(engine)
    assert (found.count, found.model) == (MANY, second.name)
    with Library(engine.library) as library:
        assert library.setting("model") == second.name
        assert library.encoder(second.encoder_key).images >= MANY  # type: ignore[union-attr]

    mark = len(engine.events)
    result(engine, engine.ask(lambda number: UseModel(number, first.name)))
    report(engine, engine.ask(Refresh))  # after the engine's own
    own = [event.result for event in engine.events[mark:] if isinstance(event, Done) and event.job < 0]
    embedded = sum(done.embedded for done in own if isinstance(done, IndexReport))
    assert 0 < embedded < MANY  # only what the first model had not reached
    found, _ = rank(engine)
    assert (found.count, found.pending, found.model) == (MANY, 0, first.name)


def test_a_model_that_is_not_there_leaves_the_one_in_use(engine: Engine) -> None:
    answer = engine.answer(engine.ask(lambda job: UseModel(job, "no-such-model")))
    assert isinstance(answer, Failed)
    assert answer.problem.code == "model-unknown"
    found, _ = rank(engine)
    assert found.model


def test_a_checkpoint_is_imported_and_used_on_a_chosen_device(engine: Engine, tiny_model_dir: Path) -> None:
    file = os.fsencode(tiny_model_dir / "open_clip_model.safetensors")
    imported = result(engine, engine.ask(lambda job: ImportModel(job, file, f"local-dir:{tiny_model_dir}", "mine")))
    assert isinstance(imported, ModelInfo)
    assert (imported.name, imported.state) == ("mine", "imported")

    again = engine.answer(engine.ask(lambda job: ImportModel(job, file, "ViT-B-32", "mine")))
    assert isinstance(again, Failed)
    assert "'mine' is here already" in again.problem.sentence

    result(engine, engine.ask(lambda job: UseModel(job, "mine", "cpu")))
    used = [event for event in engine.events if isinstance(event, ModelReady)][-1]
    assert (used.name, used.device, used.chosen_device) == ("mine", "CPU", "cpu")
    assert ("cpu", "CPU") in used.devices
    with Library(engine.library) as library:
        assert library.setting("device") == "cpu"

    refused = engine.answer(engine.ask(lambda job: UseModel(job, "mine", "abacus")))
    assert isinstance(refused, Failed)
    assert "'abacus'" in refused.problem.sentence
    with Library(engine.library) as library:
        assert library.setting("device") == "cpu"
    result(engine, engine.ask(lambda job: UseModel(job, f"local-dir:{tiny_model_dir}", "auto")))
    result(engine, engine.ask(lambda job: RemoveModel(job, "mine")))


# ---- crashes under a job ----------------------------------------------------------------------------------


def test_an_index_that_is_killed_goes_on_by_itself(tmp_path: Path, tiny_model: str) -> None:
    engine = Engine(tmp_path, model=tiny_model)
    engine.start()
    job = add(engine, many_photos(tmp_path / "many"))
    with in_the_middle(engine, job):
        waiting = engine.ask(lambda number: Rank(number, "darker"))
        os.kill(engine.pid or 0, signal.SIGKILL)
    assert isinstance(engine.answer(job), Crashed)
    own = engine.wait(Progress, lambda event: event.job < 0)
    rest = report(engine, own.job)
    assert 0 < rest.embedded < MANY
    ranking(engine, waiting)
    found, _ = rank(engine)
    engine.close()
    assert found.count == MANY
    assert len(engine.endings(job)) == len(engine.endings(waiting)) == 1


def test_work_of_its_own_that_crashes_twice_is_not_begun_a_third_time(tmp_path: Path, photos: Path) -> None:
    engine = Engine(tmp_path)
    engine.start()
    report(engine, add(engine, photos))
    engine.close()
    write_photo(photos / "new.jpg", 500)
    engine = Engine(tmp_path)
    with closing(sqlite3.connect(engine.library)) as other:
        other.execute("BEGIN IMMEDIATE")  # the engine sees the new file, and waits to write it down
        engine.start()
        for _ in range(2):
            pid = engine.until_ready()
            own = engine.wait(Progress, lambda event: event.job < 0)
            os.kill(pid, signal.SIGKILL)
            assert isinstance(engine.answer(own.job), Crashed)
    engine.until_ready()
    before = len(engine.events)
    assert report(engine, engine.ask(Refresh)).found == 13
    engine.close()
    assert not [event for event in engine.events[before:] if isinstance(event, Progress) and event.job < 0]


def test_a_remembered_device_that_is_gone_is_not_waited_for(tmp_path: Path, tiny_model: str) -> None:
    with Writer(tmp_path / "library.pairlens") as writer:
        writer.call(lambda db: changes.put_setting(db, "device", "cuda:99"))
    engine = Engine(tmp_path, model=tiny_model)
    engine.start()
    try:
        ready = engine.until_settled()
        assert isinstance(ready, ModelReady)
        assert ready.chosen_device == "auto"
    finally:
        engine.close()
