"""The named problems of evaluation, a branch of the tree in `engine.errors`."""

from __future__ import annotations

from engine.errors import PairLensError


class EvaluationError(PairLensError):
    """Something about measuring models."""

    code = "evaluation"
    remedy = "See `pairlens evaluate --help`."


class TaskUnfit(EvaluationError):
    """A task file with unknown keys, impossible values, or classes that the data do not have."""

    code = "task-unfit"
    remedy = "Correct the task file; `pairlens evaluate --list` names the tasks that come with the program."


class TaskDataUnfit(EvaluationError):
    """The labelled images of a task are missing, damaged, or laid out in another way."""

    code = "task-data-unfit"
    remedy = "Name the folder that holds the data with --data, laid out as its publisher has it."


class TooFewLabelled(EvaluationError):
    """The images do not suffice for a figure."""

    code = "too-few-labelled"
    remedy = "Take more labelled images."
