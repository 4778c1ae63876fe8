"""Captions in every format that people have, matched to the right images; what does not fit is refused by name."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, TiffImagePlugin

from engine import captions
from engine.cli import main
from engine.errors import FileUnfit, FolderMissing, JobCancelled
from engine.jobs import JobContext
from engine.store import Library, Writer, texts
from tests.engine.shelves import shelve

NAMES = ["a.jpg", "b.jpg", "sub/c.jpg", "sub/b2.jpg"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "photos"


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    with Writer(tmp_path / "library.pairlens") as writer:
        yield writer


@pytest.fixture
def images(writer: Writer, folder: Path) -> list[int]:
    return shelve(writer, folder, NAMES)


@pytest.fixture
def library(writer: Writer, images: list[int]) -> Iterator[Library]:
    with Library(writer.path) as library:
        yield library


def bring(writer: Writer, library: Library, source: Path) -> captions.TextReport:
    return captions.import_captions(writer, library, source, JobContext())


def kept(library: Library, image: int) -> list[tuple[str, str]]:
    return [(caption.text, caption.source) for caption in texts.captions_of(library, image)]


# ---- files ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("c.csv", "path,caption\na.jpg,A dog .\na.jpg,\"A dog, black\"\nsub/c.jpg,Déjà vu\n"),
        ("c.csv", "\ufefffilename;split;caption\na.jpg;train;A dog .\na.jpg;train;A dog, black\nsub/c.jpg;x;Déjà vu\n"),
        ("c.tsv", "image\ttext\na.jpg\tA dog .\na.jpg\tA dog, black\nc.jpg\tDéjà vu\n"),
        ("captions.txt", "image,caption\na.jpg,A dog .\na.jpg,\"A dog, black\"\nc.jpg,Déjà vu\n"),
        (
            "c.jsonl",
            '{"path": "a.jpg", "captions": ["A dog .", "A dog, black"]}\n\n{"file": "c.jpg", "text": "Déjà vu"}',
        ),
        (
            "c.json",
            json.dumps(
                {
                    "images": [{"id": 5, "file_name": "a.jpg"}, {"id": 6, "file_name": "train2017/c.jpg"}],
                    "annotations": [
                        {"image_id": 5, "caption": "A dog ."},
                        {"image_id": 5, "caption": "A dog, black"},
                        {"image_id": 6, "caption": "Déjà\n vu\u0007"},
                    ],
                }
            ),
        ),
    ],
)  # fmt: skip
def test_a_format(writer: Writer, library: Library, images: list[int], folder: Path, name: str, content: str) -> None:
    (folder / name).write_text(content, encoding="utf-8")
    report = bring(writer, library, folder / name)
    source = {".json": "coco", ".jsonl": "jsonl"}.get(Path(name).suffix, "csv")
    assert (report.found, report.imported, report.images, report.rejected) == (3, 3, 2, [])
    assert kept(library, images[0]) == [("A dog .", source), ("A dog, black", source)]
    assert kept(library, images[2]) == [("Déjà vu", source)]
    assert bring(writer, library, folder / name).imported == 0, "again: nothing new"


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-8-sig"])
def test_files_of_other_programs(
    writer: Writer, library: Library, images: list[int], folder: Path, encoding: str
) -> None:
    (folder / "c.csv").write_bytes("path,caption\r\na.jpg,Un café\r\n".encode(encoding))
    (folder / "b.txt").write_bytes("Un café noir\r\nUne forêt\r\n".encode(encoding))
    bring(writer, library, folder / "c.csv")
    bring(writer, library, folder)
    assert kept(library, images[0]) == [("Un café", "csv")]
    assert kept(library, images[1]) == [("Un café noir", "sidecar"), ("Une forêt", "sidecar")]


def test_a_row_that_fits_nothing_is_refused_by_name_and_the_others_come_in(
    writer: Writer, library: Library, images: list[int], folder: Path, tmp_path: Path
) -> None:
    shelve(writer, tmp_path / "other", ["x/a.jpg"])
    file = tmp_path / "c.csv"
    rows = [["path", "caption"], ["nowhere.jpg", "A"], ["a.jpg", "B"], [str(folder / "a.jpg"), "C"], ["b.jpg", " . "]]
    rows += [["b.jpg", "x" * 3000], ["b.jpg"], ["b.jpg", "D"]]
    with file.open("w", newline="") as stream:
        csv.writer(stream).writerows(rows)
    report = bring(writer, library, file)
    reasons = [(row.where, row.reason) for row in report.rejected]
    assert reasons == [
        ("line 2", "nowhere.jpg: The library has no such image; index its folder first."),
        ("line 3", "a.jpg: 2 images of the library have this name; write the whole path."),
        ("line 5", "The caption is empty."),
        ("line 6", "The caption has 3,000 characters; at most 2,000 are taken."),
        ("line 7", "It has 1 columns; the path and the caption are not both there."),
    ]
    assert (report.found, report.imported, report.rejected_count) == (7, 2, 5)
    assert kept(library, images[0]) == [("C", "csv")]
    assert kept(library, images[1]) == [("D", "csv")]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("c.csv", b"first,second\n1,2\n", "path,caption"),
        ("c.csv", b"", "path,caption"),
        ("c.json", b"{", "images"),
        ("c.json", b"[1, 2]", "images"),
        ("c.json", b'{"images": [1], "annotations": []}', "images"),
        ("c.json", b"[" * 100_000, "images"),
        ("c.csv", b"path,caption\na.jpg," + b"x" * 200_000, "line 2"),
        ("c.xlsx", b"PK", ".csv"),
    ],
)
def test_a_file_of_another_kind_is_refused(
    writer: Writer, library: Library, folder: Path, name: str, content: bytes, says: str
) -> None:
    (folder / name).write_bytes(content)
    with pytest.raises(FileUnfit, match=says):
        bring(writer, library, folder / name)
    with pytest.raises(FolderMissing, match=r"nothing\.csv"):
        bring(writer, library, folder / "nothing.csv")


def test_bad_lines_of_json_are_refused_one_by_one(
    writer: Writer, library: Library, images: list[int], folder: Path
) -> None:
    lines = [b"{", b"[]", b'{"path": "a.jpg"}', b'{"path": 7, "caption": "A"}', b'{"path": "\\ud800", "caption": "A"}']
    lines += [b'{"path": "a.jpg", "caption": "ok \\ud83d\\ude00 \xff\\ud800"}', b"[" * 100_000]
    (folder / "c.jsonl").write_bytes(b"\n".join(lines))
    report = bring(writer, library, folder / "c.jsonl")
    assert kept(library, images[0]) == [("ok \U0001f600 \ufffd\ufffd", "jsonl")]
    assert (report.imported, report.rejected_count) == (1, 6)
    assert all(row.reason.endswith(".") for row in report.rejected)


@given(st.text())
@settings(deadline=None)
def test_a_clean_text_is_one_line_that_can_be_stored(text: str) -> None:
    cleaned = captions.clean(text)
    assert cleaned == captions.clean(cleaned)
    assert cleaned == " ".join(cleaned.split())
    cleaned.encode("utf-8")


def test_only_the_first_refusals_are_kept_and_all_are_counted(
    writer: Writer, library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(captions, "REFUSALS_KEPT", 3)
    (folder / "c.csv").write_text("path,caption\n" + "none.jpg,A\n" * 10)
    report = bring(writer, library, folder / "c.csv")
    assert (len(report.rejected), report.rejected_count) == (3, 10)


def test_cancelling_keeps_the_finished_batches(
    writer: Writer, library: Library, images: list[int], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(captions, "BATCH", 2)
    context = JobContext()
    context.cancelled.set()
    (folder / "c.csv").write_text("path,caption\n" + "".join(f"a.jpg,number {n}\n" for n in range(5)))
    with pytest.raises(JobCancelled):
        captions.import_captions(writer, library, folder / "c.csv", context)
    assert len(kept(library, images[0])) == 2


# ---- folders --------------------------------------------------------------------------------------------


def describe(path: Path) -> None:
    """Write a picture with an IPTC caption, an XMP description and an EXIF description."""
    text = "An IPTC caption: café".encode()
    record = b"\x1c\x02\x78" + len(text).to_bytes(2, "big") + text
    block = b"8BIM\x04\x04\x00\x00" + len(record).to_bytes(4, "big") + record + b"\0" * (len(record) % 2)
    xmp = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description><rdf:Alt>'
        '<rdf:li xml:lang="x-default">An XMP description</rdf:li></rdf:Alt></dc:description></rdf:Description>'
        "</rdf:RDF></x:xmpmeta>"
    )
    exif = Image.Exif()
    exif[270] = "An EXIF description"
    exif[0x8769] = {0x9286: b"ASCII\0\0\0OLYMPUS DIGITAL CAMERA  "}
    image = Image.new("RGB", (8, 8), "red")
    image.save(path, exif=exif, xmp=xmp.encode(), quality=90)
    jpeg = path.read_bytes()
    segment = b"Photoshop 3.0\0" + block
    path.write_bytes(jpeg[:2] + b"\xff\xed" + (len(segment) + 2).to_bytes(2, "big") + segment + jpeg[2:])


def test_a_folder_brings_sidecars_and_what_images_say(
    writer: Writer, library: Library, images: list[int], folder: Path
) -> None:
    describe(folder / "a.jpg")
    (folder / "b.txt").write_text("One.\n\nTwo.\n", encoding="utf-8")
    (folder / "sub" / "c.jpg.caption").write_bytes(b"Caf\xe9\n")
    (folder / "sub" / "b2.jpg").write_bytes(b"no picture any more")
    report = bring(writer, library, folder)
    assert kept(library, images[0]) == [
        ("An IPTC caption: café", "iptc"),
        ("An XMP description", "xmp"),
        ("An EXIF description", "exif"),
    ]
    assert kept(library, images[1]) == [("One.", "sidecar"), ("Two.", "sidecar")]
    assert kept(library, images[2]) == [("Café", "sidecar")]
    assert report.imported == 6


def test_one_sidecar_alone(writer: Writer, library: Library, images: list[int], folder: Path) -> None:
    (folder / "b.caption").write_text("Alone.", encoding="utf-8")
    assert bring(writer, library, folder / "b.caption").imported == 1
    assert kept(library, images[1]) == [("Alone.", "sidecar")]
    (folder / "nobody.txt").write_text("Whose?", encoding="utf-8")
    report = bring(writer, library, folder / "nobody.txt")
    assert [row.where for row in report.rejected] == ["nobody.txt"]


def test_hostile_metadata_says_nothing(writer: Writer, library: Library, images: list[int], folder: Path) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]><x:xmpmeta xmlns:x="adobe:ns:meta/">&a;</x:xmpmeta>'
    Image.new("RGB", (8, 8)).save(folder / "a.jpg", xmp=bomb.encode())
    exif = Image.Exif()
    exif[270] = "DCIM"
    exif[0x9C9C] = TiffImagePlugin.IFDRational(1, 2)
    Image.new("RGB", (8, 8)).save(folder / "b.jpg", exif=exif, xmp=b"<not xml")
    assert bring(writer, library, folder).imported == 0


# ---- out again ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["out.jsonl", "out.csv", "out.json"])
def test_an_export_can_be_imported(
    writer: Writer, library: Library, images: list[int], tmp_path: Path, folder: Path, name: str
) -> None:
    said = [
        (images[0], 'A dog, "black"', "coco"),
        (images[0], "Zwölf\u2028Boxkämpfer", "csv"),
        (images[3], "C", "exif"),
    ]
    writer.call(lambda db: texts.record_captions(db, said))
    assert captions.export_captions(tmp_path / name, library) == 3
    with Writer(tmp_path / "second.pairlens") as second:
        again = shelve(second, folder, NAMES)
        with Library(second.path) as reader:
            report = captions.import_captions(second, reader, tmp_path / name, JobContext())
            assert (report.imported, report.rejected) == (3, [])
            assert [text for text, _ in kept(reader, again[3])] == ["C"]
            if name == "out.jsonl":
                assert kept(reader, again[3]) == [("C", "exif")]
    assert not list(tmp_path.glob(".out*"))


def test_the_command_line(
    writer: Writer, images: list[int], folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    writer.close()
    options = ["--library", str(writer.path), "--json"]
    (folder / "c.csv").write_text("path,caption\na.jpg,A dog.\nzz.jpg,B\n")
    assert main(["captions", "import", str(folder / "c.csv"), *options]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["counts"] == {"found": 2, "imported": 1, "images": 1, "rejected": 1}
    assert report["rejected"][0]["where"] == "line 3"
    assert main(["captions", "export", str(tmp_path / "o.jsonl"), *options]) == 0
    assert json.loads(capsys.readouterr().out)["counts"] == {"written": 1}
    assert json.loads((tmp_path / "o.jsonl").read_text())["caption"] == "A dog."
    (folder / "c.csv").write_text("path,caption\nzz.jpg,B\n")
    assert main(["captions", "import", str(folder / "c.csv"), "--library", str(writer.path)]) == 1
    out, err = capsys.readouterr()
    assert "zz.jpg: The library has no such image" in out
    assert err.startswith("pairlens: no captions of ")
