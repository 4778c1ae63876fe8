"""One function opens any image rightly: `read_picture`; everything that shows or encodes pixels goes through it.

The order of events: the file is stat'ed and opened without waiting (a FIFO must not hang us), read once and hashed
(`read_content`), then opened by Pillow from memory with an allow-list of formats, refused if it has too many pixels,
decoded, turned upright and brought to RGB (`decode`). Whoever used a picture asks `still_same` afterwards: only a
look some time after the reading tells a file that is being written.

Importing this module sets two things for the whole process: Pillow's own pixel limit and its warnings are off.
"""

from __future__ import annotations

import codecs
import errno
import os
import stat
import struct
import warnings
import zlib
from dataclasses import dataclass
from hashlib import blake2b
from io import BytesIO

import pi_heif
from PIL import Image, UnidentifiedImageError

from engine.colours import to_rgb
from engine.errors import (
    FolderGiven,
    ImageChanged,
    ImageEmpty,
    ImageError,
    ImageTooLarge,
    ImageUnreadable,
    ImageVanished,
    NotAnImage,
)
from engine.heif_items import items_are_named_in_text

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF", "HEIF")  # JPEG opens MPO too
MAX_PIXELS = 100_000_000
MAX_BYTES = 1 << 30

_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)

# What Pillow's decoders raise on damaged data; found by fuzzing every format.
DECODER_ERRORS = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    LookupError,
    TypeError,
    ArithmeticError,
    AttributeError,
    RuntimeError,
    struct.error,
    zlib.error,
)

_EXIF_ORIENTATION = 0x0112
_TO_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

_KINDS = (
    (b"%!PS", "PostScript"),
    (b"%PDF", "a PDF document"),
    (b"<!doctype html", "a web page"),
    (b"<html", "a web page"),
    (b"<svg", "an SVG drawing"),
    (b"<?xml", "an XML document"),
    (b"PK\x03\x04", "a ZIP archive"),
)
_IMAGE_HEADS = (b"\xff\xd8", b"\x89PNG", b"GIF8", b"II*\0", b"MM\0*", b"BM", b"RIFF")

pi_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)  # the picture is all we read
Image.MAX_IMAGE_PIXELS = None  # Pillow only warns at its limit; `_decode` refuses at ours
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")  # doubtful metadata; the pixels count


@dataclass(frozen=True)
class Content:
    """The bytes of a file, read at one moment; ``content_hash`` is their blake2b-128."""

    path: bytes
    data: bytes
    content_hash: bytes
    size: int
    mtime_ns: int


@dataclass(frozen=True)
class Picture:
    """A decoded file. ``image``: RGB, upright, at least as large as was asked for.

    ``width`` and ``height`` are the upright file's own, also where ``image`` was decoded smaller.
    """

    path: bytes
    image: Image.Image
    content_hash: bytes
    size: int
    mtime_ns: int
    width: int
    height: int
    format: str


def shown(path: bytes) -> str:
    """The file's name for a sentence; undecodable bytes are replaced."""
    return os.path.basename(path).decode("utf-8", "replace")


def read_picture(path: bytes, *, target: int | None = None) -> Picture:
    """Read, check and decode one image file.

    ``target`` is the side, in pixels, that the picture is wanted for: JPEGs are then decoded at the smallest scale
    whose shorter side is at least twice that, which is three times faster and differs by at most 3/255 afterwards.

    Raises ImageVanished, ImageEmpty, NotAnImage, ImageTooLarge, ImageUnreadable, ImageChanged.
    """
    return decode(read_content(path), target=target)


def read_content(path: bytes) -> Content:
    """Read and hash a file without decoding it. Raises as `read_picture`."""
    try:
        _check_regular(path, os.stat(path))  # before opening: opening a device can have effects
        with os.fdopen(os.open(path, _OPEN_FLAGS), "rb") as file:
            before = os.fstat(file.fileno())
            _check_regular(path, before)
            data = file.read()
            after = os.fstat(file.fileno())
    except (FileNotFoundError, NotADirectoryError):
        if os.path.islink(path):
            raise NotAnImage(f"{shown(path)} is a link to a file that is not there.") from None
        raise ImageVanished(f"There is no file {shown(path)}.") from None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise NotAnImage(f"{shown(path)} is a link that leads back to itself.") from None
        raise ImageUnreadable(f"{shown(path)} cannot be read: {error.strerror}.") from error
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or len(data) != after.st_size:
        raise ImageChanged(f"{shown(path)} changed while it was being read.")
    return Content(path, data, blake2b(data, digest_size=16).digest(), after.st_size, after.st_mtime_ns)


