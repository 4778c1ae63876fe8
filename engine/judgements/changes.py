"""What people say about attributes and pairs, written down: called by the engine process on the writer's thread."""

from __future__ import annotations

from sqlite_utils import Database

from engine.judging_messages import Judge, RemoveAttribute, RenameAttribute, SaveAttribute, UndoJudgement
from engine.protocol import ChangeCommand
from engine.store import judging


def change(db: Database, command: ChangeCommand) -> int | None:
    """Make the change; returns the id of what was made. Raises JudgementError."""
    match command:
        case SaveAttribute(name=name, prompt=prompt, reverse=reverse):
            return judging.save_attribute(db, name, prompt, reverse)
        case RenameAttribute(attribute_id=attribute, name=name):
            return judging.rename_attribute(db, attribute, name)
        case RemoveAttribute(attribute_id=attribute, removed=removed):
            return judging.remove_attribute(db, attribute, removed)
        case Judge(attribute_id=attribute, first_image=first, second_image=second, answer=answer):
            return judging.judge(db, attribute, first, second, answer)
        case UndoJudgement(judgement_id=judgement, undone=undone):
            return judging.undo_judgement(db, judgement, undone)
    raise TypeError(f"{type(command).__name__} says nothing about pairs")
