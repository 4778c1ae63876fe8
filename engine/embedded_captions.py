"""Descriptions that a camera, a person or an archive wrote into an image file: IPTC, XMP, EXIF.

Used by `engine.captions` when a folder is imported. The files are only read.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from xml.etree import ElementTree

from PIL import ExifTags, Image, ImageFile, IptcImagePlugin

from engine.pictures import DECODER_ERRORS, FORMATS, read_content

# What cameras write by themselves says nothing about the picture.
_CAMERA_WORDS = frozenset(
    {"olympus digital camera", "sony dsc", "dcim", "digital camera", "kodak digital still camera", "samsung", "default"}
    | {"minolta digital camera", "konica minolta digital camera", "dav", "hdr", "cof", "screenshot", "charset=ascii"}
)
_IPTC_CAPTION = (2, 120)
_DESCRIPTION = "{http://purl.org/dc/elements/1.1/}description"
_ITEM = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}li"
_COMMENT_CODES = {b"ASCII\0\0\0": "utf-8", b"UNICODE\0": "utf-16", b"\0" * 8: "utf-8"}


def descriptions(path: bytes) -> list[tuple[str, str]]:
    """(Text, "iptc", "xmp" or "exif") of one image file, each text once. Raises ImageError where it cannot be read."""
    data = read_content(path).data
    found: dict[str, str] = {}
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as image:
            for text, source in (*_iptc(image), *_xmp(image), *_exif(image)):
                text = text.strip(" \t\r\n\0")
                if text and text.lower() not in _CAMERA_WORDS:
                    found.setdefault(text, source)
    except DECODER_ERRORS:
        return list(found.items())  # a damaged block of metadata; what came before it is good
    return list(found.items())


def _iptc(image: ImageFile.ImageFile) -> Iterator[tuple[str, str]]:
    block = IptcImagePlugin.getiptcinfo(image) or {}
    values = block.get(_IPTC_CAPTION, b"")
    for value in values if isinstance(values, list) else [values]:
        yield _text(value), "iptc"


def _xmp(image: Image.Image) -> Iterator[tuple[str, str]]:
    packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    packet = packet.encode() if isinstance(packet, str) else packet
    if not packet or b"<!" in packet:  # a document type can hold entities that grow without end; XMP has none
        return
    try:
        tree = ElementTree.fromstring(packet.strip(b"\0 \r\n"))
    except ElementTree.ParseError:
        return
    for description in tree.iter(_DESCRIPTION):
        items = [item.text or "" for item in description.iter(_ITEM)] or [description.text or ""]
        yield from ((text, "xmp") for text in items)


def _exif(image: Image.Image) -> Iterator[tuple[str, str]]:
    exif = image.getexif()
    yield _text(exif.get(ExifTags.Base.ImageDescription, b"")), "exif"
    windows = exif.get(ExifTags.Base.XPComment, b"")
    yield (bytes(windows).decode("utf-16-le", "ignore") if isinstance(windows, (bytes, tuple)) else ""), "exif"
    comment = exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.UserComment, b"")
    if isinstance(comment, bytes) and comment[:8] in _COMMENT_CODES:
        yield comment[8:].decode(_COMMENT_CODES[comment[:8]], "ignore"), "exif"


def _text(value: object) -> str:
    """Metadata as text: UTF-8, else the Western European bytes that old programs wrote."""
    if not isinstance(value, bytes):
        return value if isinstance(value, str) else ""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("cp1252", "replace")
