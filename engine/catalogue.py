"""A short list of photo models worth fetching, of the many that open_clip knows."""

from __future__ import annotations

from dataclasses import dataclass

from engine.protocol import ModelInfo


@dataclass(frozen=True)
class Recommended:
    """``name``: ARCHITECTURE/TAG of open_clip; ``megabytes`` of the download; ``speed`` beside ViT-B-32 on a CPU."""

    name: str
    megabytes: int
    memory: str
    speed: str
    licence: str
    note: str

    def info(self) -> ModelInfo:
        """As a row of the list of models."""
        architecture, tag = self.name.split("/")
        return ModelInfo(
            name=self.name,
            title=f"{architecture} ({tag})",
            state="downloadable",
            size_bytes=self.megabytes * 1_000_000,
            licence=self.licence,
            note=self.note,
            details={"memory": self.memory, "speed": self.speed},
        )


RECOMMENDED = (
    Recommended(
        "ViT-B-32/datacomp_xl_s13b_b90k", 605, "1 GB", "fast", "MIT", "The one to begin with: objects, places, moods."
    ),
    Recommended(
        "ViT-B-32/laion2b_s34b_b79k",
        605,
        "1 GB",
        "fast",
        "MIT",
        "As fast, from other pictures: a second opinion.",
    ),
    Recommended(
        "ViT-B-16/datacomp_xl_s13b_b90k",
        599,
        "1 GB",
        "a third",
        "MIT",
        "Finer detail than ViT-B-32 at the same size.",
    ),
    Recommended(
        "ViT-L-14/datacomp_xl_s13b_b90k",
        1710,
        "3 GB",
        "a tenth",
        "MIT",
        "The PC-CLIP paper's model; best with a GPU.",
    ),
    Recommended("RN50/openai", 408, "1 GB", "fast", "MIT", "The smallest download; weaker than the others."),
)
