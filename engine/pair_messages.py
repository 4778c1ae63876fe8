"""What crosses the pipe about pairs of pictures: questions and their results, see `engine.protocol`.

Verdicts on a pair, how else the two differ, analogies, and what tells two folders apart.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.protocol import JobCommand

# ---- questions (window -> engine) -----------------------------------------------------------------------


@dataclass(frozen=True)
class PairQuestion(JobCommand):
    """Base of the questions."""

    performed_by = "engine.pair_answers"
    is_question = True


@dataclass(frozen=True)
class Compare(PairQuestion):
    """Judge two image files, of the library or not, by each (prompt, reverse): a `ComparisonResult`.

    ``others`` are looked at beside them; for all of them, the two first, the result tells how they stand.
    """

    title = "Comparing two pictures"

    first: bytes
    second: bytes
    prompts: tuple[tuple[str, str], ...]
    others: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class Explain(PairQuestion):
    """Say how two image files differ: an `ExplanationResult`. The first one under a model takes seconds."""

    title = "Comparing two pictures"

    first: bytes
    second: bytes
    top: int = 8


@dataclass(frozen=True)
class Analogy(PairQuestion):
    """Order the library by how well it finishes "A is to B as ``start`` is to ...": an `AnalogyResult`."""

    title = "Finishing an analogy"

    examples: tuple[tuple[bytes, bytes], ...]
    start: bytes


@dataclass(frozen=True)
class Contrast(PairQuestion):
    """Say what tells the images below one folder from those below another: a `ContrastResult`.

    With ``chosen``, a .npy of file ids (int64) in the session folder: what tells those from all other images.
    """

    title = "Telling two folders apart"

    first: bytes = b""
    second: bytes = b""
    chosen: str = ""


# ---- results --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Verdict:
    """Who has more of it. ``score`` is the first's score minus the second's; ``winner`` is "a", "b", or "tie" where
    both score the same.

    ``probability`` in .5..1: that the winner really has more, from how far the two lie apart on the library's own scale
    and how far the words can be trusted (``agreement``, ``trust`` as in `RankingResult`).
    ``reverse_disagrees``: the reverse, asked as a prompt of its own, names the other one.
    """

    prompt: str
    reverse: str
    score: float
    winner: str
    probability: float
    reverse_disagrees: bool
    agreement: float | None
    trust: str


@dataclass(frozen=True)
class Difference:
    """A phrase that tells two pictures apart; ``z`` is positive where the first has more of it, in standard deviations
    of the differences between two random images of the library.

    ``said``: it is a sentence of the library's own about a first and a second image, true of this pair where ``z`` is
    positive; else its reverse is.
    """

    phrase: str
    reverse: str
    z: float
    said: bool = False

    @property
    def words(self) -> str:
        """What is true of the pair as it stands: the phrase, or of a sentence the side that holds."""
        return self.reverse if self.said and self.z < 0 else self.phrase

    @property
    def more_in(self) -> str:
        """ "a" or "b"."""
        return "a" if self.z > 0 else "b"


@dataclass(frozen=True)
class ComparisonResult:
    """A verdict for each prompt, and for each how all pictures stand: the shares 0..1 of the library with less of it.

    The shares are in the order of the question, the two compared first; () where there were no others.
    """

    verdicts: tuple[Verdict, ...]
    standings: tuple[tuple[float, ...], ...] = ()


@dataclass(frozen=True)
class ExplanationResult:
    """What tells two pictures apart, the most unusual difference first.

    ``samples``: the sample pictures said what is usual, as the library has too few images for that.
    """

    differences: tuple[Difference, ...]
    samples: bool = False


@dataclass(frozen=True)
class AnalogyResult:
    """``file`` as in `RankingResult`, with two more fields: "agreement" "<f4", the cosine of the step from the start to
    the file with the step from A to B, and "share" "<f4", the share of the files whose step agrees less. ``step``: the
    step from A to B in words; z is positive where B has more.
    """

    file: str
    count: int
    step: tuple[Difference, ...]
    pending: int = 0


@dataclass(frozen=True)
class TellingPhrase:
    """A phrase that tells two folders apart. ``auroc`` above .5: the first has more of it; ``p`` is two-sided.

    ``corrected``: that p-value adjusted for how many phrases were tried, by Benjamini and Hochberg. ``examples_a``,
    ``examples_b``: ids of the files that show it best.
    """

    phrase: str
    reverse: str
    auroc: float
    p: float
    corrected: float
    examples_a: tuple[int, ...]
    examples_b: tuple[int, ...]

    @property
    def more_in(self) -> str:
        """ "a" or "b"."""
        return "a" if self.auroc > 0.5 else "b"


@dataclass(frozen=True)
class ContrastResult:
    """What tells two folders of ``images_a`` and ``images_b`` images apart, the clearest first; often nothing."""

    images_a: int
    images_b: int
    phrases: tuple[TellingPhrase, ...]
