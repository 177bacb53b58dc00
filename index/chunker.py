"""Split a document into passages: along headings, then blocks, then sentences, counted by the encoder itself.

What is encoded for a passage is `passage_text`, and for a sentence `sentence_text`. Neither is ever longer
than the encoder reads, and no word is lost: a sentence that is too long is cut between words, a word between
characters; headings that are too long are shortened (see `fit_header`) and stand in full in a passage of
their own, and so does the header row of a table that is too long to be repeated with its rows.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from index.documents.outline import shorten
from index.text import sentences
from index.types import Block, Document, Kind, Passage, Section, Sentence

TARGET = 160
"""Tokens, header included, that a passage of a long section aims at: about 110 words, a long paragraph.
Chosen by reading passages, not by measuring answers."""

TEAR = 0.05
"""What a cut within a list or table costs, where a passage twice as long as its share costs 1."""

Count = Callable[[str], int]


def header(title: str, headings: Sequence[str]) -> str:
    """Title and heading path, as they stand before what is encoded.

    >>> header("Nvidia", ("Key observations", "The margin is the prize"))
    'Nvidia > Key observations > The margin is the prize'
    """
    return " > ".join((title, *headings))


def passage_text(title: str, passage: Passage) -> str:
    """Exactly what is encoded for a passage: header, lead (if there is one) and text, one below the other."""
    top = passage.header or header(title, passage.headings)
    return _passage_text(top, passage.lead, passage.text)


def sentence_text(title: str, passage: Passage, sentence: Sentence) -> str:
    """Exactly what is encoded for a sentence: header, a colon, its lead (if it has one) and its words."""
    top = passage.header or header(title, passage.headings)
    return _sentence_text(top, sentence.lead, passage.quote(sentence))


def _passage_text(top: str, lead: str, text: str) -> str:
    return "\n".join((top, lead, text) if lead else (top, text))


def _sentence_text(top: str, lead: str, text: str) -> str:
    return f"{top}: {lead} {text}" if lead else f"{top}: {text}"


def fit_header(title: str, headings: Sequence[str], count: Count, limit: int) -> str:
    """The header in at most `limit` tokens: whole; else title and last heading, each shortened as needed.

    >>> fit_header("Nvidia", ("Key observations", "The margin is the prize"), len, 25)
    'Nvidia > … > The margin…'
    """
    whole = header(title, headings)
    if _short_enough(whole, limit) and count(whole) <= limit:
        return whole
    if headings:
        return _longest(lambda size: _shortened(title, headings, size), 4 * limit, count, limit)
    return _longest(lambda size: shorten(title, size), 8 * limit, count, limit)


def _shortened(title: str, headings: Sequence[str], size: int) -> str:
    between = ("…",) if len(headings) > 1 else ()
    return header(shorten(title, size), (*between, shorten(headings[-1], size)))


def _longest(text: Callable[[int], str], most: int, count: Count, limit: int) -> str:
    """The longest of text(1), text(2) ... text(most) that is short enough; an ellipsis alone if none is."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if count(text(middle)) <= limit:
            low = middle
        else:
            high = middle - 1
    return text(low) if low else "…"


def _short_enough(text: str, limit: int) -> bool:
    """Whether a text is worth counting: tokens of more than 32 characters on average are no language."""
    return len(text) <= 32 * limit


@dataclass(frozen=True, slots=True)
class _Piece:
    """A sentence, or as much of one as the encoder reads: a span of its block."""

    block: int
    start: int
    end: int
    kind: Kind
    sources: tuple[str, ...]
    lead: str
    cost: int
    """Tokens that it adds to a passage, roughly; at least one for 16 characters, so that words which the
    tokenizer does not know make no endless passages."""


def chunk(
    document: Document, sections: Iterable[Section], count: Count, max_tokens: int, target: int = TARGET
) -> tuple[Passage, ...]:
    """The passages of a document, in order.

    Passages never reach over a heading. A section longer than `target` tokens is cut at the blocks that
    balance its passages best, and rather not within a list or table; a block longer than the encoder reads is
    cut at sentences.

    Args:
        document: The title and id are read.
        sections: Its text.
        count: Tokens that the encoder reads for a text, its own marks included.
        max_tokens: The most that it reads.
        target: Tokens of a passage, header included, above which a section is cut.

    Raises:
        ValueError: `max_tokens` has no room for even one character below a header.
    """
    chunkers = [
        _Chunker(document, section, count, max_tokens, min(target, max_tokens))
        for section in sections
        if section.blocks
    ]
    told = {text for chunker in chunkers for text in chunker.above if chunker.shows(text)}
    passages: list[Passage] = []
    for chunker in chunkers:
        passages.extend(chunker.passages([text for text in chunker.above if text not in told]))
        told.update(chunker.above)
    return tuple(passages)


