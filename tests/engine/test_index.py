"""Indexing real folders into real libraries: counts, moves, trouble, kills, cancels, orientation, twins."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import sqlite3
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from engine import settings
from engine.clip import Clip, load
from engine.errors import FolderMissing, FolderWithoutImages, JobCancelled
from engine.index import index_folders
from engine.jobs import JobContext
from engine.picture_cache import thumbnail_path
from engine.pictures import read_picture
from engine.protocol import IndexReport, Progress
from engine.store import Library, Writer, health
from tests.conftest import write_photo
from tests.engine.drawn_pictures import ROTATED_HEIC, quarters


@pytest.fixture(scope="module")
def clip(tiny_model_dir: Path) -> Clip:
    return load(f"local-dir:{tiny_model_dir}", "cpu")


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    with Writer(tmp_path / "library.pairlens") as writer:
        yield writer


@pytest.fixture
def library(writer: Writer) -> Iterator[Library]:
    with Library(writer.path) as library:
        yield library


def index(writer: Writer, clip: Clip | None, *folders: Path, context: JobContext | None = None) -> IndexReport:
    """Index these folders, or, with none, refresh the library."""
    requested = [os.fsencode(folder) for folder in folders] or None
    return index_folders(writer, requested, clip, context or JobContext())


def counts(report: IndexReport) -> tuple[int, int, int, int, int, int]:
    return report.found, report.embedded, report.unchanged, report.moved, report.removed, report.failed_count


def vectors(library: Library, clip: Clip) -> dict[str, np.ndarray]:
    """Each shown file's vector by name."""
    found = {}
    for file in library.files():
        if file.image_id is not None and (vector := library.vector(clip.encoder_key, file.image_id)) is not None:
            found[file.name] = vector
    return found


def test_a_folder_is_indexed_and_its_vectors_are_those_of_the_plain_loop(
    writer: Writer, library: Library, clip: Clip, photos: Path
) -> None:
    report = index(writer, clip, photos)
    assert counts(report) == (12, 12, 0, 0, 0, 0)
    assert report.seconds > 0
    assert report.images_per_second > 0
    found = vectors(library, clip)
    assert len(found) == 12
    for path in [*photos.glob("*.jpg"), *photos.glob("more/*.*")]:
        with Image.open(path, formats=["JPEG", "PNG", "WEBP"]) as image:
            plain = clip.encode_images(torch.stack([clip.preprocess(image.convert("RGB"))]))[0]
        assert float(plain @ found[path.name]) >= 0.999
    file = library.file_at(os.fsencode(photos / "photo00.jpg"))
    assert file is not None
    assert (file.width, file.height, file.format) == (64, 48, "JPEG")


def test_a_vector_that_a_failing_disk_changed_is_made_again(
    writer: Writer, library: Library, clip: Clip, photos: Path
) -> None:
    index(writer, clip, photos)
    before = vectors(library, clip)
    broken = library.file_at(os.fsencode(photos / "photo03.jpg"))
    assert broken is not None
    with closing(sqlite3.connect(writer.path)) as connection, connection:
        connection.execute("UPDATE vector SET vector = zeroblob(64) WHERE image_id = ?", (broken.image_id,))
    assert len(health.bad_vectors(writer.path)) == 1
    assert counts(index(writer, clip)) == (12, 1, 11, 0, 0, 0)
    assert health.bad_vectors(writer.path) == []
    after = vectors(library, clip)
    assert after.keys() == before.keys()
    assert all(np.array_equal(after[name], before[name]) for name in before)


def test_an_unchanged_folder_costs_nothing(writer: Writer, clip: Clip, photos: Path) -> None:
    index(writer, clip, photos)
    titles: list[str] = []
    context = JobContext(report=lambda progress: titles.append(progress.title))
    assert counts(index(writer, clip, photos, context=context)) == (12, 0, 12, 0, 0, 0)
    shutil.rmtree(settings.thumbnail_dir())  # thumbnails are made with every decoding
    assert counts(index(writer, clip)) == (12, 0, 12, 0, 0, 0)
    assert not settings.thumbnail_dir().exists()


