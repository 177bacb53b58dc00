"""Query rewriting of follow-ups: a short question that depends on the question before it is made to stand alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.question.intent import intent
from bot.text.direction import poles
from bot.text.names import names
from bot.text.periods import MONTH, QUARTER_OR_HALF, YEAR
from index.text.language import ENGLISH, language

if TYPE_CHECKING:
    from bot.corpus.corpus import Corpus

MAX_SUBJECT_WORDS = 4
"""A follow-up with more words after its opening is more than a new subject or period."""

_OPENING = re.compile(
    r"^(?:(?:and|but|or|so|ok(?:ay)?|then|also)[\s,]+)*"  # "and then ..."
    r"(?:(?:what|how) about|what of|and|but|or|(?:the )?same (?:question )?for|versus|vs\.?)\b[\s,]*"  # "... what about"
    r"|^(?:(?:and|but|or|so|ok(?:ay)?|then|also)[\s,]+)+",  # "so, ..."
    re.IGNORECASE,
)
_POINTER = re.compile(
    r"\b(?:it|its|they|their|them|that|this|those|these|he|she|his|her|there|then|one)\b", re.IGNORECASE
)
"""A word that points to the question before: "its margins", "why is that"."""
_PRONOUN = re.compile(
    r"\b(?:it|its|they|their|them|he|she|his|her)\b(?! (?:true|possible|likely|fair))",  # but not "is it true that"
    re.IGNORECASE,
)
_PREPOSITION = r"(?:in|at|by|for|during|since|before|after)"
_YEAR_PART = rf"(?:{QUARTER_OR_HALF}|FY|fiscal(?: year)?|{MONTH})"  # "Q3", "FY", "fiscal year", "March"
_PERIOD = re.compile(  # "in 2025", "at the end of 2025", "Q3 2025"
    rf"(?:\b{_PREPOSITION}\s+)?(?:the\s+)?(?:(?:end|start|middle|first half|second half) of\s+)?"
    rf"(?:{_YEAR_PART}[\s,]*)?{YEAR}\b",
    re.IGNORECASE,
)
_YEARLESS = re.compile(rf"(?:{_PREPOSITION}\s+)?{_YEAR_PART}", re.IGNORECASE)
"""A part of a year whose year the question before may name: "and in Q3?"."""
_RELATIVE_PERIOD = re.compile(
    r"(?:(?:the )?(?:last|this|next|previous|current|coming) (?:year|quarter|month|week|decade)|"  # "last year"
    r"the (?:year|quarter|month) (?:before|after)|"  # "the quarter before"
    r"now|today|currently|recently|lately)",
    re.IGNORECASE,
)
_YEAR = re.compile(rf"\b{YEAR}\b")
_NO_SUBJECT = re.compile(
    r"(?:wh(?:y|en|ere|o|om|ose|at|ich)|how|really|thanks?|yes|no|not|ok(?:ay)?|hi|hello|hey|please|sure|more|"  # "why?", "really?"
    r"define|explain|describe|compare|list|show|tell|give|summari[sz]e|help)\b",  # "explain more"
    re.IGNORECASE,
)
"""The beginning of a short follow-up that names no new subject: "really?", "explain more"."""
_OTHER_TOPIC = re.compile(r"the\s+[a-z]")
"""A topic of the same subject: "the margins"."""
_QUESTION_WORDS = frozenset(["why", "who", "whom", "whose", "when", "where", "how", "what", "which"])
_EMPTY_WORDS = _QUESTION_WORDS | frozenset(
    [*("to", "from", "by", "since", "until", "for", "with", "of", "in", "at", "and", "but", "so", "much", "many", "exactly", "come"),
     *("long", "far", "is", "was", "did", "does", "that", "not")]
)  # fmt: skip
"""The words of a question that says nothing but what is wanted: "to whom?", "why?"."""
_ONE_THING = re.compile(
    r"^(?:and |but |so )*(?:what(?:'s| is| are| was| were)|how (?:big|high|large|much|many) (?:is|are|was|were))\s+(.{3,80}?)[?!. ]*$",
    re.IGNORECASE,
)
"""A question for one thing: "what is Anthropic's run rate?"."""
_CARRIED = re.compile(r"\(([^()]{3,80})\)[?!. ]*$")
"""The words in parentheses that an earlier rewriting added."""
_ABOUT_A_NUMBER = re.compile(r"\b(?:doubl\w+|tripl\w+|calculated|measured|defined|mean\w*)\b", re.IGNORECASE)
"""Words that are said of a number and not of a company, as a rise or a fall is: "how is it calculated?"."""
_COMPARISON = re.compile(
    r"^(?:and |so |now )*(?:compare|how (?:does|do|did) (?:it|that|this|they) compare)(?: it| that| this| them)? (?:with|to|against) ",  # "how does it compare with "
    re.IGNORECASE,
)
_COMMON_SECTION = re.compile(
    r"\b(?:bull|bear) (?:case|thesis)\b|\bcase (?:for|against)\b|\b(?:risks|outlook)\b|\bwould change\b",
    re.IGNORECASE,
)
"""Sections that every subject has: without a name they refer to the subject before ("what is the bear case?")."""
_ARTICLE = re.compile(
    r"^(?:the|for|of|in|at|from|on|to|with)\s+", re.IGNORECASE
)  # the "for " of "for Nvidia"
_POSSESSIVE = re.compile(r"['\N{RIGHT SINGLE QUOTATION MARK}]s?$")

IsTopic = Callable[[str], bool]
"""Tells whether a lower-case word is an ordinary word of the library and no name."""


def follow(question: str, before: str, corpus: Corpus) -> str:
    """Return a follow-up as a question that stands alone; the library tells its names from its topics.

    Small talk has no subject: after "hello", "and xAI?" stays as it is. So does a question in another language than English, to
    which these rules do not apply: "Also wie hoch ist es?" does not begin with "also".
    """
    asked_in = language(question) or language(before) or corpus.languages[0]
    if asked_in != ENGLISH or intent(before) == "small talk":
        return question
    gazetteer = corpus.gazetteer

    def is_topic(word: str) -> bool:
        return word.lower() not in gazetteer.proper and corpus.has_words(word)

    spelled = gazetteer.capitalised(question)
    standalone = rewrite(spelled, gazetteer.capitalised(before), is_topic)
    return question if standalone == spelled else standalone


def rewrite(question: str, before: str, is_topic: IsTopic = lambda _: False) -> str:
    """Return a question that needs no question before it; unchanged if it stands alone.

    A new name replaces the old name, a new period the old period; otherwise the names of the question before, or what it asked
    for, are added in parentheses.

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
    >>> rewrite("and margins?", "What is Anthropic's run rate?", is_topic={"margins"}.__contains__)
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
    follow_up = _FollowUp.of(question, before)
    topic = _is_other_topic(follow_up, is_topic)
    return (
        _bare_question(follow_up)
        or _comparison(follow_up)
        or _new_period(follow_up)
        or _new_subject(follow_up, is_topic)
        or _about_the_number(follow_up)
        or _with_names(follow_up, other_topic=topic)
        or question
    )


