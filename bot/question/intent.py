"""What a person wants who asks no question of the library: to chat, or to be told what to buy. Pure."""

from __future__ import annotations

import re
from typing import Literal

Intent = Literal["question", "advice", "small talk"]

_ADVICE = re.compile(
    r"\b(?:(?:should|shall|would|could|can|do) (?:i|we|you)|should (?:one|my \w+|an? (?:investor|retiree|beginner)|investors))\b[^.?!]{0,40}?"
    r"\b(?:buy|sell|short|hold|own|invest|rotate|trim|dump|bet|allocate|avoid|(?:get|go|put|move|wait|pile|stay) (?:\S+ ){0,3}?(?:in|into|long|short|out))\b"
    r"|\b(?:is|are|was) (?:\S+ ){1,4}?(?:(?:still )?(?:a|an) (?:good |strong |great |screaming |safe )?(?:buy|sell|short|hold|investment|bargain)"
    r"|worth (?:buying|owning|holding|shorting|the price|investing|a punt|my money))\b"
    r"|\b(?:price targets?|fair (?:value|price)|target price|stop[ -]loss)\b(?! of the| that)"
    r"|\b(?:buy|sell)(?:,? or)? (?:hold|sell|buy|wait)\b|\bbuy the dip\b"
    r"|\b(?:best|which|what|top|any) (?:\S+ ){0,3}?(?:stocks?|shares?|etfs?|funds?|names?|layers?) (?:to|should i|do i|would you|can i) "
    r"(?:buy|own|short|sell|hold|pick|invest|put)\b"
    r"|\b(?:what|which|where) (?:\S+ ){0,4}?(?:should|would|do) (?:i|we|you) (?:buy|sell|invest|put|short|recommend)\b"
    r"|\b(?:recommend|recommendation|recommendations)\b[^.?!]{0,30}\b(?:stocks?|shares?|buy|invest|portfolio)\b"
    r"|\b(?:will|going to) (?:\S+ ){1,4}?(?:stock|shares?|price) (?:go|rise|fall|moon|crash|double|hit|reach)\b"
    r"|\bhow (?:should|would) (?:i|you|we) (?:invest|allocate|trade|position|play)\b"
    r"|\btoo late to (?:buy|sell|invest|get in)\b"
    r"|\bwhat (?:should|shall|would|do|can) (?:i|we|you) do with (?:my|our|the)\b"
    r"|\bmake me (?:rich|money)\b",
    re.IGNORECASE,
)
_GREETING = r"(?:h(?:i|ello|ey|iya|owdy)+|yo|good (?:morning|afternoon|evening|day|night)|greetings|gm)(?: there| all| folks| team| bot| strata)?"
_THANKS = (
    r"(?:(?:many |ok(?:ay)?,? |great,? |cool,? )*thank(?:s| you)(?: so much| a lot| very much)?|thx|ty|cheers|nice one|well done|"
    r"good (?:bot|job|work)|great|cool|awesome|ok(?:ay)?|lol|haha+|bye|goodbye|see (?:you|ya)|you'?re (?:a star|great|welcome|the best))"
)
_ALONE = re.compile(
    rf"(?:{_GREETING}|{_THANKS}|that was (?:helpful|great|useful)|[\s,.!?:)('-])+", re.IGNORECASE
)
_OPENING = re.compile(rf"^(?:(?:{_GREETING}|{_THANKS})[\s,.!:)-]+)+", re.IGNORECASE)
_ABOUT_ME = re.compile(
    r"\bwho (?:are|r) (?:you|u)\b|\bwho am i (?:talking|speaking|chatting) (?:to|with)\b|\bwhat(?:'s| is|s) your (?:name|job|purpose|favou?rite)\b"
    r"|\bwhat (?:are|r) (?:you|u)(?: made of| for)?[\s?!.]*$|\bwhat (?:else )?(?:can|do) (?:you|u) (?:do|know|like|answer)[\s?!.]*$|\bwhat else do you like\b"
    r"|\bare (?:you|u) (?:a |an |the |really |actually |just |some )*(?:real|human|person|bot|robot|ai|chatgpt|gpt|claude|llm|machine|alive|sentient|there)\b"
    r"|\bhow (?:are|r) (?:you|u)\b|\bhow(?:'s| is|s| was) (?:your|it going|life)\b|\btell me a joke\b|\bdo you (?:like|love|dream|sleep|have feelings)\b"
    r"|\bwhat(?:'s| is|s) up\b|\bwho (?:made|built|created|wrote) (?:you|u)\b|\bhelp\W*$",
    re.IGNORECASE,
)


def intent(text: str) -> Intent:
    """What is wanted. A greeting before a question does not make it small talk.

    >>> intent("hi! who are you?"), intent("Hi, what is HBM?"), intent("should I buy NVDA?"), intent("Who buys HBM?")
    ('small talk', 'question', 'advice', 'question')
    """
    plain = " ".join(text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split())
    if _ALONE.fullmatch(plain):
        return "small talk"
    rest = _OPENING.sub("", plain)
    if (found := _ABOUT_ME.search(rest)) and len(rest.split()) - len(found.group().split()) <= 9:
        return "small talk"
    return "advice" if _ADVICE.search(plain) else "question"
