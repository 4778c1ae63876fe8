"""The command line as real processes: Ctrl-C, a closed pipe, the window as a child, a library in use."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from engine.cli import main
from engine.errors import LibraryError
from engine.store import Library, Writer

ROOT = Path(__file__).resolve().parent.parent.parent
PAIRLENS = [sys.executable, "-m", "engine.cli"]
IMAGES = 150
WAIT = 120  # seconds, far more than anything here takes on a machine of its own


def embedded(library: Path) -> int:
    """How many images have a vector by now."""
    try:
        with Library(library) as source:
            return sum(encoder.images for encoder in source.encoders())
    except LibraryError:
        return 0


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """So many large pictures that indexing them is interrupted in the middle; each of its own content."""
    folder = tmp_path / "many"
    folder.mkdir()
    Image.radial_gradient("L").resize((1600, 1200)).convert("RGB").save(folder / "first.jpg", quality=90)
    content = (folder / "first.jpg").read_bytes()
    for number in range(1, IMAGES):
        (folder / f"{number:03}.jpg").write_bytes(content + number.to_bytes(4, "big"))  # JPEG readers stop before it
    return folder


@pytest.mark.timeout(3 * WAIT)
@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT cannot be sent to one process there")
def test_ctrl_c_keeps_what_was_finished(many: Path, tmp_path: Path, tiny_model: str) -> None:
    library = tmp_path / "library.pairlens"
    command = [*PAIRLENS, "index", many, "--library", library, "--model", tiny_model, "--device", "cpu", "--json"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        end = time.monotonic() + WAIT
        while embedded(library) == 0 and process.poll() is None and time.monotonic() < end:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=WAIT)
    assert process.returncode == 130, err
    assert json.loads(out)["error"]["code"] == "cancelled"
    assert err.splitlines()[-1] == "pairlens: interrupted; what was finished is kept"
    kept = embedded(library)
    assert 0 < kept < IMAGES

    again = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=WAIT, check=True)
    assert json.loads(again.stdout)["embedded"] == IMAGES - kept
    assert embedded(library) == IMAGES


@pytest.mark.parametrize("command", [["--help"], ["models", "list", "--json"]])  # the second one fills the buffer
def test_a_reader_that_leaves_early_is_no_problem(command: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [*PAIRLENS, *command], cwd=ROOT, stdout=write, stderr=subprocess.PIPE, text=True, timeout=WAIT, check=False
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_command_that_used_the_model_ends_without_a_word_more(photos: Path, tmp_path: Path, tiny_model: str) -> None:
    library = str(tmp_path / "library")
    for command in (["index", str(photos)], ["rank", "brighter", "--json"]):
        whole = [sys.executable, "-m", "engine.cli", *command, "--library", library, "--model", tiny_model]
        done = subprocess.run(whole, cwd=ROOT, capture_output=True, text=True, timeout=WAIT, check=True)
        foreign = [line for line in done.stderr.splitlines() if not line.startswith("pairlens: ")]
        assert foreign == [], "torch's bindings complain when the collector leaves their objects out at the end"


def test_another_time_zone_and_language_find_the_same_images(photos: Path, tmp_path: Path, tiny_model: str) -> None:
    """What an image is known by does not depend on how the machine writes times, numbers and letters."""
    command = [*PAIRLENS, "index", photos, "--library", tmp_path / "library", "--model", tiny_model, "--json"]
    told = []
    for zone, language in (("UTC", "C"), ("Pacific/Auckland", "tr_TR.UTF-8"), ("<-12>12", "ar_EG.UTF-8")):
        around = os.environ | {"TZ": zone, "LC_ALL": language, "LANG": language}
        done = subprocess.run(command, cwd=ROOT, env=around, capture_output=True, text=True, timeout=WAIT, check=True)
        told.append(json.loads(done.stdout))
    count = told[0]["embedded"]
    assert count > 0
    assert [(each["embedded"], each["unchanged"]) for each in told] == [(count, 0), (0, count), (0, count)]


def test_a_library_in_use_is_named(photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    library = tmp_path / "library.pairlens"
    with Writer(library):
        done = subprocess.run(
            [*PAIRLENS, "index", photos, "--library", library], cwd=ROOT, capture_output=True, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stderr.startswith("pairlens: ")
    assert done.stderr.count("\n") == 1
    assert str(library) in done.stderr


@pytest.mark.parametrize(("status", "code"), [(0, 0), (1, 1), (2, 2)])
def test_the_window_is_a_process_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int, code: int
) -> None:
    """`python -m app` with our options; a stand-in for the window writes down what it was started with."""
    told = tmp_path / "told.json"
    stand_in = tmp_path / "stand-in" / "app"
    stand_in.mkdir(parents=True)
    (stand_in / "__main__.py").write_text(
        f"import json, sys\njson.dump(sys.argv[1:], open({str(told)!r}, 'w'))\nsys.exit({status})\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(stand_in.parent))
    folder = tmp_path / "-photos"
    folder.mkdir()
    assert main(["gui", "--library", "x.pairlens", "--device", "cpu", "--", str(folder)]) == code
    assert json.loads(told.read_text()) == [
        "--model", "", "--device", "cpu", "--library", "x.pairlens", "--", str(folder)
    ]  # fmt: skip


def test_a_module_named_app_where_we_are_started_is_not_the_window(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "app.py").write_text("import sys; sys.exit(42)")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    assert main(["gui", "--no-such-option"]) == 2  # not even started
    monkeypatch.setenv("QT_QPA_PLATFORM", "")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert main(["gui"]) == 1  # our own window, which says that there is no display
