"""What is installed beside PairLens: licences, pins; and what the build and the Makefile promise about it."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def runtime() -> dict[str, metadata.Distribution]:
    """Every installed distribution that PairLens needs at run time: the closure of its dependencies, by name."""
    waiting = [Requirement(line) for line in PROJECT["dependencies"]]
    found: dict[str, metadata.Distribution] = {}
    while waiting:
        name = canonicalize_name(waiting.pop().name)
        if name in found:
            continue
        found[name] = metadata.distribution(name)
        for requirement in map(Requirement, found[name].requires or []):
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                waiting.append(requirement)
    return found


RUNTIME = runtime()


def licence(distribution: metadata.Distribution) -> str:
    """Everything the metadata says about the licence."""
    about = distribution.metadata
    classifiers = [line for line in about.get_all("Classifier") or [] if line.startswith("License ::")]
    return " AND ".join(filter(None, [about["License-Expression"], about["License"], *classifiers]))


def allows_other_licences(words: str) -> bool:
    """Whether a licence can be followed without the GPL: no part of it is GPL, or each part has another alternative."""
    gpl = re.compile(r"(?<!L)GPL|(?<!Lesser )General Public License", re.IGNORECASE)
    return all(any(not gpl.search(choice) for choice in part.split(" OR ")) for part in words.split(" AND "))


@pytest.mark.parametrize(
    ("words", "allowed"),
    [
        ("MIT", True),
        ("LGPL-3.0-only OR GPL-2.0-only OR GPL-3.0-only", True),
        ("License :: OSI Approved :: GNU Lesser General Public License v3 (LGPLv3)", True),
        ("MIT AND GPL-3.0-only", False),
        ("GPLv2", False),
        ("AGPL-3.0", False),
        ("License :: OSI Approved :: GNU General Public License v2 (GPLv2)", False),
    ],
)
def test_how_licences_are_read(words: str, allowed: bool) -> None:
    assert allows_other_licences(words) is allowed


@pytest.mark.parametrize("name", sorted(RUNTIME))
def test_no_dependency_is_gpl(name: str) -> None:
    words = licence(RUNTIME[name])
    assert allows_other_licences(words), f"{name}: {words}"


def test_everything_we_need_is_pinned_and_tested_as_pinned() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = dict(line.split("==") for line in lines if "==" in line)
    pinned = {canonicalize_name(name): version for name, version in pins.items()}
    installed = {name: found.version for name, found in RUNTIME.items() if name != "pip"}
    assert {
        name: (version, pinned.get(name)) for name, version in installed.items() if pinned.get(name) != version
    } == {}


def test_the_help_needs_no_torch_no_numpy_no_qt() -> None:
    code = (
        "import sys; from engine.cli import main; main(['--help'])\n"
        "heavy = {'torch', 'open_clip', 'numpy', 'PIL', 'sqlite_utils', 'PySide6', 'rich.console'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "rank" in done.stdout


def test_continuous_integration_runs_make_test() -> None:
    lines = (ROOT / ".ci" / "run").read_text().splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == [
        "set -euo pipefail",
        'cd "$(dirname "$0")/.."',
        "make test",
    ]
