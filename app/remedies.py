"""From a problem's code to the buttons that mend it: names of actions in `app.actions`."""

from __future__ import annotations

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


def remedies_for(code: str) -> tuple[str, ...]:
    """The actions to offer for ``code``; a code without a row uses that of its family ("model-damaged": "model")."""
    return REMEDIES.get(code) or REMEDIES.get(code.split("-")[0], ())