def decode(content: Content, *, target: int | None = None) -> Picture:
    """Decode a file's content; ``target`` as in `read_picture`. Raises NotAnImage, ImageTooLarge, ImageUnreadable."""
    name = shown(content.path)
    try:
        return _decode(content, target)
    except MemoryError:
        raise ImageTooLarge(f"{name} needs more memory to open than there is.") from None
    except UnidentifiedImageError:
        raise _unidentified(name, content.data) from None
    except DECODER_ERRORS as error:
        raise ImageUnreadable(f"{name} is damaged or cut short.", details=repr(error)) from error


def still_same(picture: Content | Picture) -> bool:
    """Whether the file still has the size and time it had when it was read."""
    try:
        now = os.stat(picture.path)
    except OSError:
        return False
    return (now.st_size, now.st_mtime_ns) == (picture.size, picture.mtime_ns)


def _check_regular(path: bytes, status: os.stat_result) -> None:
    name = shown(path)
    if stat.S_ISDIR(status.st_mode):
        raise FolderGiven(f"{name} is a folder, not an image file.")
    if not stat.S_ISREG(status.st_mode):
        raise NotAnImage(f"{name} is a pipe or device, not an image file.")
    if status.st_size == 0:
        raise ImageEmpty(f"{name} is empty (zero bytes).")
    if status.st_size > MAX_BYTES:
        raise ImageTooLarge(f"{name} is larger than {MAX_BYTES >> 20} MB.")


def _decode(content: Content, target: int | None) -> Picture:
    if not items_are_named_in_text(content.data):
        raise ImageUnreadable(f"{shown(content.path)} is damaged: the names of what it holds are no text.")
    with Image.open(BytesIO(content.data), formats=FORMATS) as image:
        kind = image.format or ""
        width, height = image.size  # before draft() changes it
        if width * height > MAX_PIXELS:
            raise ImageTooLarge(
                f"{shown(content.path)} has {width} x {height} pixels; "
                f"PairLens opens up to {MAX_PIXELS // 1_000_000} million."
            )
        if target is not None:
            image.draft(None, (2 * target, 2 * target))
        image.load()
        turn = _TO_UPRIGHT.get(_orientation(image))
        rgb = to_rgb(image)
        rgb.info = {}  # profile and transparency are applied; a copy that is saved must not claim them again
        if turn is not None:
            rgb = rgb.transpose(turn)
    if (rgb.width > rgb.height) != (width > height):
        width, height = height, width
    return Picture(content.path, rgb, content.content_hash, content.size, content.mtime_ns, width, height, kind)


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation left to apply; TIFF and HEIF are turned by their decoders, which then remove the tag."""
    try:
        value = image.getexif().get(_EXIF_ORIENTATION, 1)
    except DECODER_ERRORS:  # damaged metadata does not spoil the pixels
        return 1
    return value if isinstance(value, int) else 1


def _unidentified(name: str, data: bytes) -> ImageError:
    """Damaged image or no image at all: told by how the data begins."""
    if data.startswith(_IMAGE_HEADS) or data[4:8] == b"ftyp":
        return ImageUnreadable(f"{name} is damaged or cut short.")
    start = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    for head, kind in _KINDS:
        if start[: len(head)].lower() == head.lower():
            return NotAnImage(f"{name} is {kind}, not an image.")
    if _is_text(start):
        return NotAnImage(f"{name} is text, not an image.")
    return NotAnImage(f"{name} is not an image of a kind that PairLens reads.")


def _is_text(start: bytes) -> bool:
    """Whether a file that begins so is UTF-8 without control characters; ``start`` may end within a character."""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return False
    return not any(character < " " and not character.isspace() for character in text)
