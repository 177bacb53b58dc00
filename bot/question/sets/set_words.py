"""Words that a question for a set of entries has, so that other questions need not be read as one."""

from __future__ import annotations

import re

_SET_WORDS = re.compile(
    r",|\b(?:list|rank|order|sort|top|bottom|which|who|whose|how many|number of|name|show|compar|side by side|by"  # "rank the labs by"
    r"|most|least|best|worst|\w+est|more|less|fewer|above|over|below|under|exceed|at least|at most|or more"  # "the largest", "over $1"
    r"|positive|negative|except|other than|besides|excluding|apart from|not|each|every|all|of the \w+s"  # "margins of the labs"
    r"|since|before|after|between|until|as of|history|series|trend|trajectory|timeline|develop|evol|quarterly|yearly"  # "since June"
    r"|chang|new|updated|happened|events?|due|ahead|upcoming|coming|dates?|deadlines?|milestones?|what are|what would|key|main)",
    re.IGNORECASE,
)


def may_ask_for_set(text: str) -> bool:
    """Return whether a question has a word that questions for a set have; most other questions have none.

    >>> may_ask_for_set("Rank the labs by revenue"), may_ask_for_set("What is HBM?"), may_ask_for_set("Why is capex rising?")
    (True, False, False)
    """
    return bool(_SET_WORDS.search(text))
