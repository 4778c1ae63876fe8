"""Makes the pages; called once by `app.main_window`, after the first paint."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

from app.ollama import Ollama
from app.pages.analogies_page import AnalogiesPage
from app.pages.classify_page import ClassifyPage
from app.pages.compare_page import ComparePage
from app.pages.contrast_page import ContrastPage
from app.pages.evaluate_page import EvaluatePage
from app.pages.judge_page import JudgePage
from app.pages.library_page import LibraryPage
from app.pages.map_page import MapPage
from app.pages.models_page import ModelsPage
from app.pages.page import Page, Surroundings
from app.pages.texts_page import TextsPage
from app.pages.train_page import TrainPage


@dataclass(frozen=True)
class Pages:
    """The pages by the names of `app.pages.table`."""

    library: LibraryPage
    compare: ComparePage
    judge: JudgePage
    analogies: AnalogiesPage
    map: MapPage
    classify: ClassifyPage
    contrast: ContrastPage
    texts: TextsPage
    train: TrainPage
    evaluate: EvaluatePage
    models: ModelsPage

    def __iter__(self) -> Iterator[Page]:
        return (self.named(each.name) for each in fields(self))

    def named(self, name: str) -> Page:
        """The page with this name."""
        return getattr(self, name)


def make_pages(library: LibraryPage, around: Surroundings) -> Pages:
    """All of them; the library page is there first, because the others look at what is chosen in it."""
    ollama = Ollama(around.client, library)
    compare = ComparePage(around)
    texts = TextsPage(around, ollama)
    library.inspector.show_captions(around.library, texts.editing)

    def compare_files(files: Sequence[bytes]) -> None:
        around.show("compare")
        compare.put(files)

    texts.compare.connect(compare_files)
    return Pages(
        library=library,
        compare=compare,
        judge=JudgePage(around),
        analogies=AnalogiesPage(around),
        map=MapPage(around),
        classify=ClassifyPage(around, ollama),
        contrast=ContrastPage(around),
        texts=texts,
        train=TrainPage(around),
        evaluate=EvaluatePage(around),
        models=ModelsPage(around, ollama),
    )