@dataclass(frozen=True, slots=True)
class _FollowUp:
    """A question and the question before it."""

    question: str
    before: str
    has_opening: bool
    """Whether the question opens like a follow-up: "and", "what about"."""
    rest: str
    """The question without the opening."""
    subject: str
    """The rest without marks, article and possessive, if the rest is short enough to be a subject or a period; else ""."""
    short: str
    """The rest without marks, under the same condition."""
    old_names: tuple[str, ...]
    """The names of the question before that are not periods."""

    @classmethod
    def of(cls, question: str, before: str) -> _FollowUp:
        opening = _OPENING.match(question)
        rest = question[opening.end() :].strip() if opening else question.strip()
        bare = rest.rstrip("?!. ")
        words = len(bare.split())
        is_short = (opening or words <= 2) and words <= MAX_SUBJECT_WORDS + 2
        old = tuple(name for name in names(before) if not _PERIOD.fullmatch(name))
        short = bare if is_short else ""
        return cls(question, before, bool(opening), rest, _bare_name(short), short, old)


def _bare_question(follow_up: _FollowUp) -> str:
    """Return "Why?" and the like with what the question before asked for; "" for any other follow-up."""
    words = set(re.findall(r"\w+", follow_up.question.lower()))
    if not (words & _QUESTION_WORDS and words <= _EMPTY_WORDS):
        return ""
    whole = follow_up.before.strip(" ?!.")
    return _with(follow_up.question, _thing_asked_for(follow_up.before) or f"{whole[:1].lower()}{whole[1:]}")


def _comparison(follow_up: _FollowUp) -> str:
    """Return "compare it with Google" as the question before about both; "" for any other follow-up."""
    match = _COMPARISON.match(follow_up.question)
    fresh = _bare_name(follow_up.question[match.end() :].strip(" ?!.")) if match else ""
    if not fresh or not follow_up.old_names:
        return ""
    if len(fresh.split()) > MAX_SUBJECT_WORDS or fresh.lower() in follow_up.before.lower():
        return ""
    return _replaced(follow_up.before, follow_up.old_names, f"{follow_up.old_names[0]} and {fresh}")


