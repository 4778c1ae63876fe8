"""What every writer of differences is: a name, a version, and an answer for a pair; and the one that needs no model.

`Author` is the whole interface. The job (`writing`) asks one author about pair after pair, as many at a time as the
author says; what an author drafts is tested by the job, not by itself.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from types import MappingProxyType
from typing import NamedTuple, Protocol

from engine.differences import rules
from engine.differences.scene import Scene, read_scene
from engine.store import Library, texts

SCENES_KEPT = 20_000  # images whose captions were read and understood; the oldest go
_NONE: Mapping[str, int] = MappingProxyType({})


class Draft(NamedTuple):
    """What an author says of a pair: (text, reverse) sentences, and how many it gave up by itself and why.

    ``first`` and ``second`` are the content words of what is known of each image, None where nothing can be tested.
    ``built``: made from patterns filled with the captions' words, so that the reverse has the same words as the text.
    """

    texts: tuple[tuple[str, str], ...] = ()
    rejected: Mapping[str, int] = _NONE
    first: frozenset[str] | None = None
    second: frozenset[str] | None = None
    built: bool = False


class Author(Protocol):
    """A writer of differences."""

    @property
    def name(self) -> str:
        """As it is kept with every sentence: "rules", "ollama:MODEL"."""
        ...

    @property
    def version(self) -> str:
        """Changes when the author would answer otherwise; a pair is asked once of each version."""
        ...

    @property
    def parallel(self) -> int:
        """How many pairs may be asked at a time; 1: the author computes, and is never waited for."""
        ...

    def session(self) -> AbstractAsyncContextManager[object]:
        """What has to be open while the author is asked."""
        ...

    async def write(self, first: int, second: int) -> Draft:
        """What tells image ``first`` from image ``second``. Raises LanguageModelError."""
        ...


class RuleAuthor:
    """Writes from captions by rule; see `engine.differences.rules`."""

    name = "rules"
    version = rules.VERSION
    parallel = 1

    def __init__(self, library: Library) -> None:
        self._library = library
        self._scenes: OrderedDict[int, Scene] = OrderedDict()

    def session(self) -> AbstractAsyncContextManager[object]:
        """Nothing has to be open."""
        return nullcontext()

    async def write(self, first: int, second: int) -> Draft:
        """Statements from the captions of both images; "no difference" where they say nothing different."""
        found = rules.statements(self._scene(first), self._scene(second))
        if not found:
            return Draft(rejected={"no difference in the captions": 1})
        return Draft(tuple((statement.text, statement.reverse) for statement in found), built=True)

    def _scene(self, image: int) -> Scene:
        scene = self._scenes.get(image)
        if scene is None:
            scene = read_scene([caption.text for caption in texts.captions_of(self._library, image)])
            self._scenes[image] = scene
            if len(self._scenes) > SCENES_KEPT:
                self._scenes.popitem(last=False)
        return scene
