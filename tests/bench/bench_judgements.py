"""How many answers judging needs, how honest it is and how fast; `python -m tests.bench.bench_judgements`.

Simulated judges are drawn from the model, so that the truth is known. With ``--people FOLDER`` human scores are asked
as well: FOLDER holds labels.csv (path and one column a score) and the pictures, ``--model`` encodes them. Seconds are
of the processor. The figures go to standard output and, with ``--json FILE``, into a file.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from engine.ask import Selection
from engine.evaluation.statistics import mean_and_error
from engine.judgements.fitting import fit
from engine.judgements.following import SIGNS
from engine.judgements.panel import Panel
from engine.judgements.questions import next_questions
from engine.judgements.space import Answers, Space
from engine.ranking import spearman
from engine.store.matrix import VectorTable
from engine.store.rows import Judgement
from tests.engine.judgements.people import NOBODY, Person, cosine, person, random_pairs, unit_rows

Said = list[tuple[int, int, int]]


def together(said: Said) -> Answers:
    return Answers(*np.array(said, dtype=np.int64).reshape(-1, 3).T)


def answers_needed(
    space: Space, someone: Person, reached: Callable[[np.ndarray], bool], *, chosen: bool, most: int, batch: int = 10
) -> int | None:
    """Answers until the scores satisfy ``reached``, with questions chosen or at random; None: not within ``most``."""
    posterior, fitted, said = fit(space, NOBODY), 0, Said()
    asked: set[tuple[int, int]] = set()
    images = np.arange(len(space.vectors))
    while len(said) < most:
        if chosen:
            pairs = [(q.first, q.second) for q in next_questions(posterior, images, batch, asked, someone.rng)]
        else:
            pairs = [(int(a), int(b)) for a, b in random_pairs(len(images), batch, someone.rng)]
        for first, second in pairs:
            said.append((first, second, someone.answer(first, second)))
            posterior.add(*said[-1])
            asked.add((min(first, second), max(first, second)))
        if len(said) > max(1.25 * fitted, fitted + 4):
            posterior, fitted = fit(space, together(said), posterior.scales), len(said)
        if reached(posterior.scores()):
            return len(said)
    return None


def bench_recovery(dim: int, images: int, step: int, most: int) -> dict[str, object]:
    """Random answers until the direction is found to a cosine of .9, for a right, an absent and a wrong prompt."""
    rng = np.random.default_rng(0)
    vectors, direction = unit_rows(images, dim, rng), unit_rows(1, dim, rng)[0]
    someone = person(vectors, direction, rng, spread=8.0)
    pairs = random_pairs(images, most, rng)
    answers = someone.answers(pairs)
    figures: dict[str, object] = {"recovery_dimensions": dim}
    for name, words in (("right", direction), ("absent", None), ("wrong", -direction)):
        scales, found = None, None
        space = Space(vectors, words)
        for count in [1, 10, *range(step, most + 1, step)]:
            part = Answers(answers.first[:count], answers.second[:count], answers.answer[:count])
            posterior = fit(space, part, scales, choose_scales=count <= 2 * step)
            scales, found = posterior.scales, cosine(posterior.direction(), direction)
            if found > 0.9:
                figures[f"recovery_answers_{name}_prompt"] = count
                break
        figures[f"recovery_cosine_{name}_prompt"] = found
    return figures


def bench_intervals(runs: int) -> dict[str, object]:
    """How often 90 % intervals hold the true score, over judges with a direction and a share of each image's own."""
    inside = []
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        space = Space(unit_rows(400, 64, rng))
        someone = person(space.vectors, unit_rows(1, 64, rng)[0], rng, spread=2.5, own=1.4)
        posterior = fit(space, someone.answers(random_pairs(400, 500, rng)))
        truth = someone.scores - someone.scores.mean()
        scores = posterior.scores() - posterior.scores().mean()
        inside.append(np.mean(np.abs(truth - scores) < 1.6449 * posterior.deviations(np.arange(400))))
    return {"interval_90_holds": float(np.mean(inside))}


