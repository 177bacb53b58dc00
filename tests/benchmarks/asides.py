"""The measures of questions with a story around them, with and without their off-topic sentences.

    python -m tests.benchmarks.asides [GOLD] [--content content]

Every answerable gold question is asked alone, then inside one of the six stories that `bot.question.offtopic` was
developed on, and then inside one of six other stories.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from bot.evaluation.gold import Gold, read
from bot.evaluation.measures import MEASURES
from bot.evaluation.runner import System, run
from bot.library import ready
from bot.settings.settings import load
from tests.benchmarks import made

STORIES = (
    "hey all, been reading up on this the whole weekend and I'm a bit lost: {} any pointers would be appreciated, thanks!",
    "Sorry if this was asked before, I'm new here. My brother in law keeps arguing with me about it over dinner. {}",
    "ok so I was talking to a colleague yesterday and he swore he knew the answer but I don't trust him lol. {}",
    "I need to finish a short summary for my boss before lunch tomorrow, so a quick one please. {} Keep it simple.",
    "{} I looked everywhere and found nothing useful, the first page of results was all junk and ads.",
    "Hi! Love this channel, great work. Quick question from a long time lurker who finally made an account: {}",
)
OTHERS = (
    "Morning everyone. Coffee in hand and trying to get through my inbox. {}",
    "{} Asking for a friend who is too shy to post here haha. Cheers in advance!",
    "I hope this is the right place to ask. English is not my first language so please bear with me. {}",
    "Long story short, we had a bet at the pub and I really don't want to pay for the next round. {} Can anyone help?",
    "Not sure whether someone answered this already, the search function is useless. {}",
    "Wow what a week. My kids are finally asleep and I have ten minutes. {}",
)
COLUMNS = ("recall@1", "recall@5", "sentence@1", "sentence@3", "answered")


def with_stories(questions: list[Gold], stories: tuple[str, ...]) -> list[Gold]:
    """Return the questions, each inside the next story."""
    return [
        replace(gold, question=stories[place % len(stories)].format(gold.question))
        for place, gold in enumerate(questions)
    ]


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("gold", type=Path, nargs="?", default=Path(__file__).parents[1] / "gold")
    parser.add_argument("--content", type=Path)
    options = parser.parse_args()
    system = System.of(ready(load(None, content=options.content)).library)
    plain = system.without("question.offtopic")
    questions = [gold for gold in read(options.gold) if gold.is_answerable]
    rows = []
    for what, asked in (
        ("alone", questions),
        ("in a story", with_stories(questions, STORIES)),
        ("in another", with_stories(questions, OTHERS)),
    ):
        for how, asked_system in (("whole", plain), ("without off-topic", system)):
            records = list(run(asked_system, asked))
            values = {m.name: m.estimate(records) for m in MEASURES if m.name in COLUMNS}
            rows.append([what, how, *(f"{values[name].value:.3f}" for name in COLUMNS)])
    print(f"{len(questions)} questions")
    made.table(("question", "read", *COLUMNS), rows)


if __name__ == "__main__":
    main()
