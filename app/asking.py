"""From the prompt bar to an order on the screen.

`PromptBar.asked` -> `Rank` to the engine -> `RankingResult` -> the library page shows it and the bar says what was
made of the words. A new question cancels the one before. Made by `app.main_window`.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.engine_client import NEW, EngineClient
from app.widgets.prompt_bar import PromptBar
from engine.protocol import Command, Rank, RankingResult, Similar


class Asking(QObject):
    """Sends questions and takes answers.

    Signals:
        started(str): a question is under way, in words for the page's header.
        answered(object): the RankingResult to show; None = nothing is asked, show the folders' own order.
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
        self._last: tuple[str, str] | None = None
        bar.asked.connect(self.rank)
        bar.cleared.connect(self.clear)

    def rank(self, prompt: str, reverse: str) -> None:
        """Order the library by ``prompt`` (and ``reverse``, "" = found by the program)."""
        self._last = (prompt, reverse)
        self._send(Rank(NEW, prompt, reverse), f"ordering by {prompt}")

    def rank_again(self) -> None:
        """Ask the last question again, because vectors came in; without one, nothing happens."""
        if self._last is not None and self._job is None:
            self.rank(*self._last)

    def similar(self, file_id: int, name: str) -> None:
        """Order the library by likeness to a file of it."""
        self._last = None
        self._bar.clear()
        self._send(Similar(NEW, file_id=file_id), f"looking for images like {name}")

    def similar_to_path(self, path: bytes, name: str) -> None:
        """Order the library by likeness to any image file, such as one that was pasted."""
        self._last = None
        self._bar.clear()
        self._send(Similar(NEW, path=path), f"looking for images like {name}")

    def clear(self) -> None:
        """Nothing is asked any more."""
        self._cancel()
        self._asked += 1
        self._last = None
        self._bar.clear()
        self.stopped.emit()
        self.answered.emit(None)

    def _send(self, command: Command, words: str) -> None:
        self._cancel()
        self.started.emit(words)
        asked = self._asked = self._asked + 1
        self._job = self._client.ask(
            command, done=lambda result: self._answer(asked, result), ended=lambda: self._end(asked)
        )

    def _cancel(self) -> None:
        if self._job is not None:
            self._client.cancel(self._job)
            self._job = None

    def _answer(self, asked: int, result: object) -> None:
        if asked != self._asked or not isinstance(result, RankingResult):
            return  # overtaken by a newer question
        if self._last is not None:
            self._bar.show_answer(result.prompt, result.reverse, result.reverse_is_automatic, result.explanation)
        self.answered.emit(result)

    def _end(self, asked: int) -> None:
        if asked == self._asked:
            self._job = None
            self.stopped.emit()