def _new_period(follow_up: _FollowUp) -> str:
    """Return the question before with the period that the follow-up consists of; "" for any other follow-up."""
    if any(period.fullmatch(follow_up.short) for period in (_PERIOD, _YEARLESS, _RELATIVE_PERIOD)):
        return _with_period(follow_up.before, follow_up.short)
    return ""


def _new_subject(follow_up: _FollowUp, is_topic: IsTopic) -> str:
    """Return the question before about the subject that the follow-up consists of; "" for any other follow-up."""
    short, subject = follow_up.short, follow_up.subject
    if not subject or not follow_up.old_names or len(short.split()) > MAX_SUBJECT_WORDS:
        return ""
    if follow_up.has_opening:
        depends = bool(_OTHER_TOPIC.match(short) or _POINTER.search(short))
    else:
        depends = not _is_name(short)
    if depends or _consists_of_topics(subject, is_topic) or _NO_SUBJECT.match(subject):
        return ""
    return _replaced(follow_up.before, follow_up.old_names, subject)


def _about_the_number(follow_up: _FollowUp) -> str:
    """Return "Why did it double?" with the number that the question before asked for; "" for any other follow-up."""
    question = follow_up.question
    is_of_number = poles(question) or _ABOUT_A_NUMBER.search(question)
    if not is_of_number or not _POINTER.search(question) or names(follow_up.rest):
        return ""
    asked = _thing_asked_for(follow_up.before)
    return _with(question, asked) if asked else ""


def _with_names(follow_up: _FollowUp, *, other_topic: bool) -> str:
    """Return a follow-up that depends on the subject before with its names; "" for one that stands alone."""
    question, rest = follow_up.question, follow_up.rest
    depends = follow_up.has_opening or other_topic
    if not (depends or _POINTER.search(question) or _COMMON_SECTION.search(question)):
        return ""
    carried = [
        name
        for name in names(follow_up.before)
        if name.lower() not in question.lower()
        and not any(period.fullmatch(name) for period in (_PERIOD, _YEARLESS))
    ]
    if carried and (not names(rest) or _pronoun_comes_first(rest, names(rest))):
        return _with(question, ", ".join(carried))
    if follow_up.has_opening and not carried:
        return f"{follow_up.before.rstrip('?!. ')} {rest}"
    return ""


def _is_other_topic(follow_up: _FollowUp, is_topic: IsTopic) -> bool:
    """Return whether a follow-up names nothing but another topic of the same subject: "margins?"."""
    subject = follow_up.subject
    return bool(subject) and _consists_of_topics(subject, is_topic) and not _NO_SUBJECT.match(subject)


def _consists_of_topics(subject: str, is_topic: IsTopic) -> bool:
    return not names(f"and {subject}") and all(map(is_topic, subject.split()))


def _with(question: str, meant: str) -> str:
    """Return the question with its meaning in parentheses before its end mark."""
    text = question.rstrip()
    end = len(text.rstrip("?!. "))
    return f"{text[:end]} ({meant}){text[end:]}"


def _thing_asked_for(question: str) -> str:
    """Return the one thing that a question asks for ("Anthropic's run rate"), or "" if it asks for something else."""
    found = _CARRIED.search(question) or _ONE_THING.match(question.strip())
    return found[1] if found else ""


def _pronoun_comes_first(text: str, named: Sequence[str]) -> bool:
    """Return whether a text says "it" before it names anything itself."""
    found = _PRONOUN.search(text)
    return found is not None and found.start() < min(text.find(name) for name in named)


def _is_name(text: str) -> bool:
    """Return whether a follow-up without an opening may be a name: one word, or words that all look like names."""
    words = text.split()
    return len(words) == 1 or len(names(f"and {text}")) == len(words)


def _bare_name(text: str) -> str:
    """Return the text without an article or preposition in front and a possessive behind."""
    return _POSSESSIVE.sub("", _ARTICLE.sub("", text))


def _replaced(before: str, old: Sequence[str], fresh: str) -> str:
    """Return the question before with its first name, of one or more words, replaced."""
    first = re.escape(old[0])
    following = "".join(rf"(?:\s+{re.escape(name)})?" for name in old[1:])
    return re.sub(rf"\b{first}{following}(?!\w)", lambda _: fresh, before, count=1)


def _with_period(before: str, period: str) -> str:
    """Return the question before with its period replaced, or with the period added."""
    worded = period
    if not _RELATIVE_PERIOD.fullmatch(period) and not re.match(rf"{_PREPOSITION}\b", period, re.IGNORECASE):
        worded = f"in {period}"
    if _YEARLESS.fullmatch(period) and (year := _YEAR.search(before)):
        worded = f"{worded} {year.group()}"
    if found := _PERIOD.search(before):
        return f"{before[: found.start()]}{worded}{before[found.end() :]}".replace("  ", " ")
    return f"{before.rstrip('?!. ')} {worded}?"
