"""What the window remembers survives a restart and never keeps it from starting."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QByteArray

from app.preferences import Preferences


def test_round_trip_through_a_new_object(tmp_path: Path) -> None:
    path = tmp_path / "window.ini"
    first = Preferences(path)
    first.theme, first.library, first.columns = "light", "/tmp/ä library.pairlens", 7
    first.set_flag("inspector", False)
    first.set_layout("window", QByteArray(b"\x00\x01geometry"))
    first.save()
    second = Preferences(path)
    assert (second.theme, second.library, second.columns) == ("light", "/tmp/ä library.pairlens", 7)
    assert second.flag("inspector", True) is False
    assert second.flag("folders", True) is True
    assert second.layout("window") == QByteArray(b"\x00\x01geometry")


@pytest.mark.parametrize(
    "text",
    [
        "theme=pink\ncolumns=many\nlibrary=1,2,3\n[flag]\ninspector=maybe\n[layout]\nwindow=12",
        "theme=@Invalid()\ncolumns=-4\n[layout]\nwindow=@ByteArray(abc",
        "\x00\x01\x02[[[[",
        "theme=@Variant(\\0\\0\\0\\x7f",
    ],
)
def test_a_damaged_file_means_the_defaults(tmp_path: Path, text: str) -> None:
    path = tmp_path / "window.ini"
    path.write_text(text)
    read = Preferences(path)
    assert (read.theme, read.columns) == ("system", 0)
    assert read.library == ""
    assert read.flag("inspector", True) is True
    read.layout("window")


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=200))
def test_any_bytes_can_be_read(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "window.ini"
    path.write_bytes(data)
    read = Preferences(path)
    assert read.theme in {"system", "dark", "light"}
    assert 0 <= read.columns <= 40
    assert isinstance(read.library, str)
    assert isinstance(read.layout("window"), QByteArray)
