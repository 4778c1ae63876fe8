"""Numbers in words: what panels and tooltips say about ranks, sizes, times and how sure something is."""

from __future__ import annotations

import os
from datetime import datetime
from math import floor
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the store's package is not needed for the first paint
    from engine.store.rows import File

COMPARATIVES = {"more", "less", "better", "worse", "fewer"}


def share_sentence(prompt: str, reverse: str, share: float, *, flipped: bool) -> str:
    """How a picture stands in the library: "Brighter than 87 % of the library".

    ``share`` (0..1) has less of what was asked. ``flipped``: least first, said with the reverse where there is one.
    """
    percent = f"{floor(share * 100)} % of the library"
    asked = reverse if flipped else prompt
    if not asked:
        return f"Above {percent}"
    compared = comparative(asked)
    if compared is None:
        return f"“{asked}” is truer of it than of {percent}"
    return f"{compared[0].upper()}{compared[1:]} than {percent}"


def comparative(prompt: str) -> str | None:
    """``prompt`` as what stands before "than": "brighter", "more cheerful"; None for a whole statement."""
    words = prompt.split()
    if not words or len(words) > 4 or "than" in words or words[0].casefold() == "the":
        return None
    first = words[0].casefold()
    if first in COMPARATIVES or (first.endswith("er") and len(first) > 4):
        return " ".join(words)
    return f"more {' '.join(words)}"


def bytes_words(count: int) -> str:
    """A size of a file: "3.4 MB"."""
    if count < 1000:
        return f"{count} bytes"
    for unit in ("KB", "MB"):
        count_in_unit = count / 1000
        if count_in_unit < 999.95:
            return f"{count_in_unit:.1f} {unit}"
        count = round(count_in_unit)
    return f"{count / 1000:.1f} GB"


def date_words(mtime_ns: int) -> str:
    """A time of a file in local time: "2024-05-31 18:20"; empty where it is beyond the calendar."""
    try:
        return datetime.fromtimestamp(mtime_ns / 1e9).strftime("%Y-%m-%d %H:%M")
    except (OverflowError, OSError, ValueError):
        return ""


def place_words(folder: bytes) -> str:
    """A folder as people know it: "~/Pictures" for what is in their home; undecodable bytes replaced."""
    home = os.path.expanduser("~")
    inside = home != os.sep and (folder + os.fsencode(os.sep)).startswith(os.fsencode(os.path.join(home, "")))
    shown = b"~" + folder[len(os.fsencode(home)) :] if inside else folder
    return shown.decode("utf-8", "replace")


def file_values(file: File) -> dict[str, str]:
    """What the library knows of a file; empty where it does not know yet."""
    return {
        "Size": "" if file.width is None else f"{file.width:,} x {file.height:,} pixels",
        "File": bytes_words(file.size),
        "Format": file.format or "",
        "Changed": date_words(file.mtime_ns),
    }


def sureness(probability: float) -> str:
    """A probability in percent that never claims to be certain: "87 %", "over 99 %"."""
    return f"{100 * probability:.0f} %" if probability <= 0.99 else "over 99 %"


def between_words(first: int, last: int) -> str:
    """Where an image lies in an order that is not sure: "Between 1 and 9 with 90 % probability."."""
    return f"Between {first:,} and {last:,} with 90 % probability." if first < last else "Sure with 90 %."


def many(count: int, noun: str) -> str:
    """A count with its noun: "1 answer", "1,204 answers"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def question_about(name: str, prompt: str) -> str:
    """What is asked about two pictures: "Which is more cheerful?"; a name without words is only quoted."""
    compared = comparative(prompt or name)
    if compared is None:
        return f"Of which is it truer: “{prompt or name}”?"
    return f"Which is {compared}?" if prompt or compared == name else f"Which is more so: “{name}”?"
