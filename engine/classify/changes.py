"""What people say about classes, written down: called by the engine process on the writer's thread."""

from __future__ import annotations

from sqlite_utils import Database

from engine.classify import files
from engine.classify_messages import (
    LABELS_SETTING,
    ClassChange,
    Correct,
    RememberLabels,
    RemoveClassSet,
    SaveClassSet,
    UndoCorrections,
)
from engine.store import classes
from engine.store.changes import put_setting


def change(db: Database, command: ClassChange) -> object:
    """Make the change; returns the id, or ids, of what was made. Raises ClassificationError."""
    match command:
        case SaveClassSet(name=name, classes=found):
            return classes.save_class_set(db, name, files.text_of(found))
        case RemoveClassSet(class_set_id=number, removed=removed):
            return classes.remove_class_set(db, number, removed)
        case Correct(class_set_id=number, image_ids=images, label=label):
            return classes.correct(db, number, images, label)
        case UndoCorrections(correction_ids=ids, undone=undone):
            return classes.undo_corrections(db, ids, undone)
        case RememberLabels(labels=source):
            return put_setting(db, LABELS_SETTING, source)
    raise TypeError(f"{type(command).__name__} says nothing about classes")
