"""The named problems of training, a branch of the tree in `engine.errors`."""

from __future__ import annotations

from engine.errors import PairLensError, Problem


class TrainingError(PairLensError):
    """Something about a training run."""

    code = "training"
    remedy = "See `pairlens train --help`."


class RecipeUnfit(TrainingError):
    """A recipe with unknown keys or impossible values."""

    code = "recipe-unfit"
    remedy = "Correct the recipe; `pairlens train --show-recipe` prints a whole one."


class TooFewPairs(TrainingError):
    """The differences do not suffice to learn from and to test with."""

    code = "too-few-pairs"
    remedy = "Write or import more differences, about more images."


class TooLittleMemory(TrainingError):
    """The batch does not fit into the memory there is."""

    code = "too-little-memory"
    remedy = "Choose a smaller batch or fewer last_blocks in the recipe, or the adapter; or close other programs."


class RunUnknown(TrainingError):
    """No run has this name."""

    code = "run-unknown"
    remedy = "See `pairlens train --list` for the names."


class RunBusy(TrainingError):
    """The name is taken, or a process is at work on the run."""

    code = "run-busy"
    remedy = "Choose another name, or wait until it ends."


class RunDamaged(TrainingError):
    """A file of the run is damaged, or was made for other data or another model."""

    code = "run-damaged"
    remedy = "Start a new run."


class RunFailed(TrainingError):
    """A run ended with the problem that its process wrote down."""

    code = "run-failed"

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.sentence, details=problem.details)
        self._problem = problem

    def problem(self) -> Problem:
        """The problem of the run's process, with its own code and remedy."""
        return self._problem


class TrainingDiverged(TrainingError):
    """The loss is no finite number any more."""

    code = "training-diverged"
    remedy = "Lower learning_rate in the recipe and start again."


class TrainingLost(TrainingError):
    """The process of a run ended unexpectedly."""

    code = "training-lost"
    remedy = "Go on where it stopped: `pairlens train --resume NAME`. Its log is train.log in the run's folder."
