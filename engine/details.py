"""What a camera wrote beside the pixels: `read_details`, run by the pictures process for the window's details panel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from PIL import Image, UnidentifiedImageError
from PIL.ExifTags import IFD, Base

from engine.errors import ImageUnreadable
from engine.pictures import DECODER_ERRORS, FORMATS, read_content, shown

LONGEST = 80  # characters of a camera's name; more is damage


@dataclass(frozen=True)
class Details:
    """Empty where the file does not say."""

    camera: str = ""
    taken: str = ""  # YYYY-MM-DD HH:MM, in the camera's own time


def read_details(path: bytes) -> Details:
    """Camera and date from a file's EXIF. Damaged metadata counts as none; raises as `read_content` does, and
    ImageUnreadable where there is no image."""
    content = read_content(path)
    try:
        with Image.open(BytesIO(content.data), formats=FORMATS) as image:
            exif = image.getexif()
            inner = exif.get_ifd(IFD.Exif)
            taken = inner.get(Base.DateTimeOriginal) or exif.get(Base.DateTime)
            return Details(_camera(_words(exif.get(Base.Make)), _words(exif.get(Base.Model))), _moment(_words(taken)))
    except UnidentifiedImageError:
        raise ImageUnreadable(f"{shown(path)} is not an image.") from None
    except DECODER_ERRORS:
        return Details()


def _words(value: object) -> str:
    """Printable text of a tag, one line."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value if isinstance(value, str) else ""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:LONGEST]


def _camera(maker: str, model: str) -> str:
    """Most cameras repeat their maker in the name of the model."""
    first = maker.split(" ")[0].casefold()
    return model if first and model.casefold().startswith(first) else f"{maker} {model}".strip()


def _moment(text: str) -> str:
    try:
        return datetime.strptime(text, "%Y:%m:%d %H:%M:%S").strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return ""
