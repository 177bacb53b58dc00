"""Courtesies: sentences that greet, thank or hand over, and therefore answer nothing."""

from __future__ import annotations

import re

MAX_WORDS = 16
"""A longer sentence says more than a courtesy."""

_TO_WHOM = r"(?:,? (?:there|again|back|all|both|everyone|everybody|folks|guys|team|ladies and gentlemen|[^\W\d_][\w.'-]*)){0,2}"
_THANKS = r"(?:(?:many )?thanks|thank you)(?: (?:so|very) much| a lot| again)?"
_COURTESY = (
    r"(?i:"
    # "Hi.", "Good afternoon, everyone, and welcome."
    rf"(?:(?:hi|hello|hey|greetings|welcome|hallo|bonjour|hola|guten tag)|good (?:morning|afternoon|evening|day)){_TO_WHOM}"
    r"(?:,? and (?:welcome|congrat|thank)\w*\b.*)?"
    # "Thank you, operator.", "Thanks so much, Dana."
    rf"|{_THANKS}{_TO_WHOM}|(?:danke|merci|gracias){_TO_WHOM}"
    # "Thanks for taking my question.", "Thank you all for joining us today."
    rf"|{_THANKS}(?: all)? for (?:(?:taking )?(?:my|the|our|your) (?:questions?|time|interest|color|follow-?up)|joining\b.*|having me\b.*)"
    # "Great, thanks.", "Okay.", "Got it."
    rf"|(?:great|perfect|okay|ok|sure|understood|got it|sounds good)(?:,? {_THANKS})?"
    # "Congratulations on the quarter."
    r"|congrat\w*(?: on .*)?"
    # "Please go ahead.", "Your line is open."
    r"|(?:.*,? )?please (?:go ahead|proceed)|your line is (?:now )?open"
    # "Our first question comes from Sam Lind with Fjord Securities."
    r"|(?:and )?(?:your|our|the) (?:\w+ )?question (?:today )?(?:comes|is coming|is) from .*"
    # "I will now turn the call over to Eline Haug."
    r"|(?:.*\b)?(?:turn|hand) (?:the (?:call|conference|floor)|it) (?:back )?(?:over )?to .*"
    r")[.!,:]*"
)
_HINTS = frozenset(
    [
        *(
            "hi",
            "hello",
            "hey",
            "greetings",
            "welcome",
            "hallo",
            "bonjour",
            "hola",
            "guten",
            "good",
            "thank",
            "thanks",
        ),
        *(
            "danke",
            "merci",
            "gracias",
            "great",
            "perfect",
            "okay",
            "ok",
            "sure",
            "understood",
            "got",
            "sounds",
        ),
        *("congrats", "congratulations", "please", "line", "question", "turn", "hand"),
    ]
)
"""Words of which each courtesy has one. Few other sentences do, so the pattern is seldom compiled, which takes 5 ms."""


def is_courtesy(sentence: str) -> bool:
    """Return whether a sentence only greets, thanks or hands over to somebody.

    >>> is_courtesy("Hi."), is_courtesy("Thank you, operator."), is_courtesy("Good morning, and welcome to the call.")
    (True, True, True)
    >>> is_courtesy("Thank you for 40 years."), is_courtesy("No."), is_courtesy("Good margins pay for growth.")
    (False, False, False)
    """
    words = sentence.split()
    if len(words) > MAX_WORDS or _HINTS.isdisjoint(word.strip(".,!:").lower() for word in words):
        return False
    return re.fullmatch(_COURTESY, sentence.strip()) is not None