def test_moved_and_renamed_files_keep_their_vectors(writer: Writer, library: Library, clip: Clip, photos: Path) -> None:
    index(writer, clip, photos)
    before = vectors(library, clip)
    (photos / "sub").mkdir()
    (photos / "photo00.jpg").rename(photos / "sub" / "renamed.jpg")
    (photos / "photo01.jpg").rename(photos / "sub" / "photo01.jpg")
    shutil.copy(photos / "photo02.jpg", photos / "copy.jpg")
    (photos / "photo03.jpg").unlink()
    os.utime(photos / "photo04.jpg", ns=(1, 1))
    shutil.rmtree(settings.thumbnail_dir())
    assert counts(index(writer, clip)) == (12, 0, 9, 3, 1, 0)
    assert not settings.thumbnail_dir().exists()  # nothing was decoded
    after = vectors(library, clip)
    assert np.array_equal(after["renamed.jpg"], before["photo00.jpg"])
    assert np.array_equal(after["copy.jpg"], before["photo02.jpg"])
    assert "photo03.jpg" not in after
    assert len(after) == 12


def test_a_changed_file_gets_a_new_vector(writer: Writer, library: Library, clip: Clip, photos: Path) -> None:
    index(writer, clip, photos)
    before = vectors(library, clip)["photo05.jpg"]
    write_photo(photos / "photo05.jpg", 999, (80, 60))
    assert counts(index(writer, clip)) == (12, 1, 11, 0, 0, 0)
    assert not np.allclose(vectors(library, clip)["photo05.jpg"], before, atol=1e-3)


def test_a_deleted_file_that_comes_back(writer: Writer, library: Library, clip: Clip, photos: Path) -> None:
    index(writer, clip, photos)
    (photos / "photo00.jpg").rename(photos.parent / "aside.jpg")
    assert counts(index(writer, clip)) == (11, 0, 11, 0, 1, 0)
    (photos.parent / "aside.jpg").rename(photos / "photo00.jpg")
    assert counts(index(writer, clip)) == (12, 0, 12, 0, 0, 0)
    assert len(vectors(library, clip)) == 12


def test_twins_are_decoded_once(writer: Writer, library: Library, clip: Clip, tmp_path: Path) -> None:
    folder = tmp_path / "twins"
    write_photo(folder / "a.jpg", 1)
    for name in "bcdefgh":
        shutil.copy(folder / "a.jpg", folder / f"{name}.jpg")
    report = index(writer, clip, folder)
    assert counts(report) == (8, 1, 0, 7, 0, 0)
    assert len({file.image_id for file in library.files()}) == 1


def test_bad_files_are_named_and_the_others_indexed(writer: Writer, library: Library, clip: Clip, photos: Path) -> None:
    expected = {}

    def bad(name: str, code: str) -> Path:
        expected[name] = code
        return photos / name

    write_photo(bad("cut.jpg", "image-unreadable"), 5, (200, 150))
    os.truncate(photos / "cut.jpg", 700)
    bad("empty.png", "image-empty").touch()
    bad("page.jpg", "not-an-image").write_text("<html>404</html>")
    bad("note.jpg", "not-an-image").write_text("hello")
    Image.new("1", (10_001, 10_000)).save(bad("huge.png", "image-too-large"))
    (photos / "dangling.jpg").symlink_to(photos / "nowhere.jpg")
    (photos / "loop.jpg").symlink_to(photos / "loop.jpg")
    expected |= {"dangling.jpg": "not-an-image", "loop.jpg": "not-an-image"}
    if sys.platform != "win32":
        os.mkfifo(bad("fifo.jpg", "not-an-image"))
    report = index(writer, clip, photos)
    assert counts(report) == (12 + len(expected), 12, 0, 0, 0, len(expected))
    assert {os.path.basename(item.path).decode(): item.code for item in report.failed} == expected
    assert all(os.path.basename(item.path).decode() in item.reason for item in report.failed)
    again = index(writer, clip)
    assert counts(again) == (12 + len(expected), 0, 12, 0, 0, len(expected))
    assert sorted(again.failed, key=repr) == sorted(report.failed, key=repr)
    assert library.pending_count(clip.encoder_key) == 0  # none is said to be still to come
    write_photo(photos / "note.jpg", 77, (50, 50))
    write_photo(photos / "nowhere.jpg", 78, (50, 50))  # so dangling.jpg shows the same picture
    repaired = index(writer, clip)
    assert (repaired.embedded, repaired.moved) == (2, 1)


