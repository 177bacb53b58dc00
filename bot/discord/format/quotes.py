"""Quotations as lines of a message, cut to the available length."""

from __future__ import annotations

from collections.abc import Sequence

from bot.discord.format.escape import clean, escape
from bot.discord.format.lengths import length, shortened
from bot.discord.format.message import Change
from bot.discord.format.sources import day
from bot.types import Quote


def quoted(quotes: Sequence[Quote], room: int, changes: Sequence[Change] = ()) -> list[str]:
    """Return the quotations in at most `room` units: short quotations whole, the others cut to equal shares.

    A changed quotation is shown in its new wording.
    """
    changed = {change.quote: change for change in changes}
    sizes = [length(_quote(q, changed.get(i))) + 1 for i, q in enumerate(quotes)]
    shares: dict[int, int] = {}
    left, waiting = room, sorted(range(len(quotes)), key=lambda i: sizes[i])
    for place, i in enumerate(waiting):
        shares[i] = min(sizes[i], left // (len(waiting) - place))
        left -= shares[i]
    return [_quote(q, changed.get(i), shares[i] - 1) for i, q in enumerate(quotes)]


def whole(quotes: Sequence[Quote], changes: Sequence[Change] = ()) -> int:
    """Return the length of the quotations when they are shown whole.

    >>> whole([Quote("It is.", 1, 0, 0, 6)])
    17
    """
    changed = {change.quote: change for change in changes}
    return sum(length(_quote(q, changed.get(i))) + 1 for i, q in enumerate(quotes))


def remark(change: Change) -> str:
    """Return the remark that words changed, which goes in front of new words or in place of removed words.

    >>> remark(Change(0, ""))
    'source changed: this statement was removed'
    """
    when = f"source changed on {day(change.on)}" if change.on else "source changed"
    return f"{when}; now reads:" if change.now else f"{when}: this statement was removed"


def _quote(quote: Quote, change: Change | None, most: int | None = None) -> str:
    quote = quote.shown
    if most is not None and length(full := _quote(quote, change)) <= most:
        return full
    if most is None and change is None and (quote.label or quote.before or quote.after):
        return _excerpt(quote)
    marker = f" **[{quote.citation}]**"
    lead, text, before = quote.lead, quote.text, ""
    if change is None and quote.is_code:
        return f"{shortened(text, 100_000 if most is None else most - length(marker), _code)}{marker}"
    if change is not None:
        lead, text, before = "", change.now, f"🔄 *{remark(change)}*{' ' if change.now else ''}"
    if most is None:
        lead_most = text_most = 100_000
    else:
        room = most - length(marker) - length(before) - 2
        lead_most = min(room // 3, length(_block(lead))) if lead else 0
        text_most = max(0, room - (lead_most + 1 if lead else 0))
    lines = [shortened(lead, lead_most, _block)] if lead and lead_most > 3 else []
    lines.append(f"> {before}" + shortened(text, text_most, _inner) + marker)
    return "\n".join(lines)


def _excerpt(quote: Quote) -> str:
    """Return a whole excerpt: the sentence that answers in bold, within the text around it, below its label."""
    lines = [f"**{escape(quote.label)}**"] if quote.label else []
    lines += [_block(quote.lead)] if quote.lead else []
    text = f"{_inner(quote.before)}**{_inner(quote.text)}**{_inner(quote.after)}"
    return "\n".join([*lines, f"> {text} **[{quote.citation}]**"])


def _code(text: str) -> str:
    """Return code as a block of fixed width that no backtick of the code can end."""
    plain = clean(text).replace("```", "'''")
    return f"```\n{plain}\n```"


def _block(text: str) -> str:
    return "\n".join(f"> {line}" for line in escape(text).split("\n") if line.strip())


def _inner(text: str) -> str:
    """Return the escaped text; all lines but the first begin with the mark of a quotation."""
    return "\n> ".join(line for line in escape(text).split("\n") if line.strip())
