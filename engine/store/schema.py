"""The tables of a library and how an older file becomes a current one; run by `Writer` when it opens a library.

    folder   a folder the person added; ``removed`` and ``online`` are flags, nothing is deleted with it
    file     a path as last seen; ``folder_id`` is the innermost folder of the library that holds it
    image    a content, named by the blake2b-128 of its bytes; a moved file finds its image again by it
    vector   the unit image vector of one image under one encoder, float16, with a checksum
    caption  a text on one image, with its source ("coco", "exif", "ollama:MODEL" ...)
    difference  a text on an ordered pair of images, with its reverse (the same said of the pair swapped)
    asked    a pair that a writer of differences was asked about, whatever came of it: it is not asked again
    failure  why a file of this size and time could not be used (``encoder_id`` 0: could not be read at all)
    attribute  a named comparison that people judge; ``removed`` is a flag
    judgement  one answer about two images, so that it holds wherever their files move; ``undone`` is a flag
    class_set  classes and their comparatives as TOML, under a name; ``removed`` is a flag
    correction  what class an image really is, as a person said; ``undone`` is a flag, the last that stands counts

Vectors are inserted and dropped, never changed: ``encoder.removals`` counts the drops, so that (removals, highest
vector id) tells whether a copy of them is still whole.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

APPLICATION_ID = 0x50724C6E  # "PrLn"
VERSION = 4  # the number of migrations below
PAGE_SIZE = 16384  # a 1 to 2 KB vector wastes a quarter to a half of a 4 KiB page, and 5 % of this one

migrations = Migrations("pairlens")


@migrations()
def first_tables(db: Database) -> None:
    """Folders, files, images, vectors, failures, prompts, settings."""
    db.table("folder").create(
        {"id": int, "path": bytes, "range_start": bytes, "range_end": bytes, "online": int, "removed": int},
        pk="id",
        not_null={"path", "range_start", "range_end", "online", "removed"},
        defaults={"online": 1, "removed": 0},
    )
    db.table("folder").create_index(["path"], unique=True)
    db.table("image").create(
        {"id": int, "content_hash": bytes, "width": int, "height": int, "format": str},
        pk="id",
        not_null={"content_hash", "width", "height", "format"},
    )
    db.table("image").create_index(["content_hash"], unique=True)
    db.table("file").create(
        {
            "id": int,
            "folder_id": int,
            "image_id": int,
            "path": bytes,
            "size": int,
            "mtime_ns": int,
            "missing": int,
            "hidden": int,
        },
        pk="id",
        not_null={"folder_id", "path", "size", "mtime_ns", "missing", "hidden"},
        defaults={"missing": 0, "hidden": 0},
        foreign_keys=[("folder_id", "folder", "id"), ("image_id", "image", "id")],
    )
    db.table("file").create_index(["path"], unique=True)
    db.execute("CREATE INDEX file_image ON file (image_id) WHERE image_id IS NOT NULL")  # noting files costs no entry
    db.table("encoder").create(
        {"id": int, "key": str, "name": str, "dim": int, "removals": int},
        pk="id",
        not_null={"key", "name", "dim", "removals"},
        defaults={"removals": 0},
    )
    db.table("encoder").create_index(["key"], unique=True)
    db.table("vector").create(
        {"id": int, "encoder_id": int, "image_id": int, "checksum": bytes, "vector": bytes},
        pk="id",
        not_null={"encoder_id", "image_id", "checksum", "vector"},
        foreign_keys=[("encoder_id", "encoder", "id"), ("image_id", "image", "id")],
    )
    db.table("vector").create_index(["encoder_id", "image_id"], unique=True)
    db.table("failure").create(
        {"file_id": int, "encoder_id": int, "size": int, "mtime_ns": int, "code": str, "sentence": str},
        pk=("file_id", "encoder_id"),
        not_null={"size", "mtime_ns", "code", "sentence"},
        foreign_keys=[("file_id", "file", "id")],
    )
    db.table("prompt").create({"id": int, "prompt": str, "reverse": str}, pk="id", not_null={"prompt", "reverse"})
    db.table("prompt").create_index(["prompt", "reverse"], unique=True)
    db.table("setting").create({"key": str, "value": str}, pk="key", not_null={"value"})


@migrations()
def captions_and_differences(db: Database) -> None:
    """Texts on images and on pairs of images."""
    image = ("image", "id")
    db.table("caption").create(
        {"id": int, "image_id": int, "text": str, "source": str, "created": int},
        pk="id",
        not_null={"image_id", "text", "source", "created"},
        foreign_keys=[("image_id", *image)],
    )
    db.table("caption").create_index(["image_id", "text"], unique=True)
    db.table("difference").create(
        {
            "id": int,
            "first_id": int,
            "second_id": int,
            "text": str,
            "reverse": str,
            "writer": str,
            "version": str,
            "created": int,
            "status": str,
        },
        pk="id",
        not_null={"first_id", "second_id", "text", "reverse", "writer", "version", "created", "status"},
        foreign_keys=[("first_id", *image), ("second_id", *image)],
    )
    db.table("difference").create_index(["first_id", "second_id", "writer", "text"], unique=True)
    db.table("asked").create(
        {"writer": str, "version": str, "low_id": int, "high_id": int, "rejected": str},
        pk=("writer", "version", "low_id", "high_id"),
        not_null={"rejected"},
        foreign_keys=[("low_id", *image), ("high_id", *image)],
    )


@migrations()
def attributes_and_judgements(db: Database) -> None:
    """What people said about pairs of images."""
    db.table("attribute").create(
        {"id": int, "name": str, "prompt": str, "reverse": str, "removed": int},
        pk="id",
        not_null={"name", "prompt", "reverse", "removed"},
        defaults={"removed": 0},
    )
    db.table("attribute").create_index(["name"], unique=True)
    db.table("judgement").create(
        {
            "id": int,
            "attribute_id": int,
            "first_image": int,
            "second_image": int,
            "answer": str,
            "undone": int,
            "made_ms": int,
        },
        pk="id",
        not_null={"attribute_id", "first_image", "second_image", "answer", "undone", "made_ms"},
        defaults={"undone": 0},
        foreign_keys=[
            ("attribute_id", "attribute", "id"),
            ("first_image", "image", "id"),
            ("second_image", "image", "id"),
        ],
    )
    db.table("judgement").create_index(["attribute_id"])


@migrations()
def classes_and_corrections(db: Database) -> None:
    """Class sets, and what people said of images' classes."""
    db.table("class_set").create(
        {"id": int, "name": str, "content": str, "removed": int},
        pk="id",
        not_null={"name", "content", "removed"},
        defaults={"removed": 0},
    )
    db.table("class_set").create_index(["name"], unique=True)
    db.table("correction").create(
        {"id": int, "class_set_id": int, "image_id": int, "label": str, "undone": int, "made_ms": int},
        pk="id",
        not_null={"class_set_id", "image_id", "label", "undone", "made_ms"},
        defaults={"undone": 0},
        foreign_keys=[("class_set_id", "class_set", "id"), ("image_id", "image", "id")],
    )
    db.table("correction").create_index(["class_set_id", "image_id"])


def migrate(db: Database) -> None:
    """Bring an open library to `VERSION`, in one transaction: an older library is whole until it is a new one."""
    with db.atomic():
        migrations.apply(db)
        db.conn.execute(f"PRAGMA user_version = {VERSION}")
