"""The boundary of the engine process: whatever a job or a command ends in, somebody is told.

Used by the threads that answer the window (`engine.server`, `engine.run_keeper`): nothing that they are asked to do may
end them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from engine.errors import PairLensError, Problem
from engine.process import log_file

log = logging.getLogger(__name__)


def attempt(title: str, call: Callable[[], object]) -> object:
    """What ``call`` returns, or the `Problem` that it ends in; ``title`` says in the problem what was tried."""
    try:
        return call()
    except Exception as error:  # noqa: BLE001 (the process boundary: the window is told, the log has the traceback)
        return problem_of(error, title)


def problem_of(error: BaseException, title: str) -> Problem:
    """An error as the window is told it; one that nobody foresaw goes to the log with its traceback."""
    if isinstance(error, PairLensError):
        return error.problem()
    log.error("%s failed", title, exc_info=error)
    sentence = f"{title} failed in a way that PairLens does not know; {log_file()} says more."
    return PairLensError(sentence, details=repr(error)).problem()
