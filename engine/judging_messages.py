"""What crosses the pipe about attributes and people's judgements of pairs, see `engine.protocol`.

Changes are acknowledged at once; what the answers add up to is a question.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.protocol import SAID, ChangeCommand, JobCommand, RankingResult

# ---- changes --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Saying(ChangeCommand):
    """Base of what people say about attributes and pairs."""

    made_by = "engine.judgements.changes"
    title = "Keeping an answer"
    changed = SAID


@dataclass(frozen=True)
class SaveAttribute(Saying):
    """Make an attribute (``prompt`` "" = no words), change its words, or bring a removed one back by its name.

    Acknowledged at once with its id.
    """

    name: str
    prompt: str = ""
    reverse: str = ""


@dataclass(frozen=True)
class RemoveAttribute(Saying):
    """Take an attribute out of the lists (``removed=False`` undoes it); judgements stay. Acknowledged at once."""

    attribute_id: int
    removed: bool = True


@dataclass(frozen=True)
class Judge(Saying):
    """Record a person's answer on two images: "first", "second", "equal", "unsure", or "skipped" (none).

    Acknowledged within a frame with the judgement's id, once it is in the library.
    """

    attribute_id: int
    first_image: int
    second_image: int
    answer: str


@dataclass(frozen=True)
class UndoJudgement(Saying):
    """Take an answer back (``undone=False``: it stands again). Acknowledged at once."""

    judgement_id: int
    undone: bool = True


# ---- questions ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NextPairs(JobCommand):
    """The pairs most worth judging next."""

    performed_by = "engine.judgements.answers"
    title = "Choosing pairs"
    is_question = True

    attribute_id: int
    count: int = 1
    folder_id: int | None = None


@dataclass(frozen=True)
class RankAttribute(JobCommand):
    """Order the library by an attribute's words and judgements."""

    performed_by = "engine.judgements.answers"
    title = "Ordering by judgements"
    is_question = True

    attribute_id: int
    folder_id: int | None = None


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
class JudgedRanking:
    """A ranking by an attribute, with how sure it is. Scores are logits around the library's mean.

    ``intervals`` is a .npy of dtype [("low", "<f4"), ("high", "<f4")], 90 % credible, row for row as the ranking's.
    ``answers`` of ``judgements`` tell something (not "unsure", not skipped, both images indexed). ``words_share``: how
    much of the order the words account for, 0 to 1. ``top_right``: the share of the first ten expected to belong there;
    ``top_exactly``: the probability that they are the first ten; ``answers_wanted``: after how many more answers
    nine in ten would belong there, None where 200 would not do. ``cycles``: image ids, each over the next, of
    ``cycles_found``; ``triples``: how many threes were decided, of which a quarter would be cycles by chance;
    ``contradicted``: pairs answered both ways.
    """

    ranking: RankingResult
    intervals: str
    judgements: int
    answers: int
    words_share: float
    top_right: float
    top_exactly: float
    answers_wanted: int | None
    cycles: tuple[tuple[int, ...], ...]
    cycles_found: int
    triples: int
    contradicted: int
