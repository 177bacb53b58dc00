"""The intent of a message: a question, a request for investment advice, a question about the library, or small talk."""

from __future__ import annotations

import re
from typing import Literal

Intent = Literal["question", "advice", "small talk", "library"]

MAX_WORDS_AROUND_SMALL_TALK = 9
"""A message with more words around "who are you?" is about something else."""

_TRADE = (
    r"(?:buy|sell|short|hold|own|invest|rotate|trim|dump|bet|allocate|avoid"  # "buy", "rotate"
    r"|(?:get|go|put|move|wait|pile|stay) (?:\S+ ){0,3}?(?:in|into|long|short|out))"  # "put 10k into", "go long"
)
_ADVICE = re.compile(
    # "should I buy NVDA", "should a retiree hold", "would you rotate out of ORCL"
    r"\b(?:(?:should|shall|would|could|can|do) (?:i|we|you)"
    r"|should (?:one|my \w+|an? (?:investor|retiree|beginner)|investors))\b"
    rf"[^.?!]{{0,40}}?\b{_TRADE}\b"
    # "is CRWV a buy", "are the shares a bargain"
    r"|\b(?:is|are|was) (?:\S+ ){1,4}?(?:(?:still )?(?:a|an) (?:good |strong |great |screaming |safe )?"
    r"(?:buy|sell|short|hold|investment|bargain)"
    # "is NVDA worth buying", "was it worth the price"
    r"|worth (?:buying|owning|holding|shorting|the price|investing|a punt|my money))\b"
    # "price target for AVGO", "fair value", "stop-loss"; not "the fair value of the stake"
    r"|\b(?:price targets?|fair (?:value|price)|target price|stop[ -]loss)\b(?! of the| that)"
    # "buy or sell", "sell, wait"
    r"|\b(?:buy|sell)(?:,? or)? (?:hold|sell|buy|wait)\b"
    # "buy the dip"
    r"|\bbuy the dip\b"
    # "best AI stocks to buy", "which layer should i pick"
    r"|\b(?:best|which|what|top|any) (?:\S+ ){0,3}?(?:stocks?|shares?|etfs?|funds?|names?|layers?) "
    r"(?:to|should i|do i|would you|can i) (?:buy|own|short|sell|hold|pick|invest|put)\b"
    # "where should I put my savings", "which AI stocks would you recommend"
    r"|\b(?:what|which|where) (?:\S+ ){0,4}?(?:should|would|do) (?:i|we|you) (?:buy|sell|invest|put|short|recommend)\b"
    # "recommend me some stocks"
    r"|\b(?:recommend|recommendation|recommendations)\b[^.?!]{0,30}\b(?:stocks?|shares?|buy|invest|portfolio)\b"
    # "will the stock rise", "is the price going to double"
    r"|\b(?:will|going to) (?:\S+ ){1,4}?(?:stock|shares?|price) (?:go|rise|fall|moon|crash|double|hit|reach)\b"
    # "how should I invest", "how would you play the power theme"
    r"|\bhow (?:should|would) (?:i|you|we) (?:invest|allocate|trade|position|play)\b"
    # "too late to buy"
    r"|\btoo late to (?:buy|sell|invest|get in)\b"
    # "what should I do with my shares"
    r"|\bwhat (?:should|shall|would|do|can) (?:i|we|you) do with (?:my|our|the)\b"
    # "make me rich"
    r"|\bmake me (?:rich|money)\b",
    re.IGNORECASE,
)
_GREETING = (
    r"(?:h(?:i|ello|ey|iya|owdy)+|yo|good (?:morning|afternoon|evening|day|night)|greetings|gm)"  # "hello", "good morning"
    r"(?: there| all| folks| team| bot| strata)?"  # "hi there"
)
_THANKS = (
    r"(?:(?:many |ok(?:ay)?,? |great,? |cool,? )*thank(?:s| you)(?: so much| a lot| very much)?|thx|ty|cheers"  # "ok thanks"
    r"|nice one|well done|good (?:bot|job|work)|great|cool|awesome|ok(?:ay)?|lol|haha+"  # "good bot", "lol"
    r"|bye|goodbye|see (?:you|ya)|you'?re (?:a star|great|welcome|the best))"  # "bye", "you're great"
)
_SMALL_TALK_ALONE = re.compile(
    rf"(?:{_GREETING}|{_THANKS}|that was (?:helpful|great|useful)|[\s,.!?:)('-])+",  # "thanks, that was helpful!"
    re.IGNORECASE,
)
_OPENING = re.compile(rf"^(?:(?:{_GREETING}|{_THANKS})[\s,.!:)-]+)+", re.IGNORECASE)  # "Hi, ..."
_ABOUT_THE_BOT = re.compile(
    # "who are you", "who am i talking to"
    r"\bwho (?:are|r) (?:you|u)\b|\bwho am i (?:talking|speaking|chatting) (?:to|with)\b"
    # "what's your name"
    r"|\bwhat(?:'s| is|s) your (?:name|job|purpose|favou?rite)\b"
    # "what are you made of?"
    r"|\bwhat (?:are|r) (?:you|u)(?: made of| for)?[\s?!.]*$"
    # "what can you do?", "what else do you like"; not "what do you know about xAI"
    r"|\bwhat (?:else )?(?:can|do) (?:you|u) (?:do|know|like|answer)[\s?!.]*$|\bwhat else do you like\b"
    # "are you a real person", "are you chatgpt"
    r"|\bare (?:you|u) (?:a |an |the |really |actually |just |some )*"
    r"(?:real|human|person|bot|robot|ai|chatgpt|gpt|claude|llm|machine|alive|sentient|there)\b"
    # "how are you", "how's it going"
    r"|\bhow (?:are|r) (?:you|u)\b|\bhow(?:'s| is|s| was) (?:your|it going|life)\b"
    # "tell me a joke", "do you dream"
    r"|\btell me a joke\b|\bdo you (?:like|love|dream|sleep|have feelings)\b"
    # "what's up", "who built you", "help"
    r"|\bwhat(?:'s| is|s) up\b|\bwho (?:made|built|created|wrote) (?:you|u)\b|\bhelp\W*$",
    re.IGNORECASE,
)


def intent(text: str) -> Intent:
    """Return the intent of a message; a greeting before a question does not make the message small talk.

    >>> intent("hi! who are you?"), intent("Hi, what is HBM?"), intent("should I buy NVDA?"), intent("Who buys HBM?")
    ('small talk', 'question', 'advice', 'question')
    """
    plain = " ".join(text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split())
    if _SMALL_TALK_ALONE.fullmatch(plain):
        return "small talk"
    rest = _OPENING.sub("", plain)
    found = _ABOUT_THE_BOT.search(rest)
    if found and len(rest.split()) - len(found.group().split()) <= MAX_WORDS_AROUND_SMALL_TALK:
        return "small talk"
    return "advice" if _ADVICE.search(plain) else "question"
