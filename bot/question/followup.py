"""A follow-up in few words made into a question that stands alone: pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from bot.corpus.gazetteer import Gazetteer
from bot.question.intent import intent
from bot.question.model import names as capitalised
from bot.text.direction import poles
from bot.text.periods import MONTHS

Names = Callable[[str], Sequence[str]]
"""The names in a text, as they are written there."""

_OPENING = re.compile(
    r"^(?:(?:and|but|or|so|ok(?:ay)?|then|also)[\s,]+)*(?:(?:what|how) about|what of|and|but|or|"
    r"(?:the )?same (?:question )?for|versus|vs\.?)\b[\s,]*"
    r"|^(?:(?:and|but|or|so|ok(?:ay)?|then|also)[\s,]+)+",
    re.IGNORECASE,
)
_LEANS = re.compile(
    r"\b(?:it|its|they|their|them|that|this|those|these|he|she|his|her|there|then|one)\b", re.IGNORECASE
)
_SUBJECT = re.compile(
    r"\b(?:it|its|they|their|them|he|she|his|her)\b(?! (?:true|possible|likely|fair))", re.IGNORECASE
)
"""What stands for a subject that was named before."""
_PREPOSITION = r"(?:in|at|by|for|during|since|before|after)"
_PART = rf"(?:Q[1-4]|H[12]|FY|fiscal(?: year)?|{'|'.join(MONTHS)})"
_PERIOD = re.compile(
    rf"(?:\b{_PREPOSITION}\s+)?(?:the\s+)?(?:(?:end|start|middle|first half|second half) of\s+)?"
    rf"(?:{_PART}[\s,]*)?(?:19|20)\d\d\b",
    re.IGNORECASE,
)
_YEARLESS = re.compile(rf"(?:{_PREPOSITION}\s+)?{_PART}", re.IGNORECASE)
"""A part of a year that the question before may have named."""
_RELATIVE = re.compile(
    r"(?:(?:the )?(?:last|this|next|previous|current|coming) (?:year|quarter|month|week|decade)|"
    r"the (?:year|quarter|month) (?:before|after)|now|today|currently|recently|lately)",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_ASIDE = re.compile(
    r"(?:wh(?:y|en|ere|o|om|ose|at|ich)|how|really|thanks?|yes|no|not|ok(?:ay)?|hi|hello|hey|please|sure|more|"
    r"define|explain|describe|compare|list|show|tell|give|summari[sz]e|help)\b",
    re.IGNORECASE,
)
"""How a short follow-up begins that names no new subject."""
_TOPIC = re.compile(r"the\s+[a-z]")
"""How a follow-up begins that asks for another thing of the same subject: "the margins"."""
_WANTED = frozenset(["why", "who", "whom", "whose", "when", "where", "how", "what", "which"])
_BARE = _WANTED | frozenset(
    [*("to", "from", "by", "since", "until", "for", "with", "of", "in", "at", "and", "but", "so", "much", "many", "exactly", "come"),
     *("long", "far", "is", "was", "did", "does", "that", "not")]
)  # fmt: skip
"""What a question consists of that says nothing but what is wanted: "to whom?", "why?"."""
_ASKED = re.compile(
    r"^(?:and |but |so )*(?:what(?:'s| is| are| was| were)|how (?:big|high|large|much|many) (?:is|are|was|were))\s+(.{3,80}?)[?!. ]*$",
    re.IGNORECASE,
)
"""A question for one thing: "what is Anthropic's run rate?"."""
_CARRIED = re.compile(r"\(([^()]{3,80})\)[?!. ]*$")
"""What a follow-up has carried along already."""
_MEASURED = re.compile(r"\b(?:doubl\w+|tripl\w+|calculated|measured|defined|mean\w*)\b", re.IGNORECASE)
"""What is said, as a rise or a fall is, of a number and not of whom it is about."""
_COMPARED = re.compile(
    r"^(?:and |so |now )*(?:compare|how (?:does|do|did) (?:it|that|this|they) compare)(?: it| that| this| them)? (?:with|to|against) ",
    re.IGNORECASE,
)
_SECTION = re.compile(
    r"\b(?:bull|bear) (?:case|thesis)\b|\bcase (?:for|against)\b|\b(?:risks|outlook)\b|\bwould change\b",
    re.IGNORECASE,
)
"""What every subject has, so that one who names none means that of the question before."""
_FEW = 4
"""Words up to which a follow-up that opens like one is taken for a new subject or period alone."""


def follow(question: str, before: str, gazetteer: Gazetteer, has: Callable[[str], bool]) -> str:
    """Return a follow-up as a question that stands alone. The library decides which words are names and which a topic.

    Small talk has no subject: after "hello", "and xAI?" stays as it is.

    Args:
        question: The follow-up.
        before: The question before it.
        gazetteer: The names of the library.
        has: Returns whether the library's text has all terms of a word.
    """
    if intent(before) == "small talk":
        return question

    def ordinary(word: str) -> bool:
        return word.lower() not in gazetteer.proper and has(word)

    spelled = gazetteer.spelled(question)
    meant = rewrite(spelled, gazetteer.spelled(before), ordinary=ordinary)
    return question if meant == spelled else meant


def rewrite(
    question: str, before: str, names: Names = capitalised, ordinary: Callable[[str], bool] = lambda _: False
) -> str:
    """The question in words that need no question before it; unchanged where it stands alone.

    A new name takes the place of the old one, a new period that of the old one; otherwise what the question leans
    on, the names of the question before, is added. `ordinary` tells which words in small letters are no names.

    >>> rewrite("and xAI?", "What is Anthropic's run rate?")
    "What is xAI's run rate?"
    >>> rewrite("What about at the end of 2025?", "What was Meta's capex in 2024?")
    "What was Meta's capex at the end of 2025?"
    >>> rewrite("Why did it grow?", "What is Anthropic's run rate?")
    "Why did it grow (Anthropic's run rate)?"
    >>> rewrite("Why?", "What is Anthropic's run rate?")
    "Why (Anthropic's run rate)?"
    >>> rewrite("To whom?", "How much does Oracle owe?")
    'To whom (how much does Oracle owe)?'
    >>> rewrite("What is the bear case?", "What is Anthropic's run rate?")
    'What is the bear case (Anthropic)?'
    >>> rewrite("compare it with Google", "What is Anthropic's run rate?")
    "What is Anthropic and Google's run rate?"
    >>> rewrite("Mistral AI?", "What is Anthropic's run rate?")
    "What is Mistral AI's run rate?"
    >>> rewrite("What about the margins?", "What is Anthropic's run rate?")
    'What about the margins (Anthropic)?'
    >>> rewrite("and margins?", "What is Anthropic's run rate?", ordinary={"margins"}.__contains__)
    'and margins (Anthropic)?'
    >>> rewrite("And its margins?", "What is Anthropic's run rate?")
    'And its margins (Anthropic)?'
    >>> rewrite("How does it compare with Google?", "What is Anthropic's run rate?")
    "What is Anthropic and Google's run rate?"
    >>> rewrite("Who makes HBM?", "What is Anthropic's run rate?")
    'Who makes HBM?'
    """
    if not before.strip():
        return question
    words = set(re.findall(r"\w+", question.lower()))
    if words & _WANTED and words <= _BARE:
        whole = before.strip(" ?!.")
        return _with(question, _asked(before) or f"{whole[:1].lower()}{whole[1:]}")
    old = [name for name in names(before) if not _PERIOD.fullmatch(name)]
    compared = _COMPARED.match(question)
    fresh = _bare_name(question[compared.end() :].strip(" ?!.")) if compared else ""
    if fresh and old and len(fresh.split()) <= _FEW and fresh.lower() not in before.lower():
        return _replaced(before, old, f"{old[0]} and {fresh}")
    opening = _OPENING.match(question)
    rest = question[opening.end() :].strip() if opening else question.strip()
    bare = rest.rstrip("?!. ")
    is_topic = False
    if (opening or len(bare.split()) <= 2) and len(bare.split()) <= _FEW + 2:
        if any(period.fullmatch(bare) for period in (_PERIOD, _YEARLESS, _RELATIVE)):
            return _with_period(before, bare)
        fresh = _bare_name(bare)
        is_topic = bool(fresh) and not names(f"and {fresh}") and all(map(ordinary, fresh.split()))
        leans = _TOPIC.match(bare) or _LEANS.search(bare) if opening else not _is_name(bare)
        is_subject = not is_topic and not leans and not _ASIDE.match(fresh)
        if fresh and old and is_subject and len(bare.split()) <= _FEW:
            return _replaced(before, old, fresh)
        is_topic = is_topic and not _ASIDE.match(fresh)
    is_of_number = poles(question) or _MEASURED.search(question)
    if is_of_number and _LEANS.search(question) and not names(rest) and (asked := _asked(before)):
        return _with(question, asked)
    if opening or is_topic or _LEANS.search(question) or _SECTION.search(question):
        carried = [
            name
            for name in names(before)
            if name.lower() not in question.lower()
            and not any(p.fullmatch(name) for p in (_PERIOD, _YEARLESS))
        ]
        if carried and (not names(rest) or _leans_first(rest, names(rest))):
            return _with(question, ", ".join(carried))
        if opening and not carried:
            return f"{before.rstrip('?!. ')} {rest}"
    return question


def _with(question: str, meant: str) -> str:
    """The question with what it means behind it, before its mark."""
    text = question.rstrip()
    end = len(text.rstrip("?!. "))
    return f"{text[:end]} ({meant}){text[end:]}"


def _asked(question: str) -> str:
    """What a question asks for that asks for one thing, or what it has carried: "Anthropic's run rate"; else nothing."""
    found = _CARRIED.search(question) or _ASKED.match(question.strip())
    return found[1] if found else ""


def _leans_first(text: str, named: Sequence[str]) -> bool:
    """Whether a text speaks of "it" before it names anything itself."""
    found = _SUBJECT.search(text)
    return found is not None and found.start() < min(text.find(name) for name in named)


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
    worded = period
    if not _RELATIVE.fullmatch(period) and not re.match(rf"{_PREPOSITION}\b", period, re.IGNORECASE):
        worded = f"in {period}"
    if _YEARLESS.fullmatch(period) and (year := _YEAR.search(before)):
        worded = f"{worded} {year.group()}"
    if found := _PERIOD.search(before):
        return f"{before[: found.start()]}{worded}{before[found.end() :]}".replace("  ", " ")
    return f"{before.rstrip('?!. ')} {worded}?"
