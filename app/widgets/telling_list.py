"""The phrases that tell two sets of images apart, a line each. Fed by the page of two folders; it decides nothing."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
)

from app import theme
from app.widgets.parts import plain_tooltip
from app.wording import chance_words, pairs_words
from engine.pair_messages import TellingPhrase

TITLES = ("More of it", "", "Told apart", "By chance?")
PHRASE, BAR, PAIRS, CHANCE = range(4)
AUROC = Qt.ItemDataRole.UserRole


class TellingList(QTreeWidget):
    """The clearest first.

    Signals:
        looked_at(TellingPhrase): the keyboard or the mouse went to this line.
        asked(TellingPhrase): Enter or a double click: order the library by it.
    """

    looked_at = Signal(object)
    asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._phrases: tuple[TellingPhrase, ...] = ()
        self.setAccessibleName("What tells the two apart")
        self.setHeaderLabels(TITLES)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setItemDelegateForColumn(BAR, _Bar(self))
        header = self.header()
        header.setAccessibleName("Columns of what tells the two apart")
        header.setStretchLastSection(False)
        header.setSectionResizeMode(PHRASE, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(BAR, QHeaderView.ResizeMode.Fixed)
        self.setColumnWidth(BAR, 72)  # the words need the room
        for fitted in (PAIRS, CHANCE):
            header.setSectionResizeMode(fitted, QHeaderView.ResizeMode.ResizeToContents)
        self.currentItemChanged.connect(lambda item, before: self._look(item))
        self.itemActivated.connect(self._activate)

    def show_phrases(self, phrases: Sequence[TellingPhrase]) -> None:
        """Show these, and look at the first."""
        self._phrases = tuple(phrases)
        self.clear()
        for each in self._phrases:
            words = (
                f"{each.more_in.upper()}: {each.phrase}",
                "",
                pairs_words(each.auroc),
                chance_words(each.corrected),
            )
            item = QTreeWidgetItem(self, list(words))
            item.setData(BAR, AUROC, each.auroc)
            item.setData(PHRASE, Qt.ItemDataRole.AccessibleTextRole, ", ".join(filter(None, words)))
            figures = f"AUROC {each.auroc:.2f}; p = {each.p:.4f}, corrected for all phrases tried: {each.corrected:.4f}"
            for at in range(len(TITLES)):
                item.setToolTip(at, plain_tooltip(f"{each.phrase}\n{figures}"))
        if (first := self.topLevelItem(0)) is not None:
            self.setCurrentItem(first)

    def current(self) -> TellingPhrase | None:
        """The phrase that is looked at."""
        item = self.currentItem()
        return self._phrases[self.indexOfTopLevelItem(item)] if item is not None else None

    def _look(self, item: QTreeWidgetItem | None) -> None:
        if item is not None:
            self.looked_at.emit(self._phrases[self.indexOfTopLevelItem(item)])

    def _activate(self, item: QTreeWidgetItem) -> None:
        self.asked.emit(self._phrases[self.indexOfTopLevelItem(item)])


class _Bar(QStyledItemDelegate):
    """A bar from the middle toward A (left) or B (right); full where every pair is told apart."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint track, bar and middle."""
        super().paint(painter, option, index)
        colours, auroc = theme.tokens(), index.data(AUROC)
        room = QRectF(option.rect).adjusted(4, 0, -4, 0)
        middle, high = room.center().x(), 8.0
        track = QRectF(room.left(), room.center().y() - high / 2, room.width(), high)
        painter.fillRect(track, QColor(colours.line))
        long = (2 * abs(auroc - 0.5)) * room.width() / 2
        bar = QRectF(middle - long if auroc > 0.5 else middle, track.top(), long, high)
        painter.fillRect(bar, QColor(colours.first if auroc > 0.5 else colours.second))
        painter.fillRect(QRectF(middle - 0.5, track.top() - 3, 1, high + 6), QColor(colours.quiet))
