"""Makes the pages; called once by `app.main_window`, after the first paint."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

from app.pages.compare_page import ComparePage
from app.pages.library_page import LibraryPage
from app.pages.map_page import MapPage
from app.pages.models_page import ModelsPage
from app.pages.page import Page, Surroundings


@dataclass(frozen=True)
class Pages:
    """The pages by the names of `app.pages.table`."""

    library: LibraryPage
    compare: ComparePage
    map: MapPage
    models: ModelsPage

    def __iter__(self) -> Iterator[Page]:
        return (self.named(each.name) for each in fields(self))

    def named(self, name: str) -> Page:
        """The page with this name."""
        return getattr(self, name)


def make_pages(library: LibraryPage, around: Surroundings) -> Pages:
    """All of them; the library page is there first, because the others look at what is chosen in it."""
    return Pages(library=library, compare=ComparePage(around), map=MapPage(around), models=ModelsPage(around))
