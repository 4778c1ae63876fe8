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
    "one-folder": ("add_folder",),
    "image-changed": ("refresh",),
    "image-vanished": ("refresh",),
    "model": ("page_models",),
    "checkpoint": ("page_models",),
    "nothing-indexed": ("add_folder", "refresh"),
    "prompt": ("ask",),
    "attribute": ("page_judge",),
    "judgement": ("page_judge",),
    "classification": ("page_classify",),
    "classes": ("page_classify",),
    "class": ("page_classify",),
    "comparative": ("page_classify",),
    "comparatives": ("page_classify",),
    "labels": ("page_classify",),
    "device": ("page_models",),
    "device-unavailable": ("page_models",),
    "out-of-memory": ("page_models",),
    "captions-missing": ("import_captions", "read_folders", "write_captions"),
    "text-unfit": ("page_texts",),
    "ollama": ("ollama_settings",),
    "ollama-not-running": ("ollama_settings", "go_on_writing"),
    "ollama-model-missing": ("ollama_settings", "go_on_writing"),
    "ollama-out-of-memory": ("ollama_settings", "go_on_writing"),
    "ollama-too-slow": ("write_differences", "go_on_writing"),
    "ollama-failed": ("go_on_writing", "ollama_settings"),
    "host-not-local": ("ollama_settings",),
    "model-in-cloud": ("ollama_settings",),
    "engine-lost": ("restart_engine", "diagnostics"),
    "unexpected": ("diagnostics",),
    "training": ("page_train",),
    "recipe": ("page_train",),
    "too": ("page_train",),
    "run": ("page_train",),
    "evaluation": ("page_evaluate",),
    "task": ("page_evaluate",),
    "too-few-labelled": ("page_evaluate",),
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
    "attribute-unknown": "It was removed; undo brings it back. Choose another one on the Judge page.",
    "model": "Choose another model on the Models page.",
    "model-unknown": "Choose a model on the Models page.",
    "model-not-here": "Get it on the Models page.",
    "model-damaged": "Remove it on the Models page and get it again.",
    "classification": "Look at the classes on the Classify page.",
    "comparative-unfit": "Say how one class of the list differs from another.",
    "class-set-unfit": "Correct the file; saving a class set writes one to look at.",
    "training": "Choose another name or value.",
    "recipe-unfit": "Correct the recipe.",
    "evaluation": "Look at the Evaluate page.",
    "task-unfit": "Correct the task, or choose another.",
    "task-data-unfit": "Choose the folder that holds the data, laid out as its publisher has it.",
    "run-unknown": "It may have been removed, here or by another program.",
    "training-lost": "Let it go on where it stopped.",
    "device": "Choose another device on the Models page.",
    "device-unavailable": "Choose another device on the Models page.",
    "captions-missing": "Import captions, read those that lie with the pictures, or have a model write them.",
    "ollama": "Look at Ollama's servers and models, or write by rule, which needs no model.",
    "ollama-not-running": "Start Ollama, or write by rule, which needs no model. What was written is kept.",
    "ollama-model-missing": "Get the model, or choose another one. What was written is kept.",
    "ollama-too-slow": "Choose a smaller model, or allow more time for an answer. What was written is kept.",
    "ollama-failed": "Look into Ollama's log, then go on. What was written is kept.",
    "host-not-local": "Use an address of this machine, or allow other machines in the settings.",
    "model-in-cloud": "Choose a model that runs here, or allow models in the cloud in the settings.",
    "out-of-memory": "Close other programs, or choose a smaller model or the CPU on the Models page.",
}


def remedy_in_words(problem: Problem) -> str:
    """What the person can do next, in the words of the window."""
    return WORDS.get(problem.code, problem.remedy)


def remedies_for(code: str) -> tuple[str, ...]:
    """The actions to offer for ``code``; a code without a row uses that of its family ("model-damaged": "model")."""
    return REMEDIES.get(code) or REMEDIES.get(code.split("-")[0], ())
