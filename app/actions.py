"""Every action of the program in one table: menus, shortcuts, the palette and the shortcuts dialog read it.

`Actions` is made by `app.main_window` and lives as long as it. A page or widget that brings an action's effect
connects to ``actions["name"].triggered``.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow

from app.icons import set_icon
from app.pages.table import PAGES


@dataclass(frozen=True)
class ActionSpec:
    """One action as data. ``keys`` in Qt's portable notation, the first is shown; ``icon`` names a file."""

    name: str
    text: str
    menu: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    checkable: bool = False
    group: int = 0  # a line is drawn in the menu where it changes
    local: bool = False  # its keys mean something else elsewhere: they work where a page adds the action


MENUS = (
    "File",
    "Edit",
    "Ask",
    "Image",
    "Compare",
    "Judge",
    "Analogy",
    "Map",
    "Classes",
    "Captions",
    "Train",
    "View",
    "Help",
)

ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec("add_folder", "Add folder…", "File", ("Ctrl+O",), "folder-add"),
    ActionSpec("add_files", "Add images…", "File", ("Ctrl+Shift+O",)),
    ActionSpec("refresh", "Refresh all folders", "File", ("F5",), "refresh"),
    ActionSpec("open_library", "Open another library…", "File", group=1),
    ActionSpec("remove_samples", "Remove sample library", "File", group=1),
    ActionSpec("quit", "Quit", "File", ("Ctrl+Q",), group=2),
    ActionSpec("undo", "Undo", "Edit", ("Ctrl+Z",), "undo"),
    ActionSpec("redo", "Redo", "Edit", ("Ctrl+Shift+Z", "Ctrl+Y")),
    ActionSpec("paste", "Paste images or folders", "Edit", ("Ctrl+V",), group=1),
    ActionSpec("copy_image", "Copy image", "Edit", ("Ctrl+C",), "copy-image", group=1, local=True),
    ActionSpec("copy_path", "Copy path", "Edit", ("Ctrl+Shift+C",), "copy-path", group=1),
    ActionSpec("select_all", "Select all", "Edit", ("Ctrl+A",), group=2, local=True),
    ActionSpec("ask", "Type a comparison", "Ask", ("Ctrl+L", "/")),
    ActionSpec("flip", "More or less: turn the order round", "Ask", ("Ctrl+R",), "swap"),
    ActionSpec("explain", "What the program made of the words", "Ask", ("Ctrl+I",), "info"),
    ActionSpec("clear_order", "Back to the folders' own order", "Ask", ("Alt+Home",)),
    ActionSpec("measure", "Measure models", "Ask", ("Ctrl+M",), "evaluate", group=1),
    ActionSpec("open_report", "Open the evaluation report", "Ask", ("Ctrl+Shift+E",), group=1),
    ActionSpec("save_report", "Save the evaluation report…", "Ask", ("Ctrl+Shift+S",), group=1),
    ActionSpec("open_viewer", "Look closer", "Image", ("Space", "Return"), "look", local=True),
    ActionSpec("find_similar", "Find similar images", "Image", ("Ctrl+S",), "similar", group=1),
    ActionSpec("more_like", "Like this, but more…", "Image", ("Alt+S",), group=1),
    ActionSpec("open_external", "Open in its own program", "Image", ("Ctrl+Return",), group=2),
    ActionSpec("reveal", "Show in file manager", "Image", ("Ctrl+Shift+R",), "folder", group=2),
    ActionSpec("hide", "Hide from grid and rankings", "Image", ("Delete",), "hide", group=3, local=True),
    ActionSpec("compare", "Compare the chosen images", "Compare", ("Ctrl+D",), "compare"),
    ActionSpec("compare_more", "Add the chosen images to those compared", "Compare", ("Alt+D",)),
    ActionSpec("choose_pair", "Choose two to six pictures…", "Compare"),
    ActionSpec("add_pictures", "Add pictures…", "Compare", ("Insert",), local=True),
    ActionSpec("tell_apart", "What tells the chosen images from all others", "Compare", ("Alt+T",)),
    ActionSpec("exchange", "Exchange A and B", "Compare", ("X",), "swap", local=True),
    ActionSpec("next_a", "Another picture as A", "Compare", ("A",), local=True),
    ActionSpec("next_b", "Another picture as B", "Compare", ("B",), local=True),
    ActionSpec("take_away", "Take B away", "Compare", ("Delete",), local=True),
    ActionSpec("pair_side", "Side by side", "Compare", ("1",), checkable=True, group=1, local=True),
    ActionSpec("pair_swap", "Swap in place", "Compare", ("2",), checkable=True, group=1, local=True),
    ActionSpec("pair_split", "Split", "Compare", ("3",), checkable=True, group=1, local=True),
    ActionSpec("pair_fade", "Fade", "Compare", ("4",), checkable=True, group=1, local=True),
    ActionSpec("pair_difference", "Difference", "Compare", ("5",), checkable=True, group=1, local=True),
    ActionSpec("flicker", "Show the other picture", "Compare", ("Space",), group=2, local=True),
    ActionSpec("pair_whole", "Both pictures whole", "Compare", ("0",), group=2, local=True),
    ActionSpec("pair_closer", "Look closer at both", "Compare", ("+", "="), group=2, local=True),
    ActionSpec("pair_further", "Look from further away", "Compare", ("-",), group=2, local=True),
    ActionSpec("save_attribute", "Judge pairs by the comparison typed", "Judge", ("Ctrl+J",)),
    ActionSpec("order_by_attribute", "Order the library by an attribute…", "Judge", ("Ctrl+Shift+J",)),
    ActionSpec("new_attribute", "New attribute…", "Judge", ("Ctrl+Shift+N",), "add", group=1),
    ActionSpec("rename_attribute", "Rename attribute…", "Judge", icon="edit", group=1),
    ActionSpec("remove_attribute", "Remove attribute", "Judge", icon="trash", group=1),
    ActionSpec("answer_first", "The first has more of it", "Judge", ("1", "Left"), group=2, local=True),
    ActionSpec("answer_second", "The second has more of it", "Judge", ("2", "Right"), group=2, local=True),
    ActionSpec("answer_equal", "About equal", "Judge", ("0", "="), group=2, local=True),
    ActionSpec("answer_unsure", "Cannot tell", "Judge", ("?",), group=2, local=True),
    ActionSpec("answer_skip", "Skip this pair", "Judge", ("S",), group=2, local=True),
    ActionSpec("flag_image", "Hide one of the two…", "Judge", ("F",), group=3, local=True),
    ActionSpec("take_back", "Take the last answer back", "Judge", ("Z", "Backspace"), group=3, local=True),
    ActionSpec("import_judgements", "Import answers…", "Judge", group=4),
    ActionSpec("export_judgements", "Export answers…", "Judge", group=4),
    ActionSpec("show_cycles", "Answers that contradict each other…", "Judge", group=4),
    ActionSpec("analogy_a", "Use as A of an analogy", "Analogy", ("Alt+A",)),
    ActionSpec("analogy_b", "Use as B of an analogy", "Analogy", ("Alt+B",)),
    ActionSpec("analogy_c", "Use as C, where to begin", "Analogy", ("Alt+C",)),
    ActionSpec("analogy_example", "Add an example of A and B", "Analogy", ("E",), group=1, local=True),
    ActionSpec("analogy_clear", "Start the analogy again", "Analogy", group=1),
    ActionSpec("analogy_equation", "A is to B as C is to …", "Analogy", ("1",), checkable=True, group=2, local=True),
    ActionSpec("analogy_more", "Like this, but more …", "Analogy", ("2",), checkable=True, group=2, local=True),
    ActionSpec("map_swap", "Swap the axes", "Map", ("X",), "swap", local=True),
    ActionSpec("map_move", "Drag moves the map", "Map", ("1",), checkable=True, group=1, local=True),
    ActionSpec("map_lasso", "Drag draws a lasso", "Map", ("2",), checkable=True, group=1, local=True),
    ActionSpec("map_rectangle", "Drag draws a rectangle", "Map", ("3",), checkable=True, group=1, local=True),
    ActionSpec("map_all", "Choose all on the map", "Map", ("Ctrl+A",), group=2, local=True),
    ActionSpec("map_visible", "Choose all in view", "Map", ("V",), group=2, local=True),
    ActionSpec("map_none", "Choose none", "Map", ("Esc",), group=2, local=True),
    ActionSpec("map_whole", "The whole map", "Map", ("0",), group=3, local=True),
    ActionSpec("map_closer", "Closer", "Map", ("+", "="), group=3, local=True),
    ActionSpec("map_further", "Further away", "Map", ("-",), group=3, local=True),
    ActionSpec("map_picture", "Save the map as a picture…", "Map", group=4),
    ActionSpec("map_table", "Save the scores of both axes…", "Map", group=4),
    ActionSpec("class_folders", "Take the folders' names as classes", "Classes"),
    ActionSpec("class_new", "New class set…", "Classes"),
    ActionSpec("class_choose", "Another class set…", "Classes"),
    ActionSpec("class_remove", "Remove this class set", "Classes"),
    ActionSpec("class_import", "Open a class set…", "Classes"),
    ActionSpec("class_export", "Save the class set…", "Classes"),
    ActionSpec("class_draft", "Draft how the two classes differ", "Classes", group=1),
    ActionSpec("class_alpha", "Choose alpha from what is known", "Classes", group=1),
    *(
        ActionSpec(f"class_{number}", f"It really is class {number}", "Classes", (str(number),), group=2, local=True)
        for number in range(1, 10)
    ),
    ActionSpec("class_other", "It really is…", "Classes", ("E",), group=2, local=True),
    ActionSpec("class_none", "It is none of these", "Classes", ("0",), group=2, local=True),
    ActionSpec("class_table", "Export the labels…", "Classes", group=3),
    ActionSpec("class_copy", "Copy into a folder a class…", "Classes", group=3),
    ActionSpec("class_link", "Hard-link into a folder a class…", "Classes", group=3),
    ActionSpec("write_differences", "Write differences…", "Captions", ("Ctrl+Shift+D",), "edit"),
    ActionSpec("write_captions", "Write captions…", "Captions"),
    ActionSpec("go_on_writing", "Go on with the last run", "Captions"),
    ActionSpec("import_captions", "Import captions…", "Captions", group=1),
    ActionSpec("read_folders", "Read captions that lie with the pictures", "Captions", group=1),
    ActionSpec("import_differences", "Import differences…", "Captions", group=1),
    ActionSpec("export_captions", "Export captions…", "Captions", group=1),
    ActionSpec("export_differences", "Export differences…", "Captions", group=1),
    ActionSpec("accept", "Accept", "Captions", ("A",), "check", group=2, local=True),
    ActionSpec("edit_text", "Edit", "Captions", ("E",), "edit", group=2, local=True),
    ActionSpec("reject", "Reject", "Captions", ("X",), "close", group=2, local=True),
    ActionSpec("next_text", "Next sentence", "Captions", ("J",), group=2, local=True),
    ActionSpec("previous_text", "Previous sentence", "Captions", ("K",), group=2, local=True),
    ActionSpec("undo_review", "Take it back", "Captions", ("Z",), group=2, local=True),
    ActionSpec("remove_captions", "Delete the chosen captions", "Captions", ("Delete",), "trash", group=3, local=True),
    ActionSpec("find_texts", "Search captions or differences", "Captions", ("Ctrl+F",), group=3, local=True),
    ActionSpec("ollama_settings", "Ollama: servers and models", "Captions", group=4),
    ActionSpec("run_new", "New run", "Train", ("Ctrl+Shift+T",)),
    ActionSpec("run_pause", "Pause the run, or let it go on", "Train", ("P",), group=1, local=True),
    ActionSpec("run_stop", "Stop the run and keep the best", "Train", ("S",), group=1, local=True),
    ActionSpec("run_use", "Use the trained model", "Train", ("U",), group=2, local=True),
    ActionSpec("run_export", "Export the trained model…", "Train", ("Ctrl+E",), group=2, local=True),
    ActionSpec("run_compare", "Compare the chosen runs", "Train", ("C",), group=3, local=True),
    ActionSpec("run_rename", "Rename the run", "Train", ("F2",), group=3, local=True),
    ActionSpec("run_remove", "Remove the run", "Train", ("Delete",), group=3, local=True),
    *(ActionSpec(f"page_{page.name}", page.whole_name, "View", (page.key,), page.icon) for page in PAGES),
    ActionSpec("show_folders", "Folders panel", "View", ("F6",), "panel-left", checkable=True, group=1),
    ActionSpec("show_inspector", "Details panel", "View", ("F7",), "panel-right", checkable=True, group=1),
    ActionSpec("larger_tiles", "Larger pictures", "View", ("Ctrl++", "Ctrl+="), group=2),
    ActionSpec("smaller_tiles", "Smaller pictures", "View", ("Ctrl+-",), group=2),
    ActionSpec("theme", "Switch theme: dark or light", "View", ("Ctrl+T",), "theme", group=3),
    ActionSpec("full_screen", "Full screen", "View", ("F11",), checkable=True, group=3),
    ActionSpec("palette", "Find an action…", "Help", ("Ctrl+K",)),
    ActionSpec("shortcuts", "Keyboard shortcuts", "Help", ("F1", "Ctrl+/")),
    ActionSpec("restart_engine", "Start the engine again", "Help", group=1),
    ActionSpec("restore_backup", "Restore the newest backup", "Help", group=1),
    ActionSpec("diagnostics", "About and diagnostics", "Help", (), "info", group=2),
)


