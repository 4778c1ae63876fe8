"""Every page in one table: the rail and the View menu read it, before any page is made.

A page appears here when it works, not before. `app.pages.making` makes the pages.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PageSpec:
    """One page as data.

    ``icon`` names a file; ``key`` is in Qt's portable notation; ``tip`` says it where ``text``, which has to be short,
    says too little.
    """

    name: str
    text: str
    icon: str
    key: str
    tip: str = ""
    at_bottom: bool = False  # of the rail

    @property
    def whole_name(self) -> str:
        """What tooltips and screen readers say."""
        return self.tip or self.text


PAGES: tuple[PageSpec, ...] = (
    PageSpec("library", "Library", "library", "Alt+1"),
    PageSpec("compare", "Compare", "compare", "Alt+2", "Compare two pictures"),
    PageSpec("judge", "Judge", "judge", "Alt+3", "Judge pairs of pictures"),
    PageSpec("analogies", "Analogies", "analogy", "Alt+4", "A is to B as C is to what"),
    PageSpec("map", "Map", "map", "Alt+5", "Map: pictures on two axes"),
    PageSpec("classify", "Classify", "classify", "Alt+6", "Sort pictures into classes"),
    PageSpec("contrast", "Two folders", "contrast", "Alt+F", "What tells two folders apart"),
    PageSpec("texts", "Captions", "texts", "Alt+7", "Captions and differences"),
    PageSpec("train", "Train", "train", "Alt+8", "Teach the model"),
    PageSpec("evaluate", "Evaluate", "evaluate", "Alt+9", "Evaluate models"),
    PageSpec("models", "Models", "models", "Alt+0", "Models and settings", at_bottom=True),
)
