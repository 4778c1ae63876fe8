"""The checks: on this machine, on whole and damaged libraries. (Ollama: test_ollama_hosts.)"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine import doctor, system_libraries
from engine.cli import main
from engine.store import Writer, changes, health
from engine.store.health import Check


def checks(library: Path) -> dict[str, Check]:
    return {check.name: check for check in doctor.examine(library, "cpu")}


@pytest.fixture
def library(tmp_path: Path) -> Path:
    path = tmp_path / "library.pairlens"
    with Writer(path) as writer:
        writer.call(lambda db: changes.add_folder(db, bytes(tmp_path)))
    return path


def test_a_machine_without_a_library(tmp_path: Path) -> None:
    found = checks(tmp_path / "none.pairlens")
    assert found["library"].ok
    assert "none yet" in found["library"].detail
    assert found["device"].detail.startswith("CPU")
    assert found["torch"].detail.startswith("2.")
    assert not list(tmp_path.glob("none*")), "a check must not create anything"


def test_a_whole_library(library: Path) -> None:
    found = checks(library)
    assert found["structure"].ok
    assert found["folders"] == Check("folders", True, "all 1 there")
    assert found["lock"].detail == "free"


def test_a_library_in_use_and_a_folder_that_is_away(tmp_path: Path, library: Path) -> None:
    with Writer(library) as writer:
        writer.call(lambda db: changes.add_folder(db, bytes(tmp_path / "away")))
        found = checks(library)
    assert found["lock"].detail.startswith("held")
    assert not found["folders"].ok
    assert str(tmp_path / "away") in found["folders"].detail


def test_a_damaged_library_is_named_and_restored(library: Path, capsys: pytest.CaptureFixture[str]) -> None:
    health.backup(library)
    library.write_bytes(b"\0" * 100 + library.read_bytes()[100:])
    assert not checks(library)["library"].ok

    assert main(["doctor", "--restore", "--library", str(library), "--device", "cpu", "--json"]) in {0, 1}
    out, err = capsys.readouterr()
    report = {check["name"]: check for check in json.loads(out)["checks"]}
    assert report["structure"]["ok"], report
    assert "is kept as" in err
    assert list(library.parent.glob(library.name + "-damaged-*"))


def test_a_library_that_was_deleted_is_restored(library: Path, capsys: pytest.CaptureFixture[str]) -> None:
    health.backup(library)
    library.unlink()
    assert main(["doctor", "--restore", "--library", str(library), "--device", "cpu"]) in {0, 1}
    assert "there was no file before" in capsys.readouterr().err
    assert library.is_file()


def test_the_command_says_how_many_checks_failed(library: Path, capsys: pytest.CaptureFixture[str]) -> None:
    library.write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    assert main(["doctor", "--library", str(library), "--device", "cpu"]) == 1
    out, err = capsys.readouterr()
    assert "NOT OK library" in out
    assert err.startswith("pairlens: ")
    assert "library" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("version", "affected"),
    [
        ((3, 6, 23), False),
        ((3, 7, 0), True),
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 45, 0), True),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 52, 0), False),
    ],
)
def test_which_sqlite_has_the_wal_reset_bug(version: tuple[int, int, int], affected: bool) -> None:
    assert doctor.has_wal_reset_bug(version) is affected
    assert doctor.sqlite_version(version).ok


# ---- Qt's system libraries ------------------------------------------------------------------------------


def test_ldd_names_what_is_missing_once() -> None:
    text = (
        "\tlinux-vdso.so.1 (0x00007ffd)\n"
        "\tlibxcb-cursor.so.0 => not found\n"
        "\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f)\n"
        "\tlibxcb-cursor.so.0 => not found\n"
        "\tlibEGL.so.1 => not found\n"
    )
    missing = sorted(system_libraries.parse_ldd(text))
    assert missing == ["libEGL.so.1", "libxcb-cursor.so.0"]
    assert system_libraries.packages([*missing, "libnew.so.7"]) == ["libegl1", "libnew.so.7", "libxcb-cursor0"]


def test_a_folder_without_qt_misses_nothing(tmp_path: Path) -> None:
    assert system_libraries.missing_libraries(tmp_path) == []