class Actions:
    """The table as live `QAction` objects of a window, with its menu bar filled."""

    def __init__(self, window: QMainWindow) -> None:
        self._made = {spec.name: self._make(spec, window) for spec in ACTIONS}
        for title in MENUS:
            menu = window.menuBar().addMenu(title)
            previous: ActionSpec | None = None
            for spec in ACTIONS:
                if spec.menu != title:
                    continue
                if previous is not None and previous.group != spec.group:
                    menu.addSeparator()
                menu.addAction(self._made[spec.name])
                previous = spec

    def __getitem__(self, name: str) -> QAction:
        return self._made[name]

    def all(self) -> list[tuple[ActionSpec, QAction]]:
        """Every action with its row of the table, in order."""
        return [(spec, self._made[spec.name]) for spec in ACTIONS]

    def draw_icons(self) -> None:
        """Give the actions their icons; menus show none, so it can wait until the window was painted."""
        for spec, action in self.all():
            if spec.icon:
                set_icon(action, spec.icon)

    @staticmethod
    def _make(spec: ActionSpec, window: QMainWindow) -> QAction:
        action = QAction(spec.text, window)
        action.setObjectName(spec.name)
        action.setShortcuts([QKeySequence(key) for key in spec.keys])
        context = Qt.ShortcutContext
        action.setShortcutContext(context.WidgetWithChildrenShortcut if spec.local else context.WindowShortcut)
        action.setCheckable(spec.checkable)
        action.setIconVisibleInMenu(False)
        if not spec.local:
            window.addAction(action)
        return action
