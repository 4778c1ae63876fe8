"""Checks of this machine and this library, each with what to do about it; works on a damaged library too.

A check that is not ok means that something does not work until its remedy is followed.

Run by `pairlens doctor` and by the window's diagnostics. Nothing is changed and nothing leaves the machine: Ollama is
asked on the loopback address only.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import sqlite3
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from engine import settings, system_libraries
from engine.errors import FolderMissing, LibraryReadOnly, PairLensError
from engine.ollama_hosts import DEFAULT_HOST, hosts_of, look
from engine.store import Library, health
from engine.store.health import Check
from engine.text_messages import FAILURE_SETTING

PACKAGES = ("torch", "torchvision", "open_clip_torch", "PySide6-Essentials", "pillow", "numpy")
LOW_SPACE = 500_000_000  # bytes: about 400,000 vectors of 512 float16 values with their rows


def examine(library: Path, device: str = "auto") -> Iterator[Check]:
    """Every check, each as soon as it is known; the last ones read the whole library."""
    yield from versions()
    yield sqlite_version(sqlite3.sqlite_version_info)
    yield qt_libraries()
    yield compute_device(device)
    yield models_here()
    for host in hosts_of(library):
        yield ollama_state(host)
    yield from last_failure(library)
    yield thumbnails()
    yield free_space("free space for the library", library.parent)
    yield free_space("free space for caches", settings.cache_dir())
    yield lock(library)
    yield from library_state(library)


def versions() -> Iterator[Check]:
    """PairLens, Python and the packages that decide what works."""
    yield Check("PairLens", True, _version("pairlens") or "run from its source folder")
    yield Check("Python", True, f"{platform.python_version()} on {platform.platform()}")
    for package in PACKAGES:
        found = _version(package)
        remedy = "" if found else f"Install it: `python -m pip install {package}`."
        yield Check(package, found is not None, found or "not installed", remedy)


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def has_wal_reset_bug(version: tuple[int, ...]) -> bool:
    """Whether this SQLite can corrupt a WAL database that two connections write at once (3.7.0 to 3.51.2)."""
    fixed = version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)
    return version >= (3, 7) and not fixed


def sqlite_version(version: tuple[int, ...]) -> Check:
    """SQLite's version, and whether we have to keep to our rule of one writing connection because of it."""
    words = ".".join(map(str, version))
    if has_wal_reset_bug(version):
        words += " (with the WAL-reset bug; PairLens is safe from it, because one connection does all writing)"
    return Check("SQLite", True, words)


def qt_libraries() -> Check:
    """The system libraries without which Qt cannot open a window."""
    missing = system_libraries.missing_libraries()
    if not missing:
        return Check("Qt system libraries", True, "all there")
    packages = " ".join(system_libraries.packages(missing))
    return Check("Qt system libraries", False, f"missing: {', '.join(missing)}", f"sudo apt-get install {packages}")


def compute_device(device: str) -> Check:
    """The device that would compute, and why a graphics card is not used."""
    from engine.clip import choose_device, device_words

    try:
        chosen = choose_device(device)
    except PairLensError as error:
        return Check("device", False, error.sentence, error.remedy)
    return Check("device", True, device_words(chosen) + (_why_not_cuda() if chosen.type == "cpu" else ""))


def _why_not_cuda() -> str:
    import torch

    if torch.version.cuda is None:
        return " (this build of torch is for the CPU)"
    if shutil.which("nvidia-smi") is None:
        return " (no NVIDIA driver found)"
    return f" (torch is built for CUDA {torch.version.cuda}, but the driver offers no card to it)"


def models_here() -> Check:
    """The models that can be used without a download."""
    from engine.models import DAMAGED, list_models

    try:
        models = list_models()
    except PairLensError as error:
        return Check("models", False, error.sentence, error.remedy)
    for model in models:
        if model.state == DAMAGED:
            return Check("models", False, model.note, f"Remove it: `pairlens models remove {model.name}`.")
    here = [model.name for model in models if model.is_usable]
    if here:
        return Check("models", True, ", ".join(here))
    return Check(
        "models", False, "no model on this machine", "Get one: `pairlens models list`, `pairlens models get NAME`."
    )


def ollama_state(host: str = DEFAULT_HOST) -> Check:
    """Ollama (optional): what state it is in and what to do about it; never not ok, as all else works without it."""
    found = look(host)
    words = found.sentence if found.ok else f"{found.state} (optional). {found.sentence}"
    return Check("Ollama", True, words, found.remedy)


def last_failure(library: Path) -> Iterator[Check]:
    """What the last run of a language model failed at, where it did: a model too slow, or too large for the memory."""
    try:
        with Library(library) as source:
            kept = source.setting(FAILURE_SETTING)
    except PairLensError:
        return
    if kept:
        sentence, remedy = json.loads(kept)
        yield Check("Ollama, last run", True, sentence, remedy)


def thumbnails() -> Check:
    """How much the thumbnail cache holds; it can be deleted at any time."""
    folder = settings.thumbnail_dir()
    sizes = [file.stat().st_size for file in folder.rglob("*.jpg")] if folder.is_dir() else []
    return Check("thumbnail cache", True, f"{len(sizes):,} thumbnails, {sum(sizes) / 1e6:,.0f} MB in {folder}")


def free_space(name: str, folder: Path) -> Check:
    """Room where something grows; a folder that is not there yet is judged by the one that will hold it."""
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    remedy = "" if free >= LOW_SPACE else f"Free some space on the drive of {folder}."
    return Check(name, free >= LOW_SPACE, f"{free / 1e9:,.1f} GB in {folder}", remedy)


def lock(library: Path) -> Check:
    """Whether a PairLens is writing to the library now, and whether this account could."""
    from filelock import FileLock, Timeout

    file = library.with_name(library.name + ".lock")
    if library.exists() and not os.access(library, os.W_OK):
        return Check(
            "lock", False, f"{library} cannot be written", "Make it writable, or choose another with --library."
        )
    if not file.exists():
        return Check("lock", True, "free")
    try:
        with FileLock(file, timeout=0):
            return Check("lock", True, "free")
    except Timeout:
        return Check("lock", True, "held: another PairLens has the library open")
    except OSError as error:
        return Check("lock", False, f"{file}: {error.strerror}", LibraryReadOnly.remedy)


def library_state(library: Path) -> Iterator[Check]:
    """What is right and wrong with the library's file, and its folders; a note where there is no library yet."""
    if not library.exists():
        yield Check("library", True, f"none yet at {library}")
        return
    found = health.check(library)
    yield from found
    if all(check.ok for check in found):
        yield from contents(library)


def contents(library: Path) -> Iterator[Check]:
    """The models that indexed the library, the folders whose drive is not there, the files that cannot be read."""
    with Library(library) as source:
        encoders, folders, failures = source.encoders(), source.folders(), source.failures()
    indexed = ", ".join(f"{encoder.name} ({encoder.images:,} images)" for encoder in encoders)
    yield Check("indexed with", True, indexed or "no model yet")
    away = [folder.display for folder in folders if not Path(os.fsdecode(folder.path)).is_dir()]
    if away:
        yield Check("folders", False, f"not there: {', '.join(away)}", FolderMissing.remedy)
    else:
        yield Check("folders", True, f"all {len(folders)} there")
    names = f": {failures[0].sentence} `pairlens export library FILE` lists all" if failures else ""
    yield Check("unreadable files", True, f"{len(failures):,}{names}")
