"""The named problems of classification, a branch of the tree in `engine.errors`."""

from __future__ import annotations

from engine.errors import PairLensError


class ClassificationError(PairLensError):
    """Something about classes and what is said of them."""

    code = "classification"
    remedy = "See `pairlens classify --help`."


class ClassesUnfit(ClassificationError):
    """A list of classes that images cannot be sorted into."""

    code = "classes-unfit"
    remedy = "Name at least two different classes, each once, with commas between them; a comma in a name needs quotes."


class ClassPromptUnfit(ClassesUnfit):
    """Words around a class that the model cannot be asked with."""

    code = "class-prompt-unfit"
    remedy = "A wording is short and holds {} where the class goes, such as 'a photo of a {}'."


class ClassSetGone(ClassificationError):
    """A class set that is not, or no longer, in the library."""

    code = "class-set-gone"
    remedy = "It was removed; undo brings it back."


class ComparativeUnfit(ClassificationError):
    """A comparative that is not about two classes of the list, or is empty."""

    code = "comparative-unfit"
    remedy = 'Write it as "A>B: how A differs from B", with two classes of the list.'


class ComparativesContradict(ComparativeUnfit):
    """The same is said of two classes in both directions."""

    code = "comparatives-contradict"
    remedy = "Take one of the two back."


class LabelsUnfit(ClassificationError):
    """Labels that fit no image or no class."""

    code = "labels-unfit"
    remedy = "Check the names of classes and folders; a table of labels has the columns path,label."


class ClassSetUnfit(ClassificationError):
    """A file that holds no class set."""

    code = "class-set-unfit"
    remedy = "Correct the file; `pairlens classify --save FILE.toml` writes one to look at."
