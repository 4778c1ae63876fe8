"""A decoder that crashes, for real: which file it was is found out by the next index, and only that one is refused."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine import quarantine, settings
from engine.clip import load
from engine.index import index_folders
from engine.jobs import JobContext
from engine.store import Library, Writer
from tests.conftest import write_photo

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")

# Every Python process that finds this module on its path dies when it decodes a picture of 13 x 13 pixels.
CRASHING = """\
import signal
from PIL import ImageFile
load = ImageFile.ImageFile.load
def load_or_die(self):
    if self.size == (13, 13):
        signal.raise_signal(signal.SIGSEGV)  # to this very thread, as a decoder would
    return load(self)
ImageFile.ImageFile.load = load_or_die
"""


@pytest.fixture
def crashing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The processes started from now on have the crashing decoder; this one has not."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(CRASHING)
    root = Path(__file__).parents[2]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), str(root)]))


@pytest.mark.usefixtures("crashing")
def test_a_file_that_crashes_the_index_is_refused_by_name_in_the_next_one(
    tmp_path: Path, photos: Path, tiny_model: str
) -> None:
    bad = write_photo(photos / "bad.png", 900, (13, 13))
    path = tmp_path / "library.pairlens"
    command = [sys.executable, "-m", "engine.cli", "index", photos, "--library", path, "--model", tiny_model]
    first = subprocess.run(command, capture_output=True, timeout=120)
    assert first.returncode == -signal.SIGSEGV

    clip = load(tiny_model, "cpu")
    with Writer(path) as writer:
        report = index_folders(writer, [os.fsencode(photos)], clip, JobContext())
        again = index_folders(writer, [os.fsencode(photos)], clip, JobContext())
    assert [(refusal.path, refusal.code) for refusal in report.failed] == [(os.fsencode(bad), "image-crashes-decoder")]
    assert report.failed[0].reason == "bad.png crashes the decoder: its process was killed by signal 11 (SIGSEGV)."
    assert report.embedded + report.unchanged == 12
    assert again.failed == report.failed
    with Library(path) as library:
        assert library.pending_count(clip.encoder_key) == 0


def test_notes_live_as_long_as_the_decoding(tmp_path: Path) -> None:
    library = tmp_path / "library.pairlens"
    notes = quarantine.Notes(library)
    with notes.decoding(b"/photos/a.jpg"):
        assert quarantine.suspects(library) == [b"/photos/a.jpg"]
    assert quarantine.suspects(library) == []
    with notes.decoding(b"/c.jpg"):
        assert quarantine.suspects(library) == [b"/c.jpg"]
    notes.close()
    assert not any(settings.library_cache_dir(library).iterdir())


def test_the_innocent_and_the_merely_damaged_crash_nothing(tmp_path: Path) -> None:
    good, damaged = write_photo(tmp_path / "good.jpg", 1), tmp_path / "damaged.jpg"
    damaged.write_bytes(good.read_bytes()[:100])
    for file in (good, damaged, tmp_path / "gone.jpg"):
        assert quarantine.crash_of(os.fsencode(file), JobContext(), target=64) is None


def test_a_file_that_is_never_decoded_to_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine, "PATIENCE", 0.0)
    problem = quarantine.crash_of(os.fsencode(write_photo(tmp_path / "slow.jpg", 1)), JobContext(), target=64)
    assert problem is not None
    assert problem.sentence == "slow.jpg was not decoded within 0 seconds."


def test_a_place_that_takes_no_notes_is_no_reason_not_to_decode(tmp_path: Path) -> None:
    library = tmp_path / "library.pairlens"
    settings.library_cache_dir(library).write_text("a file where the folder should be")
    notes = quarantine.Notes(library)
    decoded = []
    with notes.decoding(b"/photos/a.jpg"):
        decoded.append(1)
    notes.close()
    assert decoded == [1]
