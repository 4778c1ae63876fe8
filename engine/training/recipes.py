"""What to train and how: a flat TOML file, typed, saved with the run.

Read by the command line; a run keeps its own copy, whose meaning never changes afterwards.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from engine import toml_files
from engine.training.errors import RecipeUnfit

MOST_STEPS = 10_000_000
Part = Literal["blocks", "final-norm", "projection", "embeddings"]


class Recipe(BaseModel):
    """All that decides the result of a run, apart from its model and data. The defaults are those found by measuring.

    ``text-tower`` trains the text encoder's own weights; ``adapter`` a map of rank ``rank`` behind it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    trainer: Literal["text-tower", "adapter"] = "text-tower"
    parts: tuple[Part, ...] = Field(default=("blocks", "final-norm", "projection"), min_length=1)  # of the text tower
    last_blocks: int = Field(default=0, ge=0)  # only so many of its blocks, counted from the end; 0 = all
    rank: int = Field(default=16, ge=1, le=1024)  # of the adapter

    steps: int | None = Field(default=400, ge=1, le=MOST_STEPS)  # either this
    epochs: int | None = Field(default=None, ge=1, le=MOST_STEPS)  # or this
    batch: int = Field(default=256, ge=2)  # pairs a step, all processes together
    learning_rate: float = Field(default=5e-4, gt=0)
    schedule: Literal["cosine", "exponential", "constant"] = "cosine"
    decay: float = Field(default=0.9, gt=0, le=1)  # factor an epoch of the exponential schedule
    warmup: int = Field(default=20, ge=0, le=MOST_STEPS)  # steps in which the learning rate rises
    clip_gradient: float = Field(default=1.0, ge=0)  # longest gradient; 0 = any

    temperature: float = Field(default=0.07, ge=0.001, le=10)
    learn_temperature: bool = True
    swap: bool = True  # every pair also the other way round, with the reversed text
    spare_same: bool = True  # the same words about another pair are no wrong answer
    anchor: float = Field(default=10.0, ge=0)  # weight of the term that keeps prompts about one picture in place

    validation: float = Field(default=0.15, gt=0, lt=0.5)  # share of the images that choose checkpoint and strength
    held_out: float = Field(default=0.15, gt=0, lt=0.5)  # share of the images that only the final figures are taken on
    evaluate_every: int = Field(default=50, ge=1)  # steps; a checkpoint is saved as often
    keep: float = Field(
        default=0.99, ge=0, le=1
    )  # of zero-shot, as `evaluation.kept` counts it, at the chosen strength
    precision: Literal["auto", "fp32"] = "auto"  # auto: bfloat16 on CUDA (weights stay float32), else float32
    seed: int = Field(default=0, ge=0, lt=2**63)

    @model_validator(mode="after")
    def _one_length(self) -> Recipe:
        if (self.steps is None) == (self.epochs is None):
            raise ValueError("name either steps or epochs")
        return self


# The released code of arXiv 2409.09721: see its run settings there.
PAPER = Recipe(
    parts=("blocks",), steps=None, epochs=20, batch=512, learning_rate=1e-8, schedule="exponential", warmup=0,
    clip_gradient=0, temperature=1.0, learn_temperature=False, swap=False, spare_same=False, anchor=0, precision="fp32",
)  # fmt: skip

PRESETS = {
    "text-tower": Recipe(),
    "adapter": Recipe(trainer="adapter", learning_rate=1e-3),
    "paper": PAPER,
}


def preset(name: str) -> Recipe:
    """A recipe that comes with the program. Raises `RecipeUnfit`."""
    if name not in PRESETS:
        raise RecipeUnfit(f"No preset is called {name!r}; there are {', '.join(PRESETS)}.")
    return PRESETS[name]


def read(file: Path) -> Recipe:
    """A recipe from a TOML file. Raises `RecipeUnfit`, in a sentence that names the key."""
    return parse(toml_files.read_text(file, "recipe", RecipeUnfit), str(file))


def parse(text: str, name: str = "") -> Recipe:
    """A recipe from the text of a TOML file; what it does not say is as in the preset of its trainer."""
    called = f"The recipe {name!r}" if name else "The recipe"
    given = toml_files.parse(text, name, "recipe", RecipeUnfit)
    if "epochs" in given:
        given.setdefault("steps", None)
    usual = PRESETS["adapter" if given.get("trainer") == "adapter" else "text-tower"]
    try:
        return Recipe.model_validate({**usual.model_dump(), **given})
    except ValidationError as error:
        wrong = toml_files.in_words(error, Recipe)
        raise RecipeUnfit(f"{called} {wrong}.", details=str(error)) from error


def write(recipe: Recipe) -> str:
    """The recipe as TOML; `parse` gives it back."""
    values = recipe.model_dump(exclude_none=True)
    # A list or a string of JSON is one of TOML too; a float has to look like one (1e-08 does).
    return "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items())
