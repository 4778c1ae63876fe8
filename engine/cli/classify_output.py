"""What `pairlens classify` shows: one JSON document, or lines for people."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.classify.classifying import Classification, control_of, curve_of
from engine.classify.figures import Accuracy, by_class, confused, confusion
from engine.classify.folders import sort_into
from engine.classify.labels import write_labels
from engine.classify.scoring import DENSE
from engine.cli import output

if TYPE_CHECKING:
    from engine.classify.figures import Control, Point
    from engine.clip import Clip
    from engine.jobs import JobContext

SHOWN_IN_TERMINAL = 20
SHOWN_PAIRS = 5
SHOWN_STRANGE = 10  # labels that are no class


@dataclass(frozen=True)
class Shown:
    """A classification with the figures that are shown of it; ``chosen_on``: files that alpha was chosen on."""

    found: Classification
    model: str
    curve: list[Point]
    control: Control | None
    chosen_on: int

    @classmethod
    def of(cls, found: Classification, clip: Clip, chosen_on: int, context: JobContext) -> Shown:
        """Measure what is shown. Raises JobCancelled."""
        return cls(found, clip.name, curve_of(found, context), control_of(found, clip, context), chosen_on)

    # ---- JSON ----------------------------------------------------------------------------------------------

    def document(self) -> dict[str, object]:
        """The JSON document. Of nothing known, accuracies are null and the confusion is the expected one."""
        found, names = self.found, self.found.classes.names
        known = found.known
        return {
            "model": self.model,
            "classes": list(names),
            "templates": list(found.classes.templates),
            "comparatives": [vars(each) for each in found.classes.comparatives],
            "form": found.classes.form,
            "alpha": found.classes.alpha,
            "alpha_chosen_on": self.chosen_on or None,
            "close": found.classes.close,
            "logit_scale": found.scale,
            "images": len(found.pictures.paths),
            "pending": found.pictures.pending,
            "results": [self._row(place) for place in range(len(found.pictures.paths))],
            "accuracy": found.accuracy.share if found.accuracy else None,
            "accuracy_interval": [found.accuracy.low, found.accuracy.high] if found.accuracy else None,
            "accuracy_zero_shot": found.accuracy_zero_shot.share if found.accuracy_zero_shot else None,
            "labelled": known.count if known else 0,
            "gain": self._gain(),
            "per_class": self._per_class(),
            "confusion": self._confusion(),
            "confused": self._confused(),
            "expected_pairs": self._pairs(),
            "curve": [self._point(point) for point in self.curve],
            "labels_unknown": known.strange if known else {},
            "labels_rejected": [vars(each) for each in known.rejected] if known else [],
        }

    def _row(self, place: int) -> dict[str, object]:
        found, names = self.found, self.found.classes.names
        row = int(found.pictures.rows[place])
        answer: dict[str, object] = {
            **output.path_fields(found.pictures.paths[place]),
            "label": names[int(found.after.label[row])],
            "probability": float(found.after.probability[row]),
            "margin": float(found.after.margin[row]),
            "second": names[int(found.after.second[row])],
            "zero_shot": names[int(found.before.label[row])],
        }
        if found.known:
            true = int(found.known.true[place])
            answer["true"] = names[true] if true >= 0 else None
        return answer

    def _gain(self) -> dict[str, object] | None:
        gained = self.found.gained
        if gained is None or not self.found.said:
            return None
        answer: dict[str, object] = {
            "gain": gained.gain,
            "standard_error": gained.error,
            "put_right": gained.put_right,
            "put_wrong": gained.put_wrong,
        }
        if self.control:
            answer["random_text"] = {
                "mean": self.control.mean,
                "gains": list(self.control.gains),
                "chance_of_as_much": self.control.chance,
            }
        return answer

    def _per_class(self) -> list[dict[str, object]] | None:
        found, names = self.found, self.found.classes.names
        if found.known is None:
            counts = Counter(found.label.tolist())
            return [{"class": name, "labelled": counts[place]} for place, name in enumerate(names)]
        figures = by_class(found.label, found.known.true, len(names))
        return [{"class": name, **vars(each)} for name, each in zip(names, figures, strict=True)]

    def _confusion(self) -> list[list[int]] | list[list[float]] | None:
        """Rows: what it is; columns: what it is taken for. None for more than `DENSE` classes."""
        found = self.found
        if len(found.classes.names) > DENSE:
            return None
        if found.known:
            return confusion(found.label, found.known.true, len(found.classes.names)).tolist()
        return found.expected.round(6).tolist() if found.expected is not None else None

    def _confused(self) -> list[dict[str, object]] | None:
        found, names = self.found, self.found.classes.names
        if found.known is None:
            return None
        rows = confused(found.label, found.known.true, len(names))
        return [{"true": names[true], "label": names[label], "images": count} for true, label, count in rows]

    def _pairs(self) -> list[dict[str, Any]]:
        found, names = self.found, self.found.classes.names
        pairs = found.before.likeliest_pairs(SHOWN_IN_TERMINAL)
        return [{"classes": [names[a], names[b]], "expected": round(found.before.mistaken[a, b], 6)} for a, b in pairs]

    def _point(self, point: Point) -> dict[str, Any]:
        right = point.accuracy.share if point.accuracy else None
        return {"alpha": point.alpha, "switched": point.switched, "accuracy": right}

    # ---- for people ----------------------------------------------------------------------------------------

    def show(self) -> None:
        """Print the figures, and the images: in a terminal the first ones, else all."""
        found = self.found
        print(
            output.printable(
                f"{len(found.pictures.paths):,} images, {len(found.classes.names):,} classes, {self.model}"
            )
        )
        if found.accuracy and found.accuracy_zero_shot:
            self._show_accuracy(found.accuracy, found.accuracy_zero_shot)
        elif pairs := self._pairs():
            print("Mistaken for each other, by expectation:")
            for pair in pairs[:SHOWN_PAIRS]:
                print(output.printable(f"  {' and '.join(pair['classes'])}"))
        if found.pictures.pending:
            output.say(f"not yet indexed and left out: {found.pictures.pending:,}")
        self._show_labels_left_out()
        self._show_images()

    def _show_accuracy(self, accuracy: Accuracy, before: Accuracy) -> None:
        print(f"Accuracy {_percent(accuracy)}")
        gained = self.found.gained
        if self.found.said and gained:
            chosen = f", chosen on {self.chosen_on:,} other images" if self.chosen_on else ""
            print(f"Zero-shot {_percent(before)}; comparatives at alpha {self.found.classes.alpha:g}{chosen}:")
            print(
                f"  {100 * gained.gain:+.1f} points, standard error {100 * gained.error:.1f};"
                f" {gained.put_right:,} put right, {gained.put_wrong:,} put wrong"
            )
        if self.control:
            gains = self.control.gains
            print(
                f"  random words in their place: {100 * self.control.mean:+.1f} points on average"
                f" ({100 * gains[0]:+.1f} to {100 * gains[-1]:+.1f} in {len(gains)} draws)"
            )
        for row in (self._confused() or [])[:SHOWN_PAIRS]:
            print(output.printable(f"  {row['images']:>6} of {row['true']} taken for {row['label']}"))

    def _show_labels_left_out(self) -> None:
        known = self.found.known
        if known is None:
            return
        for line in known.rejected[:SHOWN_IN_TERMINAL]:
            output.say(f"line {line.line}: {line.reason}")
        if len(known.rejected) > SHOWN_IN_TERMINAL:
            output.say(f"{len(known.rejected):,} lines were not taken; the first {SHOWN_IN_TERMINAL} are listed")
        if known.strange:
            names = [f"{name!r} ({count:,})" for name, count in list(known.strange.items())[:SHOWN_STRANGE]]
            more = f" and {len(known.strange) - len(names):,} more" if len(known.strange) > len(names) else ""
            output.say(f"labels that are no class of the list: {', '.join(names)}{more}")

    def _show_images(self) -> None:
        from rich.text import Text

        console = output.console()
        places = range(len(self.found.pictures.paths))
        if console.is_terminal:
            places = places[:SHOWN_IN_TERMINAL]
        names, after = self.found.classes.names, self.found.after
        for place in places:
            row = int(self.found.pictures.rows[place])
            chance = f"{after.probability[row]:>4.0%}  "
            label = output.printable(names[int(after.label[row])])
            path = output.path_text(self.found.pictures.paths[place])
            console.print(Text.assemble((chance, "dim"), (f"{label:<24}  ", "cyan"), path), soft_wrap=True)
        if len(places) < len(self.found.pictures.paths):
            console.print(
                f"{len(places):,} of {len(self.found.pictures.paths):,} images; --export writes all.", style="dim"
            )


def _percent(accuracy: Accuracy) -> str:
    return (
        f"{100 * accuracy.share:.1f} % of {accuracy.images:,} images"
        f" (95 % interval {100 * accuracy.low:.1f} to {100 * accuracy.high:.1f})"
    )


def write_out(found: Classification, table: Path | None, copies: Path | None, links: Path | None) -> None:
    """Write the labels to where they are wanted. Raises FileUnfit, ExchangeError."""
    if table:
        export(table, found)
    for target, link in ((copies, False), (links, True)):
        if target:
            sort_into_folders(target, found, link=link)


def export(file: Path, found: Classification) -> int:
    """Write path, label, probability, margin as CSV; returns the rows written. Raises FileUnfit, ExchangeError."""
    names, after = found.classes.names, found.after
    rows = zip(found.pictures.paths, found.pictures.rows.tolist(), strict=True)
    return write_labels(
        file,
        (
            (path, names[after.label[row]], float(after.probability[row]), float(after.margin[row]))
            for path, row in rows
        ),
    )


def sort_into_folders(target: Path, found: Classification, *, link: bool) -> None:
    """Copy or link the files into a folder a class, and say how many. Raises ExchangeError."""
    names, paths = found.classes.names, found.pictures.paths
    wanted = [(path, names[label]) for path, label in zip(paths, found.label.tolist(), strict=True)]
    done = sort_into(os.fsencode(os.path.abspath(target)), wanted, link=link)
    output.say(f"{done.written:,} files {'linked' if link else 'copied'} into {target}")
    for path, reason in done.failed:
        output.say(f"{output.path_text(path)}: {reason}")
