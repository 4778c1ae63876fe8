"""What crosses the pipe about attributes and people's judgements of pairs, see `engine.protocol`.

Changes are acknowledged at once; what the answers add up to is a question.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.protocol import ChangeCommand, JobCommand, RankingResult

# ---- changes --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AttributeChange(ChangeCommand):
    """Base of the changes of attributes."""

    made_by = "engine.judgements.changes"
    title = "Changing an attribute"
    changed = frozenset({"attributes"})


@dataclass(frozen=True)
class JudgementChange(ChangeCommand):
    """Base of what people say about pairs."""

    made_by = "engine.judgements.changes"
    title = "Keeping an answer"
    changed = frozenset({"judgements"})


@dataclass(frozen=True)
class SaveAttribute(AttributeChange):
    """Make an attribute (``prompt`` "" = no words), change its words, or bring a removed one back by its name.

    Acknowledged at once with its id.
    """

    name: str
    prompt: str = ""
    reverse: str = ""


@dataclass(frozen=True)
class RenameAttribute(AttributeChange):
    """Call an attribute something else. Acknowledged at once."""

    attribute_id: int
    name: str


@dataclass(frozen=True)
class RemoveAttribute(AttributeChange):
    """Take an attribute out of the lists (``removed=False`` undoes it); judgements stay. Acknowledged at once."""

    attribute_id: int
    removed: bool = True


@dataclass(frozen=True)
class Judge(JudgementChange):
    """Record a person's answer on two images: "first", "second", "equal", "unsure", or "skipped" (none).

    Acknowledged within a frame with the judgement's id, once it is in the library.
    """

    attribute_id: int
    first_image: int
    second_image: int
    answer: str


@dataclass(frozen=True)
class UndoJudgement(JudgementChange):
    """Take an answer back (``undone=False``: it stands again). Acknowledged at once."""

    judgement_id: int
    undone: bool = True


# ---- questions ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class JudgingQuestion(JobCommand):
    """Base of the questions about an attribute."""

    performed_by = "engine.judgements.answers"
    is_question = True

    attribute_id: int


@dataclass(frozen=True)
class NextPairs(JudgingQuestion):
    """The pairs most worth judging next: a tuple of `PairToJudge`.

    ``waiting``: pairs of image ids that are still to be answered before them.
    """

    title = "Choosing pairs"
    is_told = False

    count: int = 1
    folder_id: int | None = None
    waiting: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class LookAtStanding(JudgingQuestion):
    """How sure the order is so far: an `AttributeStanding`."""

    title = "Looking at the order so far"
    is_told = False

    folder_id: int | None = None


@dataclass(frozen=True)
class RankAttribute(JudgingQuestion):
    """Order the library by an attribute's words and judgements: a `JudgedRanking`."""

    title = "Ordering by judgements"

    folder_id: int | None = None


@dataclass(frozen=True)
class ImportJudgements(JudgingQuestion):
    """Take in answers from a CSV file, see `engine.judgements.table`: an `ImportedJudgements`."""

    title = "Importing answers"

    file: bytes


@dataclass(frozen=True)
class ExportJudgements(JudgingQuestion):
    """Write the attribute's answers as CSV; the result is how many."""

    title = "Exporting answers"

    file: bytes


# ---- results --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PairToJudge:
    """Two images, each with a file that shows it; ``probability`` that a person chooses the first.

    ``information``: what the answer is expected to tell, in bits.
    """

    first_image: int
    second_image: int
    first_file: int
    second_file: int
    probability: float
    information: float


@dataclass(frozen=True)
class Shown:
    """An image and a file that shows it."""

    image: int
    file: int


@dataclass(frozen=True)
class AttributeStanding:
    """How the order of ``images`` images by an attribute stands.

    ``answers`` of ``judgements`` tell something (not "unsure", not skipped, both images indexed). ``words_share``: how
    much of the order the words account for, 0 to 1. ``top_right``: the share of the first ten expected to belong there;
    ``top_exactly``: the probability that they are the first ten; ``answers_wanted``: after how many more answers
    nine in ten would belong there, None where 200 would not do. ``cycles``: some of the ``cycles_found``, each image
    over the next and the last over the first; ``triples``: how many threes were decided, of which a quarter would be
    cycles by chance; ``contradicted``: pairs answered both ways. ``leading`` and ``last``: files (ids) at the two ends
    of the order, the best first.
    """

    images: int
    judgements: int
    answers: int
    words_share: float
    top_right: float
    top_exactly: float
    answers_wanted: int | None
    cycles: tuple[tuple[Shown, ...], ...]
    cycles_found: int
    triples: int
    contradicted: int
    leading: tuple[int, ...]
    last: tuple[int, ...]


@dataclass(frozen=True)
class ImportedJudgements:
    """Answers ``taken`` and those ``known`` before; ``rejected``: number and reason of lines, as many as fit across."""

    taken: int
    known: int
    rejected_count: int
    rejected: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class JudgedRanking:
    """A ranking by the attribute ``name``, with how sure it is. Scores are logits around the library's mean.

    The file of the ranking has four more fields, "<f4" each: "low" and "high", the ends of each score's 90 % credible
    interval, and "first_place" and "last_place", the places among the files between which the file is with 90 %.
    """

    name: str
    ranking: RankingResult
    standing: AttributeStanding
