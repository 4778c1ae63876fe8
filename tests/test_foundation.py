"""The ground the other tests stand on, and the boundaries between the rooms."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from engine import errors

ROOT = Path(__file__).resolve().parent.parent


def test_tiny_clip_loads_with_open_clip_alone(tiny_model: str) -> None:
    import open_clip
    import torch

    model, _, _ = open_clip.create_model_and_transforms(tiny_model)
    text = open_clip.get_tokenizer(tiny_model)(["a bright photo"])
    with torch.no_grad():
        assert model.encode_text(text).shape == (1, 32)


def test_every_error_has_its_own_code_and_says_what_to_do() -> None:
    classes = [errors.PairLensError]
    for cls in classes:
        classes.extend(cls.__subclasses__())
    codes = [cls.code for cls in classes]
    assert len(set(codes)) == len(codes)
    for cls in classes:
        if cls is not errors.JobCancelled:
            assert cls.remedy.endswith("."), cls


def test_light_half_imports_without_torch() -> None:
    code = (
        "import sys, engine.protocol, engine.errors, engine.settings, engine.store;"
        "print([m for m in ('torch', 'open_clip', 'PySide6') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
