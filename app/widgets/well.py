"""A place that a picture is put into: dropped, pasted, chosen from files; one term of an equation.

The page that made it says which picture it holds (`take`); what a person wants put in or out goes out as signals.
"""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QDrag,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from app import theme
from app.dragdrop import files_mime, paths_in
from app.pair_picture import PairPicture
from app.pictures_client import PicturesClient
from app.tokens import GRID, RADIUS
from app.widgets.parts import plain_tooltip
from app.widgets.tile import fitted
from engine.store.rows import File

SIDE = 128
BADGE = 22
PUTTING = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
CLEARING = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)


class Well(QWidget):
    """One picture, or the invitation to put one in. ``letter`` is its badge; without ``invites`` it is only shown.

    Signals:
        given(list): paths were dropped; folders may be among them.
        asked(): Enter or a double click; the person wants to choose a file, or to look closer where none can be.
        cleared(): the person wants it empty.
        entered(): it has the keyboard now.
    """

    given = Signal(list)
    asked = Signal()
    cleared = Signal()
    entered = Signal()

    def __init__(self, letter: str, name: str, pictures: PicturesClient, *, invites: bool = True) -> None:
        super().__init__()
        self.letter = letter
        self._invites = invites
        self._name = name
        self._over = False
        self._pressed: QPoint | None = None
        self.picture = PairPicture(pictures, self)
        self.picture.changed.connect(self._changed)
        self.setAcceptDrops(invites)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedSize(SIDE, SIDE)
        self._changed()

    @property
    def path(self) -> bytes:
        """The picture's file; empty where there is none."""
        return self.picture.path

    def take(self, path: bytes, file: File | None) -> None:
        """Hold this picture; b"" = none."""
        if path != self.picture.path:
            self.picture.show(path, file)

    def rename(self, name: str) -> None:
        """What it is called for screen readers: "A of example 2"."""
        self._name = name
        self._changed()

    def sizeHint(self) -> QSize:
        """A square."""
        return QSize(SIDE, SIDE)

    def _changed(self) -> None:
        held = self.picture.name if self.path else "empty"
        self.setAccessibleName(f"{self._name}: {held}")
        invitation = "Drop a picture here, paste it, or press Enter to choose one"
        self.setToolTip(invitation if self._invites and not self.path else plain_tooltip(self.picture.name))
        self.update()

    # ---- mouse and keys ----------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the picture."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag it out, or into another well."""
        if self._pressed is None or not self.path:
            return
        if (event.position().toPoint() - self._pressed).manhattanLength() >= QApplication.startDragDistance():
            self._pressed = None
            drag = QDrag(self)
            drag.setMimeData(files_mime([self.path]))
            drag.exec(Qt.DropAction.CopyAction)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click on an empty one asks for a file."""
        clicked, self._pressed = self._pressed is not None, None
        if clicked and self._invites and not self.path and self.rect().contains(event.position().toPoint()):
            self.asked.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """The same as Enter."""
        self._pressed = None
        self.asked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Space choose a file, or look closer where none can be put in; Delete empties it."""
        if event.key() in PUTTING:
            self.asked.emit()
        elif event.key() in CLEARING and self.path and self._invites:
            self.cleared.emit()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The same as a menu."""
        if not self._invites:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Choose a picture…").triggered.connect(self.asked)
        empty = menu.addAction("Take it out")
        empty.triggered.connect(self.cleared)
        empty.setEnabled(bool(self.path))
        menu.popup(event.globalPos())

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Say so: what is pasted now comes here."""
        super().focusInEvent(event)
        self.entered.emit()
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Paint it without the ring."""
        super().focusOutEvent(event)
        self.update()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files may be dropped here."""
        if paths_in(event.mimeData()):
            event.acceptProposedAction()
            self._over = True
            self.update()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """They left again."""
        self._over = False
        self.update()

    def dropEvent(self, event: QDropEvent) -> None:
        """Say what was dropped."""
        self._over = False
        event.acceptProposedAction()
        self.setFocus()
        self.given.emit(paths_in(event.mimeData()))

    # ---- painting ----------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint ground, picture and badge."""
        painter, colours = QPainter(self), theme.tokens()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        marked = self.hasFocus() or self._over
        pen = QPen(QColor(colours.accent if marked else colours.line), 2 if marked else 1)
        pen.setStyle(Qt.PenStyle.SolidLine if self.path else Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(QColor(colours.panel))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS, RADIUS)
        self._paint_picture(painter)
        self._paint_badge(painter)

    def _paint_picture(self, painter: QPainter) -> None:
        inner = self.rect().adjusted(GRID // 2, GRID // 2, -GRID // 2, -GRID // 2)
        if self.picture.image is not None:
            painter.drawImage(fitted(QRectF(inner), self.picture.image), self.picture.image)
            return
        painter.setPen(QColor(theme.tokens().quiet))
        empty = "Drop a picture" if self._invites else ""
        words = self.picture.problem or ("Reading…" if self.path else empty)
        painter.drawText(inner, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), words)

    def _paint_badge(self, painter: QPainter) -> None:
        colours = theme.tokens()
        ground = {"A": colours.first, "B": colours.second}.get(self.letter)
        place = QRect(GRID, GRID, BADGE, BADGE)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(ground or colours.raised))
        painter.drawRoundedRect(place, RADIUS, RADIUS)
        painter.setPen(QColor("#000000" if ground else colours.text))
        painter.setFont(theme.font(strong=True))
        painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), self.letter)
