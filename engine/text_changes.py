"""What people do to captions, differences and Ollama's settings, written down: called on the writer's thread.

Light: what judges a text or an address is imported by the first change that needs it.
"""

from __future__ import annotations

from sqlite_utils import Database

from engine.errors import TextUnfit
from engine.protocol import ChangeCommand
from engine.store import changes, texts
from engine.text_messages import (
    BY_HAND,
    HOSTS_SETTING,
    REMOTE_SETTING,
    AddCaption,
    ChangeCaption,
    EditDifference,
    RemoveCaptions,
    RestoreCaptions,
    SetHosts,
    SetStatuses,
)


def change(db: Database, command: ChangeCommand) -> int | None:
    """Make the change; returns the id of what was made. Raises TextUnfit, HostNotLocal."""
    match command:
        case SetStatuses(statuses=statuses):
            for status in dict.fromkeys(status for _, status in statuses):
                texts.set_status(db, [i for i, its in statuses if its == status], status)
        case EditDifference(difference_id=difference, text=text, reverse=reverse, status=status):
            texts.edit_difference(db, difference, _typed(text), _typed(reverse) if reverse else "", status)
        case AddCaption(image_id=image, text=text):
            return texts.add_caption(db, image, _typed(text), BY_HAND)
        case ChangeCaption(caption_id=caption, text=text):
            texts.change_caption(db, caption, _typed(text))
        case RemoveCaptions(caption_ids=captions):
            texts.remove_captions(db, captions)
        case RestoreCaptions(captions=captions):
            texts.restore_captions(db, captions)
        case SetHosts(hosts=hosts, remote=remote):
            _set_hosts(db, hosts, remote=remote)
        case _:
            raise TypeError(f"{type(command).__name__} changes no texts")
    return None


def _typed(text: str) -> str:
    """What a person typed, on one line. Raises TextUnfit."""
    from engine.captions import MAX_CHARACTERS, clean

    kept = clean(text)
    if not any(character.isalnum() for character in kept):
        raise TextUnfit("There are no words in this text.")
    if len(kept) > MAX_CHARACTERS:
        raise TextUnfit(f"The text has {len(kept):,} characters; at most {MAX_CHARACTERS:,} are kept.")
    return kept


def _set_hosts(db: Database, hosts: tuple[str, ...], *, remote: bool) -> None:
    from engine.ollama_hosts import checked_host

    urls = dict.fromkeys(checked_host(host, remote=remote) for host in hosts)
    changes.put_setting(db, HOSTS_SETTING, " ".join(urls))
    changes.put_setting(db, REMOTE_SETTING, "1" if remote else "")
