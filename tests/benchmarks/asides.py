"""What a story around a question costs, with and without the sentences that are about nothing in the library.

    python -m tests.benchmarks.asides [GOLD] [--content content]

Every gold question that the library answers is asked alone, and then with a story around it: one of six in turn by which
`bot.question.offtopic` was made, and one of six that had no part in it.
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


def told(questions: list[Gold], stories: tuple[str, ...]) -> list[Gold]:
    """The questions, each with the next story around it."""
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
    plain = system.under(replace(system.policy, asides=False))
    questions = [gold for gold in read(options.gold) if gold.is_answerable]
    rows = []
    for what, asked in (
        ("alone", questions),
        ("in a story", told(questions, STORIES)),
        ("in another", told(questions, OTHERS)),
    ):
        for how, one in (("whole", plain), ("without asides", system)):
            records = list(run(one, asked))
            values = {m.name: m.estimate(records) for m in MEASURES if m.name in COLUMNS}
            rows.append([what, how, *(f"{values[name].value:.3f}" for name in COLUMNS)])
    print(f"{len(questions)} questions")
    made.table(("question", "read", *COLUMNS), rows)


if __name__ == "__main__":
    main()
