"""What becomes of composed texts: the gold questions of the library, answered and composed by a model that is served.

    python -m tests.benchmarks.compose URL MODEL [QUESTIONS] [--timeout SECONDS] [--verbose]

prints how many texts were verified, and how many were refused for which reason. A small model can be served by
`transformers serve`; tests/benchmarks/README.md has the figures and what they were taken with.
"""

from __future__ import annotations

import argparse
import asyncio
import random
from collections import Counter
from pathlib import Path

import yaml

from bot.composer.llm_client import compose
from bot.composer.prompt import Evidence, Sentence
from bot.library import Library, ready
from bot.settings.composer import Composer
from bot.settings.settings import load
from bot.types import Answer

GOLD = Path(__file__).parents[1] / "gold"


def questions(count: int) -> list[str]:
    """So many gold questions that have an answer, drawn with a fixed seed."""
    rows = [row for file in sorted(GOLD.glob("*.yaml")) for row in yaml.safe_load(file.read_text("utf-8"))]
    asked = [str(row["question"]) for row in rows if row["places"]]
    random.Random(7).shuffle(asked)
    return asked[:count]


async def run(library: Library, composer: Composer, count: int, *, verbose: bool) -> Counter[str]:
    """Answer, compose, count."""
    outcomes: Counter[str] = Counter()
    names = library.corpus.gazetteer.names
    for question in questions(10 * count):
        if sum(outcomes.values()) == count:
            break
        reply = library.ask(question)
        if not isinstance(reply, Answer):
            continue
        shown: list[Sentence] = []

        async def show(sentence: Sentence, shown: list[Sentence] = shown) -> None:
            shown.append(sentence)

        told = await compose(reply.question, Evidence.of(reply.quotes, names), composer, "", show)
        outcomes[told.refused or "composed"] += 1
        if verbose:
            print(
                f"{question}\n  " + "\n  ".join(f"[{quote.citation}] {quote.text}" for quote in reply.quotes)
            )
            print("  -> " + "\n  -> ".join(s.shown for s in shown) if shown else "  -> nothing")
            print(
                f"  = {told.refused or 'composed'} {told.detail} ({told.milliseconds / 1000:.1f} s)\n",
                flush=True,
            )
    return outcomes


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("url")
    parser.add_argument("model")
    parser.add_argument("questions", nargs="?", type=int, default=20)
    parser.add_argument("--timeout", type=float, default=60.0)
    parser.add_argument("--verbose", action="store_true")
    arguments = parser.parse_args()
    composer = Composer(arguments.url, arguments.model, timeout=arguments.timeout, max_tokens=200)
    outcomes = asyncio.run(
        run(ready(load()).library, composer, arguments.questions, verbose=arguments.verbose)
    )
    for outcome, times in outcomes.most_common():
        print(f"{outcome:>12}  {times}")


if __name__ == "__main__":
    main()
