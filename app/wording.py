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


AMOUNTS = ((0.75, "a little"), (1.75, "clearly"), (2.75, "much"))


def amount_words(prompt: str, reverse: str, amount: float) -> str:
    """A step along a prompt in words: "clearly more cheerful (+1.5)"; ``amount`` in standard deviations of the library.

    A step back is said with the reverse where there is one.
    """
    if not round(amount, 1):
        return "as it is"
    asked = prompt if amount > 0 or not reverse else reverse
    words = "less so" if amount < 0 and not reverse else comparative(asked) or f"more “{asked}”"
    strength = next((name for limit, name in AMOUNTS if abs(amount) < limit), "very much")
    return f"{strength} {words} ({amount:+.1f})"


AGREEMENTS = ((0.95, "agrees well"), (0.8, "agrees"), (0.5, "agrees a little"))


def step_agreement(share: float) -> str:
    """How well the step to a picture agrees with the one that was shown: ``share`` of the library agrees less."""
    return next((words for limit, words in AGREEMENTS if share >= limit), "does not agree")


CHANCES = ((0.001, "practically never"), (0.01, "hardly"), (0.05, "unlikely"))


def chance_words(corrected: float) -> str:
    """A p-value, corrected for how much was tried, as the answer to "By chance?"."""
    return next((words for limit, words in CHANCES if corrected <= limit), "perhaps")


def pairs_words(auroc: float) -> str:
    """An AUROC in words: "in 87 of 100 pairs", whichever side has more of it; never all of them, unless it is."""
    told = max(auroc, 1 - auroc)
    return "in every pair" if told == 1 else f"in {min(floor(100 * told + 0.5), 99)} of 100 pairs"
