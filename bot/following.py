"""A follow-up in few words made into a question that stands alone: pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from bot.reading import names as capitalised

Names = Callable[[str], Sequence[str]]
"""The names in a text, as they are written there."""

_OPENING = re.compile(
    r"^(?:(?:and|but|or|so|ok(?:ay)?|then|also)[\s,]+)*(?:(?:what|how) about|and|but|or|same for|versus|vs\.?)\b[\s,]*"
    r"|^(?:(?:and|but|or|so|ok(?:ay)?|then|also)[\s,]+)+",
    re.IGNORECASE,
)
_LEANS = re.compile(
    r"\b(?:it|its|they|their|them|that|this|those|these|he|she|his|her|there|then|one)\b", re.IGNORECASE
)
_PERIOD = re.compile(
    r"(?:(?:\b(?:in|at|by|for|during|since|before|after)\s+)?(?:the\s+)?(?:(?:end|start|middle|first half|second half) of\s+)?"
    r"(?:(?:Q[1-4]|H[12]|FY|fiscal(?: year)?|January|February|March|April|May|June|July|August|September|October|"
    r"November|December)[\s,]*)?(?:19|20)\d\d\b)",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r"(?:wh(?:y|en|ere|o|om|ose|at|ich)|how|really|thanks?|yes|no|not|ok(?:ay)?|hi|hello|hey|please|sure|more|"
    r"define|explain|describe|compare|list|show|tell|give|summari[sz]e|help)\b",
    re.IGNORECASE,
)
"""How a short follow-up begins that names no new subject."""
_TOPIC = re.compile(r"the\s+[a-z]")
"""How a follow-up begins that asks for another thing of the same subject: "the margins"."""
_FEW = 4
"""Words up to which a follow-up that opens like one is taken for a new subject or period alone."""


def rewrite(question: str, before: str, names: Names = capitalised) -> str:
    """The question in words that need no question before it; unchanged where it stands alone.

    A new name takes the place of the old one, a new period that of the old one; otherwise what the question leans
    on, the names of the question before, is added.

    >>> rewrite("and xAI?", "What is Anthropic's run rate?")
    "What is xAI's run rate?"
    >>> rewrite("What about at the end of 2025?", "What was Meta's capex in 2024?")
    "What was Meta's capex at the end of 2025?"
    >>> rewrite("Why did it grow?", "What is Anthropic's run rate?")
    'Why did it grow? (Anthropic)'
    >>> rewrite("Why?", "What is Anthropic's run rate?")
    'Why?'
    >>> rewrite("Mistral AI?", "What is Anthropic's run rate?")
    "What is Mistral AI's run rate?"
    >>> rewrite("What about the margins?", "What is Anthropic's run rate?")
    'What about the margins? (Anthropic)'
    >>> rewrite("Who makes HBM?", "What is Anthropic's run rate?")
    'Who makes HBM?'
    """
    if not before.strip():
        return question
    opening = _OPENING.match(question)
    rest = question[opening.end() :].strip() if opening else question.strip()
    bare = rest.rstrip("?!. ")
    if (opening or len(bare.split()) <= 2) and len(bare.split()) <= _FEW + 2:
        if (period := _PERIOD.fullmatch(bare)) and period.group():
            return _with_period(before, bare)
        fresh = _bare_name(bare)
        old = [name for name in names(before) if not _PERIOD.fullmatch(name)]
        is_subject = not _TOPIC.match(bare) if opening else _is_name(bare)
        if fresh and old and is_subject and not _ASIDE.match(fresh) and len(bare.split()) <= _FEW:
            return _replaced(before, old, fresh)
    if opening or _LEANS.search(question):
        carried = [name for name in names(before) if name.lower() not in question.lower()]
        if carried and not names(rest):
            return f"{question} ({', '.join(carried)})"
        if opening and not carried:
            return f"{before.rstrip('?!. ')} {rest}"
    return question


def _is_name(text: str) -> bool:
    """Whether a follow-up without an opening may be a name: one word, or words that all look like names."""
    words = text.split()
    return len(words) == 1 or len(capitalised(f"and {text}")) == len(words)


def _bare_name(text: str) -> str:
    """The text without an article and a possessive, if it may be a name."""
    plain = re.sub(r"^(?:the|for|of|in|at|from|on|to|with)\s+", "", text, flags=re.IGNORECASE)
    return re.sub(r"['\N{RIGHT SINGLE QUOTATION MARK}]s?$", "", plain)


def _replaced(before: str, old: Sequence[str], fresh: str) -> str:
    """The question before with its first name replaced, and the words of the same name behind it."""
    first = re.escape(old[0])
    following = "".join(rf"(?:\s+{re.escape(name)})?" for name in old[1:])
    return re.sub(rf"\b{first}{following}(?!\w)", lambda _: fresh, before, count=1)


def _with_period(before: str, period: str) -> str:
    """The question before with its period replaced, or the period added."""
    worded = (
        period
        if re.match(r"(?:in|at|by|for|during|since|before|after)\b", period, re.IGNORECASE)
        else f"in {period}"
    )
    if found := _PERIOD.search(before):
        return f"{before[: found.start()]}{worded}{before[found.end() :]}".replace("  ", " ")
    return f"{before.rstrip('?!. ')} {worded}?"
