"""From a problem's code to what the window offers: buttons (names of actions in `app.actions`), and words.

The remedies of `engine.errors` are for both faces of the program; where one names a command or an option of the command
line, the window has words of its own.
"""

from __future__ import annotations

from engine.errors import Problem

REMEDIES: dict[str, tuple[str, ...]] = {
    "library": ("restart_engine", "open_library"),
    "library-busy": ("restart_engine", "open_library"),
    "library-missing": ("open_library",),
    "library-read-only": ("restart_engine", "open_library"),
    "library-foreign": ("open_library",),
    "library-too-new": ("open_library",),
    "library-damaged": ("restore_backup", "open_library"),
    "disk-full": ("refresh",),
    "folder": ("refresh",),
    "folder-missing": ("refresh",),
    "folder-unreadable": ("refresh",),
    "folder-without-images": ("add_folder",),
    "image-changed": ("refresh",),
    "image-vanished": ("refresh",),
    "model": ("page_models",),
    "checkpoint": ("page_models",),
    "nothing-indexed": ("add_folder", "refresh"),
    "prompt": ("ask",),
    "device": ("page_models",),
    "device-unavailable": ("page_models",),
    "out-of-memory": ("page_models",),
    "engine-lost": ("restart_engine", "diagnostics"),
    "unexpected": ("diagnostics",),
}

WORDS: dict[str, str] = {
    "unexpected": "Copy the diagnostics and report this.",
    "library": "Try again, or open another library.",
    "library-missing": "Open another library.",
    "library-read-only": "Make the file and its folder writable, or open another library.",
    "library-foreign": "Open another library; this file was left as it is.",
    "library-too-new": "Update PairLens, or open another library.",
    "library-damaged": "Restore the newest backup; the damaged file is kept beside it.",
    "nothing-indexed": "Add a folder, or wait until its images are compared.",
    "model": "Choose another model on the Models page.",
    "model-unknown": "Choose a model on the Models page.",
    "model-not-here": "Get it on the Models page.",
    "model-damaged": "Remove it on the Models page and get it again.",
    "device": "Choose another device on the Models page.",
    "device-unavailable": "Choose another device on the Models page.",
    "out-of-memory": "Close other programs, or choose a smaller model or the CPU on the Models page.",
}


def remedy_in_words(problem: Problem) -> str:
    """What the person can do next, in the words of the window."""
    return WORDS.get(problem.code, problem.remedy)


def remedies_for(code: str) -> tuple[str, ...]:
    """The actions to offer for ``code``; a code without a row uses that of its family ("model-damaged": "model")."""
    return REMEDIES.get(code) or REMEDIES.get(code.split("-")[0], ())
