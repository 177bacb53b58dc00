"""Fit the weights of `bot.answer.sentence_ranking` to labelled questions, and print the precision on each set.

    python -m tests.benchmarks.fit [FOLDER ...] [--on NAME ...]

A FOLDER holds `content/` and `questions.jsonl` (`question`, `answerable`, `spans`: the texts of right sentences). The
library's own gold questions are the sets "gold a" and "gold b". The weights are fitted by softmax regression over each
question's candidates, with a penalty that keeps them near the current weights, on the sets named with `--on`; by default
on all sets except "gold b". The current and the fitted weights are printed side by side.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.answer.sentence_ranking import Weights
from bot.evaluation import gold
from bot.library import Library, ready
from bot.settings.settings import Settings, load

STEPS, RATE, HOLD = 300, 0.05, 0.01
"""The number of Adam's steps, the learning rate, and the penalty on changes relative to a weight's size."""

Rows = tuple[NDArray[np.float64], NDArray[np.bool_]]
"""The features of a question's candidates, shape (candidates, weights), and True for each right candidate."""


def names() -> tuple[str, ...]:
    """Return the names of the weights, in order."""
    return tuple(asdict(Weights()))


def rows(library: Library, question: str, right: frozenset[str]) -> Rows | None:
    """Return the features of a question's candidates; None without a right candidate.

    A feature is the score with its weight set to 1 and the other weights set to 0.
    """
    found = library.outcome(question).candidates
    spots = {(candidate.hit.row, candidate.position): place for place, candidate in enumerate(found)}
    marked = np.array([any(text in c.text or c.text in text for text in right) for c in found])
    if not marked.any():
        return None
    nothing = Weights(**dict.fromkeys(names(), 0.0))
    features = np.zeros((len(found), len(names())))
    for column, name in enumerate(names()):
        alone = library.replace(
            policy=replace(library.policy, newest=False, selection=replace(nothing, **{name: 1.0}))
        )
        for candidate in alone.outcome(question).candidates:
            features[spots[candidate.hit.row, candidate.position], column] = candidate.score
    return features, marked


def sets(folders: list[Path], settings: Settings) -> Iterator[tuple[str, list[Rows]]]:
    """Yield the name and the questions of each set."""
    own = ready(settings).library
    questions = gold.read(settings.gold_path())
    for half in ("a", "b"):
        asked = [question for question in questions if question.half == half and question.is_answerable]
        sentences = [frozenset(place.sentence for place in question.places) for question in asked]
        yield (
            f"gold {half}",
            _kept(own, zip((question.question for question in asked), sentences, strict=True)),
        )
    for folder in folders:
        library = ready(replace(settings, content=folder / "content")).library
        lines = map(json.loads, (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines())
        pairs = ((line["question"], frozenset(line["spans"])) for line in lines if line["answerable"])
        yield folder.name, _kept(library, pairs)


def _kept(library: Library, pairs: Iterator[tuple[str, frozenset[str]]]) -> list[Rows]:
    found = (rows(library, question, right) for question, right in pairs)
    return [row for row in found if row is not None]


def fit(questions: list[Rows], start: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weights that maximise the likelihood of the right candidates."""
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
    """Return the share of the questions whose best candidate is right."""
    return float(np.mean([right[int(np.argmax(features @ weights))] for features, right in questions]))


def main() -> None:
    """Fit the weights, and print them with their precision."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--on", action="append")
    asked = parser.parse_args()
    found = dict(sets(asked.folders, load(None)))
    on = asked.on or [name for name in found if name != "gold b"]
    now = np.array(list(asdict(Weights()).values()))
    fitted = fit([row for name in on for row in found[name]], now)
    print(f"fitted on {', '.join(on)}")
    for name, before, after in zip(names(), now, fitted, strict=True):
        print(f"  {name:10}{before:8.2f}{after:8.2f}")
    print("right first, of the questions that have a right candidate: now, fitted")
    for name, questions in found.items():
        print(f"  {name:10}{first(questions, now):8.3f}{first(questions, fitted):8.3f}  n={len(questions)}")


if __name__ == "__main__":
    main()
