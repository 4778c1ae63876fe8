"""Writing differences; `python -m tests.bench.bench_differences [--json FILE]`.

By rule: pairs a second, all of it (choosing, writing, testing, committing), and how memory grows with the pairs. With a
language model: what the program adds to the server's own time, at four parallel requests, against a server that takes a
fixed time for each answer.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import random
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine.differences.asking import OllamaAuthor
from engine.differences.authors import RuleAuthor
from engine.differences.pairs import random_pairs
from engine.differences.writing import write_differences
from engine.jobs import JobContext
from engine.local_llm import LocalModel
from engine.store import Library, Writer, texts
from tests.engine.store.samples import fill

IMAGES = 1000
PAIRS = 20_000  # and three times as many, to see whether memory grows
RULES_A_SECOND = 5000
PARALLEL = 4
ANSWER_SECONDS = 2.0  # what a model of 4 billion parameters needs for 150 tokens where it answers four at once
MODEL_PAIRS = 16
OVERHEAD = 0.02

SUBJECTS = ("a black dog", "two white dogs", "a young woman", "three boys", "an old man in a red hat", "a brown horse")
DOINGS = ("running", "sitting", "playing with a ball", "standing near a tree", "jumping over a log")
PLACES = ("on a beach", "in the snow", "on a busy street", "in a green field", "in a kitchen", "at a lake")


def caption(rng: random.Random) -> str:
    """A sentence as people write them."""
    return f"{rng.choice(SUBJECTS)} {rng.choice(DOINGS)} {rng.choice(PLACES)}.".capitalize()


@contextmanager
def shelf(folder: Path, images: int) -> Iterator[tuple[Writer, Library]]:
    """A library of so many images with three captions each."""
    rng = random.Random(0)
    with Writer(folder / f"{images}.pairlens") as writer:
        fill(writer, [f"{number}.jpg" for number in range(images)])
        with Library(writer.path) as library:
            ids = library.files_of_images()[1].tolist()
            rows = [(image, caption(rng), "bench") for image in ids for _ in range(3)]
            writer.call(lambda db: texts.record_captions(db, rows))
            yield writer, library


def by_rule(folder: Path) -> dict[str, Any]:
    """Pairs a second by the processor's time and by the clock; megabytes that 40,000 more pairs cost."""
    with shelf(folder, IMAGES) as (writer, library):
        author = RuleAuthor(library)
        images = texts.captioned_images(library)
        began, busy = time.perf_counter(), time.process_time()
        report = write_differences(writer, library, author, random_pairs(images), PAIRS, JobContext())
        seconds, busy = time.perf_counter() - began, time.process_time() - busy
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        write_differences(writer, library, author, random_pairs(images), 3 * PAIRS, JobContext())
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return {
        "pairs": report.asked,
        "sentences": report.written,
        "pairs_per_second": round(report.asked / seconds),
        "pairs_per_cpu_second": round(report.asked / busy),
        "memory_grown_mb": round(grown, 1),
        "limit_pairs_per_second": RULES_A_SECOND,
    }


def serve(connection: Any) -> None:
    """A server in a process of its own: each answer takes `ANSWER_SECONDS`, however many are asked for at once."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:  # the client is done
                writer.close()
                return
            length = next(
                int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-le")
            )
            prompt = json.loads(await reader.readexactly(length))["messages"][1]["content"]
            first, second = (said[0] for said in json.loads(prompt[prompt.index("{") :]).values())
            sentence = f"The first image shows {first.lower().strip('.')}, while the second shows {second.lower()}"
            item = {"aspect": "", "first": first, "second": second, "sentence": sentence}
            message = {"role": "assistant", "content": json.dumps({"differences": [item]})}
            body = json.dumps({"model": "m", "message": message, "done": True, "done_reason": "stop"}).encode()
            await asyncio.sleep(ANSWER_SECONDS)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body))
            writer.write(body)
            await writer.drain()

    async def run() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        connection.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


def with_a_model(folder: Path) -> dict[str, Any]:
    """The share of time that the program adds to the server's own, at four parallel requests."""
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(there,), daemon=True)
    server.start()
    try:
        with shelf(folder, 50) as (writer, library):
            author = OllamaAuthor(library, LocalModel("m", [f"http://127.0.0.1:{here.recv()}"]))
            assert author.parallel == PARALLEL
            pairs = random_pairs(texts.captioned_images(library))
            write_differences(writer, library, author, pairs, PARALLEL, JobContext())  # what is done once a process
            busy = time.process_time()
            report = write_differences(writer, library, author, pairs, MODEL_PAIRS, JobContext())
            busy = time.process_time() - busy
    finally:
        server.terminate()
        server.join()
    own = 2 * MODEL_PAIRS * ANSWER_SECONDS / PARALLEL
    return {
        "pairs": report.asked,
        "seconds": round(report.seconds, 3),
        "server_seconds": own,
        "overhead": round(report.seconds / own - 1, 4),
        "cpu_share": round(busy / own, 4),  # what is left of the overhead where the machine is not busy otherwise
        "limit_overhead": OVERHEAD,
    }


def main() -> None:
    """Parse the arguments, print two lines, write the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rules, model = by_rule(Path(folder)), with_a_model(Path(folder))
    print(
        f"rules: {rules['pairs_per_second']:,} pairs/s ({rules['pairs_per_cpu_second']:,} per CPU second),"
        f" limit {RULES_A_SECOND:,}; memory grows by {rules['memory_grown_mb']} MB for {2 * PAIRS:,} more pairs"
    )
    print(
        f"with a model: {model['seconds']} s for {model['server_seconds']} s of the server's own time,"
        f" overhead {model['overhead']:.2%} ({model['cpu_share']:.2%} of it computing), limit {OVERHEAD:.0%}"
    )
    if options.json:
        options.json.write_text(json.dumps({"rules": rules, "with_a_model": model}, indent=1))


if __name__ == "__main__":
    main()
