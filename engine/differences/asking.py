"""The writer that asks a language model on this machine what tells two images apart.

From two captions, or from the two images with a model that sees. The pair is asked in both orders, and a difference is
kept only where the two answers say the same of the same image: what a model makes up, it seldom makes up twice the
other way round. The second answer's sentence is the reverse of the first's.

Captions are written by strangers and may hold instructions. They go into the question as JSON strings, never into the
system message, cut to a length; whatever the model answers is only ever a sentence that has to pass the filters.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from hashlib import blake2b
from io import BytesIO
from itertools import islice

from PIL import Image
from pydantic import BaseModel, Field

from engine.differences.authors import Draft
from engine.differences.filters import content_words, likeness
from engine.errors import ImageError
from engine.local_llm import LocalModel
from engine.ollama_errors import AnswerUnfit
from engine.pictures import read_picture
from engine.store import Library, texts
from engine.writing_prompts import DIFFERENCES, OLLAMA

PROMPT_VERSION = "1"
PER_HOST = 4  # pairs asked at a time at one host; the server queues what it does not do at once
CAPTIONS = 5  # of one image
CAPTION_BYTES = 1200  # of one image: with the question and the answer this fits into the context, in any language
IMAGE_SIDE = 768  # pixels; vision models look at no more
MIN_AGREEMENT = 0.3  # words that the two orders share in what they say of each image
MOST = 8  # differences of one answer


class _Item(BaseModel):
    aspect: str = ""
    first: str
    second: str
    sentence: str


class _Answer(BaseModel):
    differences: list[_Item] = Field(max_length=MOST)


class OllamaAuthor:
    """Asks ``model`` from captions, or from the images too where ``look`` is set; ``system``: the prompt."""

    def __init__(self, library: Library, model: LocalModel, *, look: bool = False, system: str = DIFFERENCES) -> None:
        self.name = f"{OLLAMA}{model.name}"
        self.version = _version(system, look=look)
        self.parallel = PER_HOST * len(model.urls)
        self._library = library
        self._model = model
        self._look = look
        self._system = system
        self._paths: Mapping[int, bytes] = library.paths_of_images() if look else {}

    def session(self) -> AbstractAsyncContextManager[object]:
        """The model's connections."""
        return self._model

    async def write(self, first: int, second: int) -> Draft:
        """Differences that both orders of asking agree on. Raises LanguageModelError."""
        known = [self._captions(image) for image in (first, second)]
        pictures = [await self._picture(image) for image in (first, second)] if self._look else []
        there = await self._ask(known, pictures)
        back = await self._ask(known[::-1], pictures[::-1])
        kept, rejected = consistent(there, back)
        words = [content_words(" ".join(captions)) or None for captions in known]
        return Draft(tuple(kept), rejected, words[0], words[1])

    async def _ask(self, captions: Sequence[list[str]], pictures: Sequence[bytes]) -> list[_Item]:
        said = {"captions of the first image": captions[0], "captions of the second image": captions[1]}
        prompt = "What tells the first image from the second?\n" + json.dumps(said, ensure_ascii=False)
        return (await self._model.ask(self._system, prompt, _Answer, images=pictures)).differences

    def _captions(self, image: int) -> list[str]:
        """The first captions of an image, within `CAPTION_BYTES`."""
        kept: list[str] = []
        left = CAPTION_BYTES
        for caption in islice(texts.captions_of(self._library, image), CAPTIONS):
            text = caption.text.encode()[:left].decode(errors="ignore")
            left -= len(text.encode())
            kept += [text] if text else []
        return kept

    async def _picture(self, image: int) -> bytes:
        return await asyncio.to_thread(small_jpeg, self._paths[image])


def consistent(there: Sequence[_Item], back: Sequence[_Item]) -> tuple[list[tuple[str, str]], Counter[str]]:
    """((Text, reverse) of what two answers agree on, asked in both orders; how many items were rejected by what)."""
    kept: list[tuple[str, str]] = []
    rejected: Counter[str] = Counter()
    left = list(back)
    for item in there:
        agreement = [_agreement(item, other) for other in left]
        if item.first.strip().lower() == item.second.strip().lower():
            rejected["no difference"] += 1
        elif max(agreement, default=0.0) < MIN_AGREEMENT:
            rejected["the two orders disagree"] += 1
        else:
            match = left.pop(agreement.index(max(agreement)))
            kept.append((item.sentence.strip(), match.sentence.strip()))
    if not there:
        rejected["no difference"] += 1
    return kept, rejected


def _agreement(there: _Item, back: _Item) -> float:
    """How far an item of the swapped order says the same, 0 to 1; 0 where it rather says the opposite."""
    same = likeness(there.first, back.second) + likeness(there.second, back.first)
    opposite = likeness(there.first, back.first) + likeness(there.second, back.second)
    return same / 2 if same > opposite else 0.0


def small_jpeg(path: bytes) -> bytes:
    """An image file, upright and at most `IMAGE_SIDE` on its longer side, as JPEG.

    Raises AnswerUnfit where the file cannot be read, so that only its pair is lost.
    """
    try:
        image = read_picture(path, target=IMAGE_SIDE).image
    except ImageError as error:
        raise AnswerUnfit("image unreadable", error.sentence) from error
    image.thumbnail((IMAGE_SIDE, IMAGE_SIDE), Image.Resampling.LANCZOS)
    stream = BytesIO()
    image.save(stream, "JPEG", quality=90)
    return stream.getvalue()


def _version(system: str, *, look: bool) -> str:
    """ "1", or "1-images"; an edited prompt adds its digest."""
    edited = "" if system == DIFFERENCES else "-" + blake2b(system.encode(), digest_size=4).hexdigest()
    return PROMPT_VERSION + ("-images" if look else "") + edited