class _Chunker:
    """The passages of one section."""

    def __init__(self, document: Document, section: Section, count: Count, limit: int, target: int) -> None:
        self.document = document
        self.section = section
        self.count = count
        self.limit = limit
        self.target = target
        self.top = fit_header(document.title, section.heading.path, count, limit // 3)
        self.base = count(self.top)
        self.leads: dict[str, int] = {}
        self.guess = 0  # how many words or characters fitted last
        self.above = (document.title, *section.heading.path)

    def shows(self, text: str) -> bool:
        """Return whether the header, as it is encoded, has this title or heading in full."""
        return self.top == header(self.above[0], self.above[1:]) or text in self.top.split(" > ")

    def passages(self, shortened: Sequence[str] = ()) -> list[Passage]:
        """Return the passages, in order.

        Whatever the encoder does not read as a header or a lead becomes text: the titles and headings in
        `shortened`, and the header row of a table that is too long to be repeated with its rows.
        """
        line = self.section.heading.line
        blocks = [*(Block("prose", text, line, line) for text in shortened), *self.section.blocks]
        self.section = replace(self.section, blocks=tuple(blocks))
        passages = self.chunked()
        read = {line for passage in passages for line in f"{passage.lead}\n{passage.text}".split("\n")}
        leads = {block.lead: block for block in reversed(blocks) if block.kind == "row" and block.lead}
        lost = {lead: block for lead, block in leads.items() if lead not in read}
        if not lost:
            return passages
        for lead, block in lost.items():
            place = next(i for i, other in enumerate(blocks) if other is block)
            blocks.insert(place, Block("row", lead, block.first_line, block.first_line))
        self.section = replace(self.section, blocks=tuple(blocks))
        return self.chunked()

    def chunked(self) -> list[Passage]:
        """Return the passages of the blocks as they are."""
        pieces = [
            piece for number, block in enumerate(self.section.blocks) for piece in self.pieces(number, block)
        ]
        found: list[Passage] = []
        for group in self.groups(pieces):
            found.extend(self.fitting(group))
        return found

    def pieces(self, number: int, block: Block) -> Iterable[_Piece]:
        """A block's sentences, cut where the encoder would."""
        whole = block.kind in {"row", "code"}
        spans = ((0, len(block.text)),) if whole else sentences.split(block.text)
        lead = (
            block.lead if block.lead and self.lead_cost(block.lead) <= (self.limit - self.base) // 2 else ""
        )
        for (start, end), cited in zip(spans, _cited(block, spans), strict=True):
            text = block.text[start:end]
            for form in dict.fromkeys((lead, "")):
                tokens = self.sentence_tokens(form, text)
                if tokens <= self.limit:
                    cost = max(1, len(text) // 16, tokens - self.base - self.lead_cost(form))
                    yield _Piece(number, start, end, block.kind, cited, form, cost)
                    break
            else:
                at = start
                while at < end:
                    stop = self.stop(block.text, at, end)
                    cost = max(1, (stop - at) // 16, self.count(block.text[at:stop]))
                    yield _Piece(number, at, stop, block.kind, cited, "", cost)
                    at = _past_space(block.text, stop)

    def lead_cost(self, lead: str) -> int:
        """Tokens that a lead adds, roughly."""
        if not lead:
            return 0
        if lead not in self.leads:
            self.leads[lead] = self.sentence_tokens("", lead) - self.base
        return self.leads[lead]

    def sentence_tokens(self, lead: str, text: str) -> int:
        """Tokens of a sentence as it is encoded; more than the limit for what is too long to count."""
        encoded = _sentence_text(self.top, lead, text)
        return self.count(encoded) if _short_enough(encoded, self.limit) else self.limit + 1

    def stop(self, text: str, start: int, end: int) -> int:
        """Where to cut so that the most of a text fits, as sentence and as passage; between words if any."""

        def fits(stop: int) -> bool:
            part = text[start:stop]
            return (
                self.count(_sentence_text(self.top, "", part)) <= self.limit
                and self.count(_passage_text(self.top, "", part)) <= self.limit
            )

        farthest = min(end, start + 32 * self.limit)
        stops = [at for at in range(start + 1, farthest) if text[at] == " "]
        if farthest == end:
            stops.append(end)
        found = _last_that_fits(stops, fits, self.guess)
        if found < 0:
            stops = list(range(start + 1, farthest + 1))
            found = _last_that_fits(stops, fits, self.guess)
        if found < 0:
            message = (
                f"the encoder's limit of {self.limit} tokens has no room for a character under a heading; "
                "choose an encoder that reads more"
            )
            raise ValueError(message)
        self.guess = found
        return stops[found]

    def groups(self, pieces: Sequence[_Piece]) -> Iterable[Sequence[_Piece]]:
        """The pieces of each passage, by estimate."""
        units = self.units(pieces)
        room = self.limit - self.base
        total = sum(_cost(unit) for unit in units)
        aim = max(1, self.target - self.base)
        ideal = total / -(-total // aim) if total else 1
        # cheapest[i]: the least cost of the units from i on; the first cut after i is at cut[i].
        cheapest = [0.0] * (len(units) + 1)
        cut = [len(units)] * (len(units) + 1)
        for start in range(len(units) - 1, -1, -1):
            size, best, lead = 0, float("inf"), ""
            for end in range(start + 1, len(units) + 1):
                unit = units[end - 1]
                size += _cost(unit)
                if unit[0].lead != lead:
                    lead = unit[0].lead
                    size += self.lead_cost(lead)
                if size > room and end > start + 1:
                    break
                tears = end < len(units) and bool(units[end][0].lead)
                cost = ((size - ideal) / ideal) ** 2 + tears * TEAR + cheapest[end]
                if cost < best:
                    best, cut[start] = cost, end
            cheapest[start] = best
        start = 0
        while start < len(units):
            yield [piece for unit in units[start : cut[start]] for piece in unit]
            start = cut[start]

    def units(self, pieces: Sequence[_Piece]) -> list[list[_Piece]]:
        """What is not cut by choice: blocks; the sentences of a block that is too long for one passage."""
        blocks: list[list[_Piece]] = []
        for piece in pieces:
            if blocks and blocks[-1][-1].block == piece.block:
                blocks[-1].append(piece)
            else:
                blocks.append([piece])
        units: list[list[_Piece]] = []
        for block in blocks:
            if self.base + self.lead_cost(block[0].lead) + _cost(block) <= self.limit:
                units.append(block)
            else:
                units.extend([piece] for piece in block)
        return units

    def fitting(self, pieces: Sequence[_Piece]) -> Iterable[Passage]:
        """The passage of these pieces; halves of it where the estimate was too low."""
        passage = self.passage(pieces)
        if self.count(_passage_text(self.top, passage.lead, passage.text)) <= self.limit:
            yield passage
        elif len(pieces) > 1:
            yield from self.fitting(pieces[: len(pieces) // 2])
            yield from self.fitting(pieces[len(pieces) // 2 :])
        else:
            yield from self.fitting(self.smaller(pieces[0]))

    def smaller(self, piece: _Piece) -> list[_Piece]:
        """A piece that is too long for a passage of its own: without its lead, or cut in two."""
        if piece.lead:
            return [_Piece(piece.block, piece.start, piece.end, piece.kind, piece.sources, "", piece.cost)]
        text = self.section.blocks[piece.block].text
        stop = self.stop(text, piece.start, piece.end)
        cuts = ((piece.start, stop), (_past_space(text, stop), piece.end))
        return [
            _Piece(piece.block, start, end, piece.kind, piece.sources, "", piece.cost)
            for start, end in cuts
            if start < end
        ]

    def passage(self, pieces: Sequence[_Piece]) -> Passage:
        """One passage of these pieces."""
        blocks = self.section.blocks
        text = ""
        found: list[Sentence] = []
        leads: list[str] = []
        for number, piece in enumerate(pieces):
            if number and piece.block != pieces[number - 1].block:
                text += "\n"
            elif number:
                text += blocks[piece.block].text[pieces[number - 1].end : piece.start]
            start = len(text)
            text += blocks[piece.block].text[piece.start : piece.end]
            line = _line(blocks[piece.block], piece.start)
            found.append(Sentence(start, len(text), line, piece.kind, piece.sources, piece.lead))
            leads.append(piece.lead)
        lead = "\n".join(lead for lead in dict.fromkeys(leads) if lead and lead not in text)
        whole = header(self.document.title, self.section.heading.path)
        last = pieces[-1]
        return Passage(
            self.document.id,
            self.section.heading.path,
            self.section.heading.anchor,
            found[0].line,
            blocks[last.block].last_line
            if last.end == len(blocks[last.block].text)
            else _line(blocks[last.block], last.end - 1),
            text,
            tuple(found),
            lead,
            "" if self.top == whole else self.top,
        )


def _cost(unit: Sequence[_Piece]) -> int:
    return sum(piece.cost for piece in unit)


def _past_space(text: str, at: int) -> int:
    while at < len(text) and text[at] == " ":
        at += 1
    return at


def _last_that_fits(sizes: Sequence[int], fits: Callable[[int], bool], guess: int) -> int:
    """The place of the last of ascending sizes that fits, sought around a guess; -1 if the first does not."""
    low, high = -1, len(sizes)  # the last that is known to fit, the first that is known not to
    at, step = min(guess, high - 1), 1
    while high - low > 1:
        if fits(sizes[at]):
            low = at
        else:
            high = at
        if low < 0:
            at = max(0, high - step)
        elif high == len(sizes):
            at = min(high - 1, low + step)
        else:
            at = (low + high) // 2
        step *= 2
    return low


def _line(block: Block, offset: int) -> int:
    """The file's line of an offset in a block."""
    return min(block.last_line, block.first_line + bisect_right(block.breaks, offset))


def _cited(block: Block, spans: Sequence[tuple[int, int]]) -> list[tuple[str, ...]]:
    """The sources of each sentence: a mark belongs to the last sentence that begins before it."""
    starts = [start for start, _ in spans]
    cited: list[dict[str, None]] = [{} for _ in spans]
    for mark in block.marks if spans else ():
        cited[max(0, bisect_right(starts, mark.offset - 1) - 1)][mark.source] = None
    return [tuple(ids) for ids in cited]
