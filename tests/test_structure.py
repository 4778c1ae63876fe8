"""Promises about the code itself that no linter rule holds: sizes, safe loading, no printing, plain-text paths."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted([*ROOT.glob("app/**/*.py"), *ROOT.glob("engine/**/*.py")])

# The two places where an unforeseen exception becomes a named problem: the engine's job loop and the window's
# excepthook. (BLE in ruff asks for a reason elsewhere.)
PROCESS_BOUNDARIES = {"engine/boundary.py", "engine/thumbnails.py"}


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, ast.Call))


def name_of(call: ast.Call) -> str:
    return ast.unparse(call.func)


def keywords(call: ast.Call) -> dict[str | None, str]:
    return {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}


def reraises(handler: ast.ExceptHandler) -> bool:
    """A handler that only cleans up swallows nothing."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def test_files_stay_small() -> None:
    lengths = {relative(path): len(path.read_text().splitlines()) for path in SOURCES}
    assert {name: lines for name, lines in lengths.items() if lines > 500} == {}
    long = [name for name, lines in lengths.items() if lines > 300]
    assert len(long) <= len(lengths) / 10, long


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_unsafe_calls_are_absent(path: Path) -> None:
    for call in calls(path):
        name, given = name_of(call), keywords(call)
        where = f"{relative(path)}:{call.lineno}"
        if name.endswith("Image.open"):
            assert "formats" in given, f"{where}: Image.open without an allow-list of formats"
        if name in {"torch.load", "pickle.load", "pickle.loads"}:
            assert given.get("weights_only") == "True", f"{where}: {name} may run code from the file"
        assert given.get("shell") != "True", f"{where}: a shell string"
        assert name not in {"eval", "exec", "os.system"}, f"{where}: {name}"


@pytest.mark.parametrize("path", [p for p in SOURCES if relative(p).startswith("engine/")], ids=relative)
def test_engine_neither_prints_nor_exits(path: Path) -> None:
    if "cli" in path.parts:
        return
    for call in calls(path):
        assert name_of(call) not in {"print", "sys.exit", "exit"}, f"{relative(path)}:{call.lineno}"


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_broad_handlers_stand_only_at_process_boundaries(path: Path) -> None:
    if relative(path) in PROCESS_BOUNDARIES:
        return
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.ExceptHandler) and not reraises(node):
            caught = ast.unparse(node.type) if node.type else "everything"
            assert caught not in {"everything", "Exception", "BaseException"}, f"{relative(path)}:{node.lineno}"
