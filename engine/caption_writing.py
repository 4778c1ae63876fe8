"""The job that has a vision model of the local Ollama write captions.

Started by `pairlens captions write` and by the engine; ends when the images are done, on cancel, or when the server is
gone. An image is asked about once: those that have a caption by this model are left out, so the same command goes on
after a cancel or a kill. Each caption is committed as soon as it is there.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import aclosing

from pydantic import BaseModel

from engine.captions import clean
from engine.differences.asking import PER_HOST, small_jpeg
from engine.differences.filters import nonsense
from engine.jobs import JobContext, in_flight, run_async
from engine.local_llm import LocalModel
from engine.ollama_errors import AnswerUnfit, LanguageModelError
from engine.store import Library, Writer, texts
from engine.writing_prompts import CAPTION, OLLAMA
from engine.writing_report import WritingReport, keep_failure


class _Caption(BaseModel):
    caption: str


def uncaptioned(library: Library, source: str) -> list[int]:
    """Ids of the images shown that have no caption from this source."""
    known = {image for (image,) in library.rows("SELECT image_id FROM caption WHERE source = ?", (source,))}
    shown = dict.fromkeys(library.files_of_images()[1].tolist())
    return [image for image in shown if image not in known]


def write_captions(
    writer: Writer,
    library: Library,
    model: LocalModel,
    images: Sequence[int],
    context: JobContext,
    *,
    prompt: str = CAPTION,
) -> WritingReport:
    """Have ``model`` describe the images. Raises JobCancelled; what was written is kept."""
    run = WritingReport()
    began = time.monotonic()
    try:
        run_async(context, _write_all(writer, library, model, images, context, prompt, run))
    except LanguageModelError as error:
        run.stopped = error.problem()
    run.end(time.monotonic() - began)
    keep_failure(writer, run)
    return run


async def _write_all(
    writer: Writer,
    library: Library,
    model: LocalModel,
    images: Sequence[int],
    context: JobContext,
    prompt: str,
    run: WritingReport,
) -> None:
    paths = library.paths_of_images()

    async def describe(image: int) -> str:
        picture = await asyncio.to_thread(small_jpeg, paths[image])
        return clean((await model.ask(prompt, "Describe the image.", _Caption, images=[picture])).caption)

    parallel, held = PER_HOST * len(model.urls), context.paused.is_set
    context.progress(f"Waiting for {model.name}", 0, len(images))  # it may have to be loaded first
    async with model, aclosing(in_flight(parallel, describe, images, held)) as answers:
        async for image, answer in answers:
            try:
                new = await _keep(writer, image, answer.result(), f"{OLLAMA}{model.name}")
                run.written += new
                if not new:
                    run.rejected["said by another caption"] += 1
            except AnswerUnfit as error:
                run.rejected[error.name] += 1
            except LanguageModelError as error:
                run.bear(error)
                continue
            run.asked += 1
            run.answered()
            context.changed("captions")
            context.progress("Writing captions", run.done, len(images))


async def _keep(writer: Writer, image: int, text: str, source: str) -> int:
    """Commit a caption, which a cancel does not stop; returns how many are new. Raises AnswerUnfit."""
    if fault := nonsense(text):
        raise AnswerUnfit(fault, f"The caption is {fault}.")
    committed = writer.submit(lambda db: texts.record_captions(db, [(image, text, source)]))
    return await asyncio.shield(asyncio.wrap_future(committed))
