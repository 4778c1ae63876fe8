"""From the prompt bar to an order on the screen.

`PromptBar.asked`, which the window sends here or to the compare page -> `Rank` to the engine -> `RankingResult` -> the
library page shows it and the bar says what was made of the words. A new question cancels the one before; while images
are still being indexed, the last question is asked again now and then, so that they find their place. Made by
`app.main_window`.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from app.engine_client import NEW, EngineClient
from app.widgets.prompt_bar import PromptBar
from engine.errors import LibraryError
from engine.judging_messages import JudgedRanking, RankAttribute
from engine.phrases import PhraseBank
from engine.protocol import Command, Rank, RankingResult, Similar
from engine.store.library import Library
from engine.store.rows import Attribute

AGAIN_MS = 2000


class Asking(QObject):
    """Sends questions and takes answers.

    Signals:
        started(str): the person asked something; in words for the page's header.
        answered(object): the RankingResult or JudgedRanking to show; None = nothing is asked, show the folders' own
            order.
        stopped(): the question ended without an answer (failed or cancelled); what was shown stays.
    """

    started = Signal(str)
    answered = Signal(object)
    stopped = Signal()

    def __init__(self, client: EngineClient, bar: PromptBar, parent: QObject) -> None:
        super().__init__(parent)
        self._client = client
        self._bar = bar
        self._job: int | None = None
        self._asked = 0  # counts questions, so that a late answer to an older one is known
        self._last: Command | None = None  # what the order on the screen answers
        self._judged_since = False  # that order is by judgements, and there are others now
        self._pending = False  # images without a place in that order are still being indexed
        self._again = QTimer(self, singleShot=True, interval=AGAIN_MS)
        self._again.timeout.connect(self._ask_again)
        bar.cleared.connect(self.clear)
        bar.prompt.set_suggest(suggest)
        client.ready.connect(self._recall)
        client.model_ready.connect(self._ask_again)
        client.library_changed.connect(self._library_changed)

    def rank(self, prompt: str, reverse: str) -> None:
        """Order the library by ``prompt`` (and ``reverse``, "" = found by the program)."""
        self.started.emit(f"ordering by {prompt}")
        self._send(Rank(NEW, prompt, reverse))

    def similar(self, file_id: int, name: str) -> None:
        """Order the library by likeness to a file of it."""
        self._bar.clear()
        self.started.emit(f"looking for images like {name}")
        self._send(Similar(NEW, file_id=file_id))

    def similar_to_path(self, path: bytes, name: str) -> None:
        """Order the library by likeness to any image file, such as one that was pasted."""
        self._bar.clear()
        self.started.emit(f"looking for images like {name}")
        self._send(Similar(NEW, path=path))

    def order_by(self, attribute: Attribute) -> None:
        """Order the library by an attribute's words and judgements."""
        self._bar.clear()
        self.started.emit(f"ordering by {attribute.name}")
        self._send(RankAttribute(NEW, attribute.id))

    def look_again(self) -> None:
        """The library is about to be looked at: an order by judgements is asked for again if there are others now."""
        if self._judged_since:
            self._ask_again()

    def clear(self) -> None:
        """Nothing is asked any more."""
        self._cancel()
        self._asked += 1
        self._last = None
        self._bar.clear()
        self.stopped.emit()
        self.answered.emit(None)

    def _send(self, command: Command) -> None:
        self._cancel()
        self._again.stop()
        self._judged_since = False
        asked = self._asked = self._asked + 1
        self._job = self._client.ask(
            command, done=lambda result: self._answer(asked, command, result), ended=lambda: self._end(asked)
        )

    def _cancel(self) -> None:
        if self._job is not None:
            self._client.cancel(self._job)
            self._job = None

    def _answer(self, asked: int, command: Command, result: object) -> None:
        if asked != self._asked or not isinstance(result, RankingResult | JudgedRanking):
            return  # overtaken by a newer question
        self._last = command
        ranking = result.ranking if isinstance(result, JudgedRanking) else result
        self._pending = ranking.pending > 0
        if isinstance(command, Rank):
            self._bar.show_answer(ranking.prompt, ranking.reverse, ranking.reverse_is_automatic, ranking.explanation)
            self._recall()
        self.answered.emit(result)

    def _end(self, asked: int) -> None:
        if asked == self._asked:
            self._job = None
            self.stopped.emit()

    def _library_changed(self, what: frozenset[str]) -> None:
        if what & {"judgements", "attributes"} and isinstance(self._last, RankAttribute):
            self._judged_since = True
        if "vectors" in what and self._pending and not self._again.isActive():
            self._again.start()

    def _ask_again(self) -> None:
        """The same question, of a library that has grown or a model that was changed."""
        if self._last is not None and self._job is None:
            self._send(self._last)

    def _recall(self) -> None:
        with suppress(LibraryError), Library(Path(self._client.config.library)) as library:
            self._bar.prompt.set_history(library.prompts())


def suggest(text: str) -> Sequence[str]:
    """Phrases that continue what was typed, for a `PromptField`."""
    return PhraseBank.load().suggest(text)
