"""Fit the weights of `bot.answer.sentences` to labelled questions, and say what the fit is worth on each set.

    python -m tests.benchmarks.fit [FOLDER ...] [--on NAME ...]

A FOLDER holds `content/` and `questions.jsonl` (`question`, `answerable`, `spans`: what the right sentences say); the library's own
gold questions are the sets "gold a" and "gold b". The weights are fitted on the sets named with `--on` (all but "gold b" if
none is), by softmax regression over each question's candidates, held near the present weights, and printed beside these.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.answer import sentences as selecting
from bot.evaluation import gold
from bot.library import Library, ready
from bot.settings.settings import Settings, load

STEPS, RATE, HOLD = 300, 0.05, 0.01
"""Adam's steps and their size; how strongly a weight is held where it is, relative to its size."""

Rows = tuple[NDArray[np.float64], NDArray[np.bool_]]
"""Of a question the candidates' features, shape (candidates, weights), and which of them are right."""


def names() -> tuple[str, ...]:
    """The weights, in their order."""
    return tuple(asdict(selecting.Weights()))


def rows(library: Library, question: str, right: frozenset[str]) -> Rows | None:
    """The features of a question's candidates, read off as what each weight of 1 adds; None where none is right."""
    found = library.outcome(question).candidates
    spots = {(candidate.hit.row, candidate.position): place for place, candidate in enumerate(found)}
    marked = np.array([any(text in one.text or one.text in text for text in right) for one in found])
    if not marked.any():
        return None
    nothing = selecting.Weights(**dict.fromkeys(names(), 0.0))
    features = np.zeros((len(found), len(names())))
    for column, name in enumerate(names()):
        alone = library.replace(
            policy=replace(library.policy, newest=False, selection=replace(nothing, **{name: 1.0}))
        )
        for candidate in alone.outcome(question).candidates:
            features[spots[candidate.hit.row, candidate.position], column] = candidate.score
    return features, marked


def sets(folders: list[Path], settings: Settings) -> Iterator[tuple[str, list[Rows]]]:
    """Each set's name and its questions."""
    own = ready(settings).library
    questions = gold.read(settings.gold_path())
    for half in ("a", "b"):
        asked = [one for one in questions if one.half == half and one.is_answerable]
        sentences = [frozenset(place.sentence for part in one.parts for place in part) for one in asked]
        yield f"gold {half}", _kept(own, zip((one.question for one in asked), sentences, strict=True))
    for folder in folders:
        library = ready(replace(settings, content=folder / "content")).library
        lines = map(json.loads, (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines())
        pairs = ((line["question"], frozenset(line["spans"])) for line in lines if line["answerable"])
        yield folder.name, _kept(library, pairs)


def _kept(library: Library, pairs: Iterator[tuple[str, frozenset[str]]]) -> list[Rows]:
    found = (rows(library, question, right) for question, right in pairs)
    return [row for row in found if row is not None]


def fit(questions: list[Rows], start: NDArray[np.float64]) -> NDArray[np.float64]:
    """The weights under which the right candidates are the most likely ones."""
    weights, mean, square = start.copy(), np.zeros_like(start), np.zeros_like(start)
    for step in range(1, STEPS + 1):
        slope = 2 * HOLD * (weights - start) / (np.abs(start) + 1) ** 2
        for features, right in questions:
            scores = features @ weights
            odds = np.exp(scores - scores.max())
            slope += (odds @ features / odds.sum() - odds[right] @ features[right] / odds[right].sum()) / len(
                questions
            )
        mean, square = 0.9 * mean + 0.1 * slope, 0.999 * square + 0.001 * slope**2
        weights -= RATE * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
    return weights


def first(questions: list[Rows], weights: NDArray[np.float64]) -> float:
    """The share of the questions whose best candidate is right."""
    return float(np.mean([right[int(np.argmax(features @ weights))] for features, right in questions]))


def main() -> None:
    """Fit, and print the weights and what they are worth."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--on", action="append")
    asked = parser.parse_args()
    found = dict(sets(asked.folders, load(None)))
    on = asked.on or [name for name in found if name != "gold b"]
    now = np.array(list(asdict(selecting.Weights()).values()))
    fitted = fit([row for name in on for row in found[name]], now)
    print(f"fitted on {', '.join(on)}")
    for name, before, after in zip(names(), now, fitted, strict=True):
        print(f"  {name:10}{before:8.2f}{after:8.2f}")
    print("right first, of the questions that have a right candidate: now, fitted")
    for name, questions in found.items():
        print(f"  {name:10}{first(questions, now):8.3f}{first(questions, fitted):8.3f}  n={len(questions)}")


if __name__ == "__main__":
    main()