def bench_speed(images: int, dim: int, answers: int, more: int = 40) -> dict[str, object]:
    """Milliseconds of an answer and the next question as the engine process takes them: long fits run beside.

    Wall time, and processor time of the thread that is waited for; ``worst`` is the longest of ``more`` in a row, with
    the fit that an opened attribute begins beside. ``open``: from the library's answers to the first question.
    """
    rng = np.random.default_rng(0)
    vectors = unit_rows(images, dim, rng)
    words = unit_rows(1, dim, rng)[0]
    someone = person(vectors, unit_rows(1, dim, rng)[0], rng)
    ids = np.arange(1, images + 1)
    table = VectorTable(ids, vectors, "bench")
    once = np.ones(images + 1, np.int64)
    panel = Panel(Selection(table, table, ids, np.arange(-1, images), once, 0), words, beside=True)
    said = someone.answers(random_pairs(images, answers, rng))
    signs = {sign: word for word, sign in SIGNS.items()}
    judgements = [
        Judgement(number, first + 1, second + 1, signs[answer])
        for number, (first, second, answer) in enumerate(said, 1)
    ]
    begun = time.perf_counter()
    panel.follow(judgements)
    opened = time.perf_counter() - begun
    wall, spent = [], []
    for number in range(answers + 1, answers + more + 1):
        begun, work = time.perf_counter(), time.thread_time()
        panel.follow(judgements)
        (pair,) = panel.next_pairs(1, rng)
        wall.append(1000 * (time.perf_counter() - begun))
        spent.append(1000 * (time.thread_time() - work))
        judgements.append(Judgement(number, pair.first, pair.second, "first"))
    begun = time.perf_counter()
    panel.follow(judgements[:-1])  # the last one is taken back
    undone = 1000 * (time.perf_counter() - begun)
    while not panel.is_settled:
        time.sleep(0.1)
    begun = time.perf_counter()
    panel.standing(rng)
    return {
        "speed_images": images,
        "speed_answers": answers,
        "speed_answer_and_next_ms": float(np.median(wall)),
        "speed_answer_and_next_worst_ms": float(np.max(wall)),
        "speed_answer_and_next_processor_ms": float(np.median(spent)),
        "speed_undo_ms": undone,
        "speed_standing_ms": 1000 * (time.perf_counter() - begun),
        "speed_open_seconds": opened,
    }


def bench_people(folder: Path, model: str, noise: float, most: int, names: list[str], people: int) -> dict[str, object]:
    """Answers until the order agrees with human scores at a rank correlation of .8, means of so many ``people``.

    Judges answer by the scores, with Bradley-Terry noise of ``noise`` standard deviations of them (0: always). Who is
    not content within ``most`` counts as ``most``. Shares come with their standard error, of the same person's.
    """
    from engine.clip import load
    from engine.directions import direction
    from engine.pictures import read_picture

    rows = list(csv.DictReader((folder / "labels.csv").open(encoding="utf-8")))
    clip = load(model, "cpu")
    vectors = np.concatenate(
        [
            clip.encode_images(
                clip.preprocess(read_picture(os.fsencode(folder / row["path"]), target=clip.image_size).image)[None]
            )
            for row in rows
        ]
    )
    useless = direction(clip, "more dogs").vector
    figures: dict[str, object] = {"people_noise": noise}
    for name in names:
        human = np.array([float(row[name]) for row in rows])
        truth = human / human.std() / max(noise, 0.01)

        def needed(words: np.ndarray | None, *, chosen: bool, truth: np.ndarray = truth) -> np.ndarray:
            counts = [
                answers_needed(
                    Space(vectors, words),
                    Person(truth, np.random.default_rng(seed)),
                    lambda scores: spearman(scores, truth) > 0.8,
                    chosen=chosen,
                    most=most,
                )
                for seed in range(people)
            ]
            return np.array([most if count is None else count for count in counts], float)

        chosen, at_random, misled = needed(None, chosen=True), needed(None, chosen=False), needed(useless, chosen=True)
        figures |= {
            f"people_{name}_chosen": round(chosen.mean()),
            f"people_{name}_random": round(at_random.mean()),
            f"people_{name}_useless_prompt": round(misled.mean()),
            f"people_{name}_chosen_of_random": mean_and_error(list(chosen / at_random)),
            f"people_{name}_useless_of_chosen": mean_and_error(list(misled / chosen)),
        }
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--answers", type=int, default=2_000)
    parser.add_argument("--dimensions", type=int, default=512)
    parser.add_argument("--people", type=Path)
    parser.add_argument("--scores", nargs="*", default=["Transparency"])
    parser.add_argument("--noise", type=float, default=0.0)
    parser.add_argument("--simulated", type=int, default=5, help="simulated people a score")
    parser.add_argument("--most", type=int, default=3_000)
    parser.add_argument("--model", default="")
    parser.add_argument("--only", nargs="*", choices=["speed", "intervals", "recovery", "people"])
    options = parser.parse_args()
    parts: dict[str, Callable[[], dict[str, object]]] = {
        "speed": lambda: bench_speed(options.images, options.dimensions, options.answers),
        "intervals": lambda: bench_intervals(10),
        "recovery": lambda: bench_recovery(options.dimensions, 3_000, 500, 4_000),
    }
    if options.people:
        parts["people"] = lambda: bench_people(
            options.people, options.model, options.noise, options.most, options.scores, options.simulated
        )
    figures: dict[str, object] = {}
    for name, part in parts.items():
        if not options.only or name in options.only:
            figures |= part()
            print(json.dumps(figures, indent=2), flush=True)
    text = json.dumps(figures, indent=2)
    if options.json:
        options.json.write_text(text + "\n")


if __name__ == "__main__":
    main()
