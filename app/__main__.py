"""The window's entry: ``python -m app [FOLDER...] [--library FILE] [--model NAME] [--device D]``.

Nothing is imported at top level: spawned processes import this module again, and the first paint must not wait.
"""


def main() -> int:
    """Start the window; returns the exit status when it was closed."""
    import multiprocessing
    import sys

    multiprocessing.freeze_support()
    from app.application import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    raise SystemExit(main())
