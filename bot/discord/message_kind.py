"""The kind of a message: a question to the bot, or people talking to each other."""

from __future__ import annotations

import re
from typing import Literal

Kind = Literal["question", "phrase", "statement", "thanks", "remark"]
"""The kinds of messages, which are told apart by form alone.

- question: "What is HBM?", "explain HBM"
- phrase: "Nvidia margin", which may be a search
- statement: "I hate my boss"
- thanks: "thanks!"
- remark: "lol", "1", "Bob look at this"
"""

_ADDRESS = re.compile(r"https?://\S+")
_MARK = re.compile("[?\N{FULLWIDTH QUESTION MARK}\N{ARABIC QUESTION MARK}]")

_OPENING = (
    r"(?:(?:hi|hey|hello|ok(?:ay)?|so|and|but|or|also|then|well|please|pls|strata)[\s,!:]+)*"  # "ok so what"
)

_QUESTION = re.compile(
    rf"{_OPENING}(?:"
    r"who|whom|whose|what(?! an? )|when|where|which|why|how"  # "what limits HBM"; not "what a day"
    r"|is|are|was|were|do|does|did|can|could|will|would|should|has|have|had"  # "does Nvidia make HBM"
    r"|explain|describe|compare|define|list|show|tell|summari[sz]e|give me|find|quote"  # "compare AMD and Nvidia"
    r"|i (?:want|need|would like|wanted) to (?:know|see|understand)|i wonder|i am curious"  # "I wonder who makes HBM"
    r")\b",
    re.IGNORECASE,
)

_FOLLOWING = re.compile(r"(?:and|what about|how about|same for|versus|vs\.?|or)\b", re.IGNORECASE)
"""The first words of a follow-up that is not a whole sentence: "and Nvidia"."""

_TO_PEOPLE = re.compile(
    r"\b(?:any(?:one|body)|some(?:one|body)|every(?:one|body)|guys|folks|y'?all|(?:both|all|some|two) of (?:you|us)"  # "anyone up for lunch?"
    r"|(?:you|we) (?:two|all|coming|free|around|there|up|in|ready)|let'?s)\b",  # "are you coming?"
    re.IGNORECASE,
)

_PERSONAL = re.compile(
    r"\b(?:i|i'm|i've|i'd|i'll|im|we|we're|you|you're|he|she|me|my|mine|our|your|us|let'?s|imo|imho|tbh|btw|afaik)\b",
    re.IGNORECASE,
)
"""Words of statements among people: "I hate my boss"."""

_LONGEST_PHRASE = 8
"""The most words of a phrase; a longer text that is not a question is a statement."""

_THANKS = re.compile(
    r"(?:(?:ok(?:ay)?|great|cool|nice|perfect|awesome|many|and)[\s,!.]+)*"  # "great, thanks"
    r"(?:thanks?(?: you)?|thx|ty|tysm|cheers|much appreciated|good (?:bot|job|answer))"  # "good bot"
    r"(?: (?:so much|a lot|very much|a ton|again|strata|bot|all|everyone|guys|man|for (?:that|this|the \w+)))*[\s!.,:)]*",  # "thanks a lot :)"
    re.IGNORECASE,
)

_REACTION = (
    r"(?:lo+l+|lmao|rofl|(?:ha|he)+h?|ok(?:ay)?|kk?|y(?:es|ep|up|eah)|no(?:pe|pes)?|nah|sure|right|true|same|this|exactly"  # "lol"
    r"|agreed|nice|cool|great|good|wow|whoa|omg|wtf|oof|damn|hm+|huh|oh|ah|interesting|amazing|awesome|perfect|sweet"  # "wow nice"
    r"|brb|afk|gm|gn|bye|idk|fyi|bump|ping|test(?:ing)?|done|following|noted|got it|me too|no way|of course|good (?:point|one)"  # "brb"
    r"|makes sense|fair enough|well said|so true|never ?mind|nvm)"  # "makes sense"
)
_POINTING = (
    r"(?:@?\w+[,:]?\s+)?(?:look(?: at)?|check(?: out)?|see|read) (?:this|that|it|these)(?: one)?(?: out)?"
)
"""A person who points out a message to another person: "Bob look at this"."""

_REMARK = re.compile(rf"(?:{_REACTION}(?:[\s,.!]+(?:{_REACTION}))*|{_POINTING})[\s.,!:;)(]*", re.IGNORECASE)
_YEAR = re.compile(r"(?:19|20)\d\d[\s.!]*")


def kind(text: str) -> Kind:
    """Return the kind of a message.

    >>> [kind(text) for text in ("What is HBM?", "explain HBM", "and Nvidia", "Nvidia gross margin", "in 2025")]
    ['question', 'question', 'question', 'phrase', 'phrase']
    >>> [kind(text) for text in ("lol", "1", "wow, nice!", "Bob look at this", "https://example.org/?a=b")]
    ['remark', 'remark', 'remark', 'remark', 'remark']
    >>> kind("thanks!"), kind("Bob, my salary is 81,000 and I hate my boss"), kind("2025"), kind("What a day")
    ('thanks', 'statement', 'phrase', 'phrase')
    >>> kind("HBM 是什么\N{FULLWIDTH QUESTION MARK}"), kind("Was ist HBM?"), kind("英伟达")
    ('question', 'question', 'phrase')
    """
    words = " ".join(_ADDRESS.sub(" ", text).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split())
    # A year alone completes a question: "What about 2024?" may be shortened to "2024".
    if _YEAR.fullmatch(words):
        return "phrase"
    if not any(char.isalpha() for char in words) or _REMARK.fullmatch(words):
        return "remark"
    if _THANKS.fullmatch(words):
        return "thanks"
    if _MARK.search(words) or _QUESTION.match(words) or _FOLLOWING.match(words):
        return "question"
    return "statement" if _PERSONAL.search(words) or len(words.split()) > _LONGEST_PHRASE else "phrase"


def is_for_people(text: str) -> bool:
    """Return whether a question is addressed to the people in a channel.

    >>> is_for_people("anyone up for lunch?"), is_for_people("Who makes HBM?")
    (True, False)
    """
    return _TO_PEOPLE.search(text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")) is not None
