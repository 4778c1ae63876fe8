"""The one style sheet, written from the tokens; `app.theme.apply` sets it on the application.

Widgets choose among the looks here by a dynamic property (``kind``), never by colours of their own.
"""

from __future__ import annotations

from string import Template

from app.tokens import CONTROL_HEIGHT, GRID, RADIUS, Tokens
from engine.settings import resources_dir

_SHEET = Template("""
QWidget { color: $text; }
QMainWindow, QDialog, QWidget[kind="page"] { background: $window; }
QWidget[kind="panel"] { background: $panel; }
QWidget[kind="bar"] { background: $panel; border-bottom: 1px solid $line; }
QWidget[kind="strip"] { background: $panel; border-top: 1px solid $line; }
QFrame[kind="rail"] { background: $panel; border-right: 1px solid $line; }
QFrame[kind="card"] { background: $panel; border: 1px solid $line; border-radius: ${radius}px; }
QFrame[kind="popover"] { background: $raised; border: 1px solid $line; border-radius: ${radius}px; }
QFrame[kind="banner"] { background: $raised; border: 1px solid $line; border-left: 3px solid $problem;
  margin: 8px 8px 0 8px;
  border-radius: ${radius}px; }
QFrame[kind="notice"] { background: $raised; border: 1px solid $line; border-radius: ${radius}px;
  margin: 8px 8px 0 8px; }
QFrame[kind="drop"] { background: $veil; border: 2px dashed $accent; border-radius: ${radius}px; margin: 8px; }

QDialog[kind="popover"] { background: $raised; border: 1px solid $line; }

QLabel { background: transparent; }
QLabel[kind="quiet"] { color: $quiet; }
QLabel[kind="strong"] { font-weight: 600; }
QLabel[kind="heading"] { font-weight: 600; font-size: 13px; }
QLabel[kind="title"] { font-weight: 600; font-size: 20px; }
QLabel[kind="lead"] { font-size: 16px; }
QLabel[kind="chip"] { background: $raised; border: 1px solid $line; border-radius: ${radius}px;
  padding: 1px ${grid}px; }
QLabel[kind="badgeA"] { background: $first; color: #000000; border-radius: ${radius}px; font-weight: 600; }
QLabel[kind="badgeB"] { background: $second; color: #000000; border-radius: ${radius}px; font-weight: 600; }
QLabel[kind="key"] { background: $raised; border: 1px solid $line; border-radius: 4px; padding: 0 6px; }

QLabel[kind="first"], QLabel[kind="second"] { color: #15181f; font-weight: 600; border-radius: 4px; padding: 1px 6px; }
QLabel[kind="first"] { background: $first; }
QLabel[kind="second"] { background: $second; }

QPushButton { background: $raised; border: 1px solid $line; border-radius: ${radius}px;
  min-height: ${inner}px; padding: 0 12px; }
QPushButton:hover { border-color: $quiet; }
QPushButton:pressed { background: $line; }
QPushButton:focus { border: 2px solid $accent; padding: 0 11px; min-height: ${inner2}px; }
QPushButton:checked { background: $line; border-color: $quiet; }
QPushButton:disabled { color: $faint; }
QPushButton[kind="primary"] { background: $accent; color: $on_accent; border-color: $accent; font-weight: 600; }
QPushButton[kind="primary"]:hover { border-color: $text; }
QPushButton[kind="primary"]:focus { border: 2px solid $text; }
QPushButton[kind="primary"]:disabled { background: $raised; color: $faint; border-color: $line; }
QPushButton[kind="menu"] { padding: 0 32px 0 12px; }
QPushButton[kind="menu"]:focus { padding: 0 31px 0 11px; }
QPushButton::menu-indicator { image: url("$icons/chevron-$name.svg"); width: 16px; height: 16px;
  subcontrol-origin: padding; subcontrol-position: right center; right: 8px; }
QPushButton[kind="link"] { background: transparent; border: 1px solid transparent; color: $accent; padding: 0 4px; }
QPushButton[kind="link"]:hover { text-decoration: underline; }
QPushButton[kind="link"]:focus { border: 1px solid $accent; min-height: ${inner}px; padding: 0 4px; }

QToolButton { background: transparent; border: 1px solid transparent; border-radius: ${radius}px;
  min-height: ${inner}px; min-width: ${inner}px; }
QToolButton:hover { background: $raised; }
QToolButton:pressed { background: $line; }
QToolButton:focus { border-color: $accent; }
QToolButton:checked { background: $raised; border-color: $line; }
QToolButton:checked:focus { border-color: $accent; }
QToolButton::menu-indicator { image: none; }
QToolButton[kind="rail"] { padding: 4px 0 2px 0; min-width: 64px; font-size: 11px; color: $quiet; }
QToolButton[kind="rail"]:hover, QToolButton[kind="rail"]:checked { color: $text; }

QLineEdit, QComboBox, QSpinBox { background: $window; border: 1px solid $line; border-radius: ${radius}px;
  min-height: ${inner}px; padding: 0 ${grid}px; selection-background-color: $accent;
  selection-color: $on_accent; placeholder-text-color: $quiet; }
QLineEdit:hover, QComboBox:hover { border-color: $quiet; }
QLineEdit:focus, QComboBox:focus { border: 2px solid $accent; padding: 0 7px; min-height: ${inner2}px; }
QLineEdit:disabled, QComboBox:disabled { color: $faint; }
QLineEdit > QToolButton { min-width: 0; min-height: 0; border: none; padding: 0; }
QComboBox::drop-down { border: none; width: 24px; }
QComboBox::down-arrow { image: url("$icons/chevron-$name.svg"); width: 16px; height: 16px; }
QComboBox QAbstractItemView, QListView[kind="popup"] { background: $raised; border: 1px solid $line;
  selection-background-color: $accent; selection-color: $on_accent; outline: none; }
QComboBox QAbstractItemView { padding: 4px; }
QListView[kind="popup"]::item { min-height: 28px; padding: 0 ${grid}px; }
QListView[kind="popup"]::item:selected { background: $accent; color: $on_accent; }

QListView, QListWidget, QTreeView, QTableView { background: transparent; border: none; outline: none; }
QListWidget::item { padding: 6px ${grid}px; border-radius: ${radius}px; }
QListWidget::item:hover { background: $raised; }
QListWidget::item { border: 1px solid transparent; }
QListWidget::item:selected { background: $raised; color: $text; }
QListWidget::item:focus { border-color: $accent; }

QTreeView, QTableView { background: $panel; border: 1px solid $line; border-radius: ${radius}px; }
QTreeView:focus, QTableView:focus { border-color: $accent; }
QTreeView::item { height: 26px; padding: 0 4px; }
QTreeView::item:selected { background: $raised; color: $text; }
QTableView::item { padding: 0 4px; }
QHeaderView::section { background: $panel; color: $quiet; border: none; border-bottom: 1px solid $line;
  padding: 4px ${grid}px; }

QTableView[kind="texts"] { border: none; border-radius: 0; border-top: 1px solid $line; background: $window; }
QTableView[kind="texts"] QPlainTextEdit { border: 2px solid $accent; padding: 2px 4px; }
QPlainTextEdit[kind="text"] { background: transparent; border: 1px solid transparent; padding: 0 2px; }
QPlainTextEdit[kind="text"]:hover { border-color: $line; }
QPlainTextEdit[kind="text"]:focus { background: $window; border-color: $accent; }

QPlainTextEdit { background: $panel; border: 1px solid $line; border-radius: ${radius}px; padding: 4px; }

QProgressBar { background: $raised; border: none; border-radius: 2px; min-height: 4px; max-height: 4px; }
QProgressBar::chunk { background: $accent; border-radius: 2px; }

QMenuBar { background: $panel; border-bottom: 1px solid $line; padding: 2px 4px; }
QMenuBar::item { padding: 4px ${grid}px; border-radius: 4px; background: transparent; }
QMenuBar::item:selected { background: $raised; }
QMenu { background: $raised; border: 1px solid $line; padding: 4px; }
QMenu::item { padding: 5px 24px 5px 12px; border-radius: 4px; }
QMenu::item:selected { background: $accent; color: $on_accent; }
QMenu::item:disabled { color: $faint; }
QMenu::separator { height: 1px; background: $line; margin: 4px ${grid}px; }
QToolTip { background: $raised; color: $text; border: 1px solid $line; padding: 4px 6px; }

QSplitter::handle { background: $line; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }
QScrollArea { background: transparent; border: none; }
QScrollArea > QWidget > QWidget[kind="plain"] { background: transparent; }
QScrollBar { background: transparent; border: none; }
QScrollBar:vertical { width: 12px; }
QScrollBar:horizontal { height: 12px; }
QScrollBar::handle { background: $line; border-radius: 4px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 32px; }
QScrollBar::handle:horizontal { min-width: 32px; }
QScrollBar::handle:hover { background: $faint; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QCheckBox { spacing: ${grid}px; }
QCheckBox:focus { color: $accent; }
""")


def build_style_sheet(tokens: Tokens) -> str:
    """The style sheet of ``tokens``' theme. Lengths are in device-independent pixels."""
    # A field's height is its content plus two 1-px borders; with focus the borders are 2 px and nothing may move.
    inner = CONTROL_HEIGHT - 2
    red, green, blue = (int(tokens.window[at : at + 2], 16) for at in (1, 3, 5))
    veil = f"rgba({red}, {green}, {blue}, 0.94)"
    icons = (resources_dir() / "icons").as_posix()
    measures = {"radius": RADIUS, "grid": GRID, "inner": inner, "inner2": inner - 2}
    return _SHEET.substitute(vars(tokens), veil=veil, icons=icons, **measures)