def test_odd_files_are_indexed(writer: Writer, library: Library, clip: Clip, tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    Image.new("RGB", (1, 1), (9, 9, 9)).save(folder / "one.png")
    Image.new("RGB", (3000, 2), (9, 99, 9)).save(folder / "thin.png")
    Image.new("RGB", (2, 40_000), (99, 9, 9)).save(folder / "thinner.png")
    quarters().convert("CMYK").save(folder / "cmyk.jpg")
    quarters().convert("RGBA").save(folder / "alpha.webp")
    quarters().quantize(8).save(folder / "palette.gif")
    quarters().save(folder / "jpeg.png", "JPEG")
    Image.fromarray(np.arange(4800, dtype=np.uint16).reshape(60, 80)).save(folder / "deep.png")
    shutil.copy(ROTATED_HEIC, folder / "phone.HEIC")
    os.rename(write_photo(folder / "x.jpg", 1), os.fsencode(folder) + b"/\xff\xfe \xf0\x9f\x98\x80 'quoted'.jpg")
    assert counts(index(writer, clip, folder)) == (10, 10, 0, 0, 0, 0)
    sizes = {file.name: (file.width, file.height) for file in library.files()}
    assert sizes["thin.png"] == (3000, 2)
    assert sizes["phone.HEIC"] == (48, 64)


def test_orientation_reaches_the_vector(writer: Writer, library: Library, clip: Clip, tmp_path: Path) -> None:
    folder = tmp_path / "turned"
    folder.mkdir()
    exif = Image.Exif()
    exif[0x0112] = 3
    with Image.open(write_photo(tmp_path / "a.bmp", 7, (400, 300)), formats=["BMP"]) as image:
        image.save(folder / "tagged.png", exif=exif)
        image.save(folder / "untagged.png")
        image.transpose(Image.Transpose.ROTATE_180).save(folder / "pixels.png")
    index(writer, clip, folder)
    found = vectors(library, clip)
    turned, not_turned = (float(found["tagged.png"] @ found[name]) for name in ("pixels.png", "untagged.png"))
    assert 1 - turned < 5e-4 < 3e-3 < 1 - not_turned


def test_indexing_leaves_thumbnails(writer: Writer, library: Library, clip: Clip, photos: Path) -> None:
    index(writer, clip, photos)
    for file in library.files():
        assert thumbnail_path(file.path, file.size, file.mtime_ns).is_file()


def test_indexing_goes_on_without_a_thumbnail_cache(writer: Writer, clip: Clip, photos: Path) -> None:
    settings.cache_dir().parent.mkdir(parents=True)
    settings.cache_dir().write_text("a file where a folder should be")
    assert index(writer, clip, photos).embedded == 12


def test_without_a_model_files_are_only_noted(writer: Writer, library: Library, clip: Clip, photos: Path) -> None:
    assert counts(index(writer, None, photos)) == (12, 0, 0, 0, 0, 0)
    assert [file.image_id for file in library.files()] == [None] * 12
    assert counts(index(writer, clip)) == (12, 12, 0, 0, 0, 0)


def test_another_encoder_embeds_everything_again(
    writer: Writer, library: Library, clip: Clip, photos: Path, tiny_model_dir: Path, tmp_path: Path
) -> None:
    index(writer, clip, photos)
    other = Path(shutil.copytree(tiny_model_dir, tmp_path / "other"))
    text = (other / "open_clip_config.json").read_text().replace("0.5, 0.5, 0.5", "0.4, 0.4, 0.4", 1)
    (other / "open_clip_config.json").write_text(text)
    second = load(f"local-dir:{other}", "cpu")
    assert second.encoder_key != clip.encoder_key
    assert index(writer, second).embedded == 12
    assert len(vectors(library, clip)) == len(vectors(library, second)) == 12


# ---- folders --------------------------------------------------------------------------------------------


def test_folders_that_cannot_be_added(
    writer: Writer, library: Library, clip: Clip, photos: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty" / "sub").mkdir(parents=True)
    with pytest.raises(FolderMissing, match="nowhere"):
        index(writer, clip, tmp_path / "nowhere")
    with pytest.raises(FolderWithoutImages, match="empty"):
        index(writer, clip, tmp_path / "empty")
    assert library.folders() == []
    report = index(writer, clip, tmp_path / "nowhere", photos, tmp_path / "empty")
    assert counts(report) == (12, 12, 0, 0, 0, 2)
    assert {item.code for item in report.failed} == {"folder-missing", "folder-without-images"}
    assert [folder.path for folder in library.folders()] == [os.fsencode(photos)]


def test_a_folder_inside_another_is_counted_once(writer: Writer, library: Library, clip: Clip, photos: Path) -> None:
    index(writer, clip, photos / "more")
    assert counts(index(writer, clip, photos)) == (12, 10, 2, 0, 0, 0)
    assert counts(index(writer, clip)) == (12, 0, 12, 0, 0, 0)
    assert len(library.folders()) == 2
    inner = next(folder for folder in library.folders() if folder.display.endswith("more"))
    report = index_folders(writer, None, clip, JobContext(), folder_id=inner.id)
    assert counts(report) == (2, 0, 2, 0, 0, 0)


def test_an_offline_folder_forgets_nothing(writer: Writer, library: Library, clip: Clip, photos: Path) -> None:
    """R22: the drive is away; then only its bare mount point is there; then it is back."""
    index(writer, clip, photos)
    before = vectors(library, clip)
    photos.rename(photos.parent / "away")
    assert counts(index(writer, clip)) == (0, 0, 0, 0, 0, 0)
    assert [folder.online for folder in library.folders()] == [False]
    assert len(library.files()) == 12
    photos.mkdir()
    assert counts(index(writer, clip)) == (0, 0, 0, 0, 0, 0)
    assert len(library.files()) == 12
    photos.rmdir()
    (photos.parent / "away").rename(photos)
    assert counts(index(writer, clip)) == (12, 0, 12, 0, 0, 0)
    assert [folder.online for folder in library.folders()] == [True]
    after = vectors(library, clip)
    assert before.keys() == after.keys()


def test_a_folder_that_goes_away_while_it_is_looked_through(
    writer: Writer, library: Library, clip: Clip, photos: Path
) -> None:
    """R22: the root is renamed in the middle of a scan; no file is taken for deleted."""
    index(writer, clip, photos)

    def rename(progress: Progress) -> None:
        if photos.exists():
            photos.rename(photos.parent / "away")

    report = index(writer, clip, context=JobContext(report=rename))
    assert report.removed == 0
    assert len(library.files()) == 12
    assert [folder.online for folder in library.folders()] == [False]


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="needs a user who can be refused")
def test_an_unreadable_subfolder_is_reported_and_keeps_its_files(
    writer: Writer, library: Library, clip: Clip, photos: Path
) -> None:
    index(writer, clip, photos)
    (photos / "more").chmod(0)
    try:
        report = index(writer, clip)
        assert counts(report) == (10, 0, 10, 0, 0, 1)
        assert report.failed[0].code == "folder-unreadable"
        assert len(library.files()) == 12
    finally:
        (photos / "more").chmod(0o700)


def test_single_files(writer: Writer, library: Library, clip: Clip, photos: Path) -> None:
    report = index(writer, clip, photos / "photo00.jpg", photos / "photo01.jpg")
    assert counts(report) == (2, 2, 0, 0, 0, 0)
    assert [file.name for file in library.files()] == ["photo00.jpg", "photo01.jpg"]
    assert counts(index(writer, clip)) == (2, 0, 2, 0, 0, 0)  # refreshing does not bring in the others
    (photos / "photo01.jpg").unlink()
    assert counts(index(writer, clip)) == (1, 0, 1, 0, 1, 0)
    assert counts(index(writer, clip, photos)) == (11, 10, 1, 0, 0, 0)  # the folder itself does
    assert counts(index(writer, clip)) == (11, 0, 11, 0, 0, 0)
    write_photo(photos / "new.jpg", 50)
    assert counts(index(writer, clip, photos / "new.jpg")) == (12, 1, 11, 0, 0, 0)


def test_a_single_file_that_is_no_image(writer: Writer, clip: Clip, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("hello")
    report = index(writer, clip, tmp_path / "note.txt")
    assert counts(report) == (1, 0, 0, 0, 0, 1)
    assert report.failed[0].reason == "note.txt is text, not an image."


# ---- progress, cancelling, changing, killing ------------------------------------------------------------


def test_progress_names_the_folder_and_reaches_the_end(writer: Writer, clip: Clip, photos: Path) -> None:
    told: list[Progress] = []
    changed: set[str] = set()
    context = JobContext(report=told.append, on_change=changed.update)
    index(writer, clip, photos, context=context)
    context.flush_changes()
    assert {progress.title for progress in told} == {"Looking through photos", "Indexing photos"}
    assert (told[-1].title, told[-1].done, told[-1].total) == ("Indexing photos", 12, 12)
    assert changed == {"folders", "files", "vectors"}


def test_cancelling_keeps_what_was_finished(writer: Writer, library: Library, clip: Clip, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    for number in range(60):
        write_photo(folder / f"{number}.png", number, (16, 16))
    cancelled = threading.Event()

    def stop(progress: Progress) -> None:
        if progress.title.startswith("Indexing") and progress.done:
            cancelled.set()

    with pytest.raises(JobCancelled):
        index(writer, clip, folder, context=JobContext(report=stop, cancelled=cancelled))
    finished = len(vectors(library, clip))
    assert 0 < finished < 60
    assert counts(index(writer, clip)) == (60, 60 - finished, finished, 0, 0, 0)


def test_a_file_that_changes_while_it_is_encoded(writer: Writer, library: Library, clip: Clip, photos: Path) -> None:
    """R21: the look after encoding catches it; the next run takes the new content."""
    touched = photos / "photo00.jpg"

    class Meddler:
        """The model, during whose work somebody writes to a file."""

        def __getattr__(self, name: str) -> object:
            return getattr(clip, name)

        def encode_images(self, tensors: torch.Tensor) -> np.ndarray:
            write_photo(touched, 500, (90, 70))
            return clip.encode_images(tensors)

    report = index(writer, Meddler(), photos)  # type: ignore[arg-type]
    assert [(item.path, item.code) for item in report.failed] == [(os.fsencode(touched), "image-changed")]
    assert report.embedded == 11
    assert "photo00.jpg" not in vectors(library, clip)
    assert counts(index(writer, clip)) == (12, 1, 11, 0, 0, 0)
    picture = read_picture(os.fsencode(touched))
    expected = clip.encode_images(torch.stack([clip.preprocess(picture.image)]))[0]
    assert float(vectors(library, clip)["photo00.jpg"] @ expected) > 0.999


def test_a_folder_that_goes_away_while_it_is_encoded(
    writer: Writer, library: Library, clip: Clip, tmp_path: Path
) -> None:
    """One line says so, not one for each of its files; those of another folder are indexed."""
    doomed, other = tmp_path / "doomed", tmp_path / "other"
    for number in range(30):
        write_photo(doomed / f"{number}.jpg", number)
    write_photo(other / "z.jpg", 100)

    class Meddler:
        """The model, during whose work somebody deletes the folder."""

        def __getattr__(self, name: str) -> object:
            return getattr(clip, name)

        def encode_images(self, tensors: torch.Tensor) -> np.ndarray:
            shutil.rmtree(doomed, ignore_errors=True)
            return clip.encode_images(tensors)

    report = index(writer, Meddler(), doomed, other)  # type: ignore[arg-type]
    assert [(item.path, item.code) for item in report.failed] == [(os.fsencode(doomed), "folder-missing")]
    assert counts(report) == (31, 1, 0, 0, 0, 30)


def test_unusable_vectors_are_not_stored(writer: Writer, library: Library, clip: Clip, photos: Path) -> None:
    """R30: a model that answers with NaN."""

    class Broken:
        def __getattr__(self, name: str) -> object:
            return getattr(clip, name)

        def encode_images(self, tensors: torch.Tensor) -> np.ndarray:
            made = clip.encode_images(tensors)
            made[0] = np.nan
            return made

    report = index(writer, Broken(), photos)  # type: ignore[arg-type]
    assert report.failed_count >= 1
    assert report.embedded == 12 - report.failed_count == len(vectors(library, clip))
    assert np.isfinite(library.vectors(clip.encoder_key)[1]).all()


def _index_and_stall(library: Path, folder: Path, model: str, pipe: Connection) -> None:
    """The body of a process that is killed: once a batch is done, its model takes for ever over the next."""
    clip = load(model, "cpu")
    encode, first = clip.encode_images, threading.Lock()

    def encode_images(tensors: torch.Tensor) -> np.ndarray:
        if done:
            if first.acquire(blocking=False):
                pipe.send(done)
            threading.Event().wait()
        return encode(tensors)

    done = 0

    def report(progress: Progress) -> None:
        nonlocal done
        done = progress.done if progress.title.startswith("Indexing") else 0

    clip.encode_images = encode_images  # type: ignore[method-assign]
    with Writer(library) as writer:
        index_folders(writer, [os.fsencode(folder)], clip, JobContext(report=report))


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_a_killed_indexing_goes_on(tmp_path: Path, tiny_model: str, clip: Clip) -> None:
    """R1: SIGKILL in the middle of a batch; the batches before it are there, and the next run does the rest only."""
    folder, path = tmp_path / "many", tmp_path / "killed.pairlens"
    for number in range(80):
        write_photo(folder / f"{number:03}.jpg", number)
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_index_and_stall, args=(path, folder, tiny_model, theirs))
    process.start()
    theirs.close()
    assert ours.poll(120)
    told = ours.recv()
    assert process.pid
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    with Library(path) as library:
        kept = len(vectors(library, clip))
    assert 0 < told <= kept < 80
    with Writer(path) as writer:
        report = index(writer, clip, folder)
    assert counts(report) == (80, 80 - kept, kept, 0, 0, 0)
