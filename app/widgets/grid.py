"""The grid of pictures: any number of tiles in one continuous scroll, painted from `LibraryModel` as they come by.

Every place is computed from `Geometry`, so that nothing here grows with the number of files (Qt's own icon view lays
out each item: at 100,000 that blocks at every resize). The grid tells `PicturesClient` what is visible, keeps
selection and scroll position by file id when the model resets, and says by signals what the person did.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QRegion,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from app.dragdrop import drag_out
from app.image_cache import Key, key_of
from app.library_model import LibraryModel
from app.library_rows import Ints
from app.pictures_client import PicturesClient
from app.tokens import GRID
from app.widgets.pictures_in_view import PicturesInView
from app.widgets.row_runs import Run, part_in, runs_in, runs_of, selection_of
from app.widgets.tile import paint_band
from app.widgets.tile_field import TileField
from app.widgets.tile_geometry import Geometry
from engine.store.rows import File

USUAL_SIDE = 160
FEWEST_COLUMNS, MOST_COLUMNS = 2, 40
LEAST_PITCH = 16
OPENING = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
SETTLE_MS = 30  # after the last scroll step, until pictures are asked for

Index = QModelIndex | QPersistentModelIndex
Action: TypeAlias = QAbstractItemView.CursorAction
Hint: TypeAlias = QAbstractItemView.ScrollHint
Flag: TypeAlias = QItemSelectionModel.SelectionFlag


@dataclass(frozen=True)
class _Kept:
    """What outlives a reset of the model: file ids, because rows do not."""

    selected: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    current: int | None = None
    top: int | None = None  # the first visible file, unless the grid is scrolled to its very top
    offset: int = 0  # how far its tile is above the viewport's edge


class GridView(QListView):
    """Selection by click, Ctrl, Shift and rubber band; keys, Ctrl+wheel for the size of tiles, drag out."""

    opened = Signal(int)  # row: double click, Enter or Space
    selection_changed = Signal()
    current_changed = Signal(object)  # file id | None
    columns_changed = Signal(int)

    def __init__(self, model: LibraryModel, pictures: PicturesClient, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._files = model
        self._pictures = pictures
        self._field = TileField(model, pictures)
        self._columns = 0
        self._places = Geometry(1, 1, asked=False)
        self._kept = _Kept()
        self._restoring = False
        self._hovered: int | None = None
        self._band: QRect | None = None
        self._in_view = PicturesInView(model, pictures)
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.timeout.connect(self._ask_pictures)
        self._set_up()
        self.setModel(model)
        model.modelAboutToBeReset.connect(self._remember)
        model.modelReset.connect(self._restore)  # after the selection model, which forgets everything
        model.reordered.connect(self.scrollToTop)
        model.loaded.connect(self._loaded)
        pictures.arrived.connect(self._arrived)

    def _set_up(self) -> None:
        self.setAccessibleName("Pictures")
        self.setFrameShape(QAbstractItemView.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)  # else the columns jump as it comes
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setDragEnabled(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    # ---- columns -----------------------------------------------------------------------------------------

    @property
    def columns(self) -> int:
        """Columns the person chose; 0 = as many as fit at the usual size."""
        return self._columns

    def set_columns(self, columns: int) -> None:
        """2 to 40, or 0 for as many as fit at the usual size."""
        wanted = 0 if columns == 0 else min(max(columns, FEWEST_COLUMNS), MOST_COLUMNS)
        if wanted != self._columns:
            self._zoom(wanted, self.viewport().rect().center())

    def step_columns(self, step: int) -> None:
        """One column more or less than are shown now."""
        self.set_columns(self.geometry_now().columns + step)

    def geometry_now(self) -> Geometry:
        """Where tiles are in the present width."""
        width = self.viewport().width()
        fitting = (width - GRID) // (USUAL_SIDE + GRID)
        columns = self._columns or min(max(fitting, FEWEST_COLUMNS), MOST_COLUMNS)
        columns = max(1, min(columns, (width - GRID) // LEAST_PITCH))  # a very narrow window shows fewer
        starts = tuple(section.first for section in self._files.sections)
        made = Geometry(width, columns, asked=self._files.asked, starts=starts)
        if made != self._places:
            self._places = made  # which keeps what it has computed
        return self._places

    def _zoom(self, columns: int, at: QPoint) -> None:
        """Change the columns and keep the tile under ``at`` where it is."""
        offset = self.verticalOffset()
        row = self.geometry_now().nearest(at + QPoint(0, offset))
        self._columns = columns
        self.updateGeometries()
        self.viewport().update()
        self.verticalScrollBar().setValue(self.geometry_now().rect(row).center().y() - at.y() if offset else 0)
        self.columns_changed.emit(columns)

    # ---- selection ---------------------------------------------------------------------------------------

    def selected_ids(self) -> Ints:
        """File ids of the selected tiles, in the order shown."""
        parts = [self._files.ids(first, last) for first, last in self._selected_runs()]
        return np.concatenate(parts) if parts else np.empty(0, np.int64)

    def selected_files(self) -> Sequence[File]:
        """The selected files, in the order shown; the current one when nothing is selected."""
        row = self.currentIndex().row()
        runs = self._selected_runs() or ([(row, row)] if row >= 0 else [])
        parts = [np.arange(first, last + 1) for first, last in runs]
        return self._files.files(np.concatenate(parts)) if parts else ()

    def _selected_runs(self) -> list[Run]:
        return runs_in(self.selectionModel().selection())

    def current_id(self) -> int | None:
        """The file that the keyboard is at."""
        index = self.currentIndex()
        return int(self._files.ids(index.row(), index.row())[0]) if index.isValid() else None

    def selectAll(self) -> None:
        """Select every row as one run; Qt's own way asks each of them whether it is hidden."""
        whole = selection_of(self._files, [(0, self._files.rowCount() - 1)])
        self.selectionModel().select(whole, Flag.ClearAndSelect)

    def go_to(self, row: int) -> None:
        """Make ``row`` the current and only selected one, and visible."""
        self.selectionModel().setCurrentIndex(self._files.index(row), Flag.ClearAndSelect)

    def choose(self, file_ids: Sequence[int]) -> None:
        """Select the files of these ids that are shown, and go to the first of them."""
        ids = np.asarray(file_ids, np.int64)
        self._restoring = True
        self._select(ids)
        self._restoring = False
        self.selection_changed.emit()
        first = self._files.rows_of(ids[:1]) if len(ids) else ids
        if (first >= 0).any():
            self.selectionModel().setCurrentIndex(self._files.index(int(first[0])), Flag.NoUpdate)

    def _select(self, file_ids: Ints) -> None:
        chosen = selection_of(self._files, runs_of(self._files, file_ids))
        self.selectionModel().clearSelection()  # Qt holds old and new parts against each other: of thousands, seconds
        self.selectionModel().select(chosen, Flag.Select)

    def setSelection(self, rect: QRect, command: Flag) -> None:
        """Qt's door for clicks, Shift and rubber bands; ``rect`` spans from where it began to where it is now."""
        down = QPoint(0, self.verticalOffset())
        places = self.geometry_now()
        if self.state() == QAbstractItemView.State.DragSelectingState:
            self._band = rect.normalized().translated(down)
            self.viewport().update()
            spans = places.spans(self._band, self._files.rowCount())
        else:
            first, last = sorted(places.nearest(point + down) for point in (rect.topLeft(), rect.bottomRight()))
            spans = [(max(first, 0), min(last, self._files.rowCount() - 1))]
        self.selectionModel().select(selection_of(self._files, spans), command)

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        """Repaints, and tells those who listen."""
        super().selectionChanged(selected, deselected)
        if not self._restoring:
            self.selection_changed.emit()

    def currentChanged(self, current: Index, previous: Index) -> None:
        """Scrolls to the current tile, and tells those who listen."""
        super().currentChanged(current, previous)
        if not self._restoring:
            self.current_changed.emit(self.current_id())

    # ---- places, as Qt asks for them ---------------------------------------------------------------------

    def visualRect(self, index: Index) -> QRect:
        """Where a tile is in the viewport."""
        return self._rect(index.row()) if index.isValid() else QRect()

    def _rect(self, row: int) -> QRect:
        return self.geometry_now().rect(row).translated(0, -self.verticalOffset())

    def indexAt(self, point: QPoint) -> QModelIndex:
        """The tile under a point of the viewport; none in a gap."""
        row = self.geometry_now().row_at(point + QPoint(0, self.verticalOffset()))
        return QModelIndex() if row is None or row >= self._files.rowCount() else self._files.index(row)

    def scrollTo(self, index: Index, hint: QAbstractItemView.ScrollHint = Hint.EnsureVisible) -> None:
        """Bring a tile into view."""
        if not index.isValid():
            return
        rect, height, bar = self._rect(index.row()), self.viewport().height(), self.verticalScrollBar()
        rect.setTop(rect.top() - self.geometry_now().header_above(index.row()))
        if hint == Hint.PositionAtCenter:
            bar.setValue(bar.value() + rect.center().y() - height // 2)
        elif hint == Hint.PositionAtTop or rect.top() < GRID:
            bar.setValue(bar.value() + rect.top() - GRID)
        elif hint == Hint.PositionAtBottom or rect.bottom() > height - GRID:
            bar.setValue(bar.value() + min(rect.bottom() - height + GRID, rect.top() - GRID))

    def horizontalOffset(self) -> int:
        """Nothing scrolls sideways."""
        return 0

    def verticalOffset(self) -> int:
        """Pixels scrolled away above."""
        return self.verticalScrollBar().value()

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        """What has to be painted again; of a large selection only what is visible."""
        region, rows = QRegion(), self._visible_rows()
        for run in runs_in(selection):
            for row in part_in(rows, run):
                region += self._rect(row)
        return region

    def moveCursor(self, action: Action, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        """Where a navigation key leads."""
        count = self._files.rowCount()
        if not count:
            return QModelIndex()
        places = self.geometry_now()
        row = self.currentIndex().row()
        page = max(1, self.viewport().height() // places.pitch)
        lines = {Action.MoveUp: -1, Action.MoveDown: 1, Action.MovePageUp: -page, Action.MovePageDown: page}
        steps = {Action.MoveLeft: -1, Action.MovePrevious: -1, Action.MoveRight: 1, Action.MoveNext: 1}
        if row < 0:
            wanted = 0
        elif action in lines:
            wanted = places.below(row, lines[action], count)
        else:
            wanted = {Action.MoveHome: 0, Action.MoveEnd: count - 1}.get(action, row + steps.get(action, 0))
        return self._files.index(min(max(wanted, 0), count - 1))

    def _visible_rows(self, beyond: int = 0) -> range:
        top = self.verticalOffset()
        bottom = top + self.viewport().height()
        return self.geometry_now().rows(top - beyond, bottom + beyond, self._files.rowCount())

    # ---- scrolling and pictures --------------------------------------------------------------------------

    def doItemsLayout(self) -> None:
        """Nothing is laid out item by item; a list view is derived from only for what screen readers make of it."""
        QAbstractItemView.doItemsLayout(self)

    def updateGeometries(self) -> None:
        """Set the scroll bar to the height of all tiles."""
        places, bar = self.geometry_now(), self.verticalScrollBar()
        bar.setRange(0, max(0, places.height(self._files.rowCount()) - self.viewport().height()))
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(max(16, min(places.pitch, self.viewport().height()) // 3))
        self._settle.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the first visible tile where it is while the columns change."""
        self._remember()
        super().resizeEvent(event)
        self.updateGeometries()
        self._scroll_back()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Move what is painted; only the strip that appears is painted anew."""
        self.viewport().scroll(dx, dy)
        if not self._settle.isActive():
            self._settle.start()

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for the pictures in view; another page asked for others."""
        super().showEvent(event)
        self._settle.start()

    def _ask_pictures(self) -> None:
        if not self.isVisible():
            return
        places = self.geometry_now()
        side = round((places.side - 2 * places.inset) * self.devicePixelRatioF())
        self._in_view.ask(self._visible_rows(), self._visible_rows(beyond=self.viewport().height()), side)

    def _arrived(self, key: Key) -> None:
        row = self._in_view.row_of(key)
        if row is not None:
            self.viewport().update(self._rect(row))

    def _loaded(self) -> None:
        self._pictures.fill(self._files.files_read())

    # ---- what outlives a change of the rows --------------------------------------------------------------

    def _remember(self) -> None:
        visible, scrolled = self._visible_rows(), self.verticalOffset() > 0
        top = visible.start if visible and scrolled else None
        self._kept = _Kept(
            selected=self.selected_ids(),
            current=self.current_id(),
            top=None if top is None else int(self._files.ids(top, top)[0]),
            offset=0 if top is None else self._rect(top).top(),
        )

    def _restore(self) -> None:
        self._restoring = True
        self.updateGeometries()
        self._scroll_back()
        self._select(self._kept.selected)
        current = None if self._kept.current is None else self._files.row_of(self._kept.current)
        if current is not None:
            self.setAutoScroll(False)
            self.selectionModel().setCurrentIndex(self._files.index(current), Flag.NoUpdate)
            self.setAutoScroll(True)
        self._restoring = False
        self._ask_pictures()
        if len(self.selected_ids()) != len(self._kept.selected):
            self.selection_changed.emit()
        if self.current_id() != self._kept.current:
            self.current_changed.emit(self.current_id())

    def _scroll_back(self) -> None:
        row = None if self._kept.top is None else self._files.row_of(self._kept.top)
        if row is not None:
            self.verticalScrollBar().setValue(self.geometry_now().rect(row).top() - self._kept.offset)

    # ---- painting ----------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the tiles that the event's region touches; those that there is no time for come in the next frame."""
        painter = QPainter(self.viewport())
        offset, places = self.verticalOffset(), self.geometry_now()
        rows = self._visible_rows()
        left = self._field.paint(
            painter,
            event.region(),
            places,
            offset,
            selected={row for run in self._selected_runs() for row in part_in(rows, run)},
            current=self.currentIndex().row() if self.hasFocus() else -1,
            hovered=self._hovered,
        )
        self.viewport().update(left)
        if self._band is not None:
            paint_band(painter, self._band.translated(0, -offset))

    # ---- mouse, keys, drag -------------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Light up the tile under the pointer."""
        super().mouseMoveEvent(event)
        index = self.indexAt(event.position().toPoint())
        self._hover(index.row() if index.isValid() else None)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go of the rubber band."""
        super().mouseReleaseEvent(event)
        if self._band is not None:
            self._band = None
            self.viewport().update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open the picture."""
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and event.button() == Qt.MouseButton.LeftButton:
            self.opened.emit(index.row())

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer is gone, and so is the light."""
        super().leaveEvent(event)
        self._hover(None)

    def _hover(self, row: int | None) -> None:
        if row != self._hovered:
            for changed in (self._hovered, row):
                if changed is not None:
                    self.viewport().update(self._rect(changed))
            self._hovered = row

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll; with Ctrl, larger or smaller tiles around the pointer."""
        if not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            super().wheelEvent(event)
            return
        turned = event.angleDelta().y()
        if turned:
            columns = self.geometry_now().columns + (-1 if turned > 0 else 1)
            self._zoom(min(max(columns, FEWEST_COLUMNS), MOST_COLUMNS), event.position().toPoint())
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Space open; the rest is Qt's."""
        row = self.currentIndex().row()
        if row >= 0 and event.key() in OPENING and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            self.opened.emit(row)
        else:
            super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """Letters do not jump about: they are shortcuts of the window."""

    def startDrag(self, actions: Qt.DropAction) -> None:
        """Drag the selected files out; they can only be copied, never moved."""
        files = self.selected_files()
        if not files:
            return
        drag_out(self, [file.path for file in files], self._pictures.thumbnail(key_of(files[0])))
