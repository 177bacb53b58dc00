"""The division of documents into passages: at headings, then between blocks, then between sentences.

The text that is encoded for a passage or a sentence (see index.encoded_text) stays within the encoder's token
limit, counted with its own tokenizer, and no word is lost: an over-long sentence is cut between words, an over-long
word between characters. Over-long headings are shortened and repeated in full as text of their own, and so is a
table's header row that is too long to repeat with its rows.
"""

from __future__ import annotations

import functools
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from index.encoded_text import (
    MAX_CHARS_PER_TOKEN,
    Count,
    encoded_passage,
    encoded_sentence,
    fit_header,
    header,
    is_countable,
)
from index.text import sentences
from index.types import LEAD_SEPARATOR, Block, Document, Kind, Passage, Section, Sentence

TARGET_TOKENS = 160
"""The size that passages of a long section aim at, header included: about 110 words, a long paragraph.
The value was chosen by reading passages, not by measuring answers."""

LIST_CUT_COST = 0.05
"""The cost of a cut inside a list or table; a passage of twice the ideal size costs 1."""

MIN_TOKENS_PER_CHAR = 1 / 16
"""The least estimate of tokens for a character. A long word that the tokenizer does not know is one token; without
this minimum, a passage of such words would have no end."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A sentence, or a part of an over-long sentence, as a span of its block."""

    block: int
    """The index of the block in its section."""
    start: int
    end: int
    kind: Kind
    sources: tuple[str, ...]
    lead: str
    cost: int
    """The estimated number of tokens that the piece adds to a passage (see `MIN_TOKENS_PER_CHAR`)."""


def chunk(
    document: Document,
    sections: Iterable[Section],
    count: Count,
    max_tokens: int,
    target: int = TARGET_TOKENS,
) -> tuple[Passage, ...]:
    """Return the passages of a document, in order.

    A passage never crosses a heading. A section longer than `target` tokens is cut between blocks so that its
    passages have similar sizes, preferably not inside a list or table. A block longer than the encoder reads is
    cut between sentences.

    Args:
        document: The document; its id and title go into the passages.
        sections: The text of the document.
        count: Returns the number of tokens that the encoder reads for a text, its special tokens included.
        max_tokens: The most tokens that the encoder reads.
        target: The size, header included, above which a section is cut.

    Raises:
        ValueError: `max_tokens` has no room for even one character below a header.
    """
    chunkers = [
        _SectionChunker(document, section, count, max_tokens, min(target, max_tokens))
        for section in sections
        if section.blocks
    ]
    shown = {text for chunker in chunkers for text in chunker.headings_shown()}
    passages: list[Passage] = []
    for chunker in chunkers:
        passages.extend(
            chunker.passages([text for text in dict.fromkeys(chunker.headings) if text not in shown])
        )
        shown.update(chunker.headings)
    return tuple(passages)


class _SectionChunker:
    """The passages of one section."""

    def __init__(self, document: Document, section: Section, count: Count, limit: int, target: int) -> None:
        self.document = document
        self.section = section
        self.count = count
        self.limit = limit
        self.target = target
        self.headings = (document.title, *section.heading.path)
        self.full_header = header(document.title, section.heading.path)
        count_header = functools.cache(count)  # counting is slow, and the header that fits is counted twice
        self.header = fit_header(document.title, section.heading.path, count_header, limit // 3)
        self.header_tokens = count_header(self.header)
        self._lead_tokens: dict[str, int] = {}
        self._last_stop = 0  # the words or characters that fitted last; the next search starts there

    def headings_shown(self) -> Iterable[str]:
        """Return the title and the headings that the encoded header has in full."""
        if self.header == self.full_header:
            return self.headings
        parts = self.header.split(" > ")
        return [text for text in self.headings if text in parts]

    def passages(self, more_text: Sequence[str] = ()) -> list[Passage]:
        """Return the passages, in order.

        The titles and headings in `more_text`, which no header shows in full, become text at the top, and a
        table's header row that is too long to repeat becomes text above its rows.
        """
        if more_text:
            line = self.section.heading.line
            self._set_blocks(
                [*(Block("prose", text, line, line) for text in more_text), *self.section.blocks]
            )
        passages = self._split()
        missing = _missing_header_rows(self.section.blocks, passages)
        if not missing:
            return passages
        blocks: list[Block] = []
        for block in self.section.blocks:
            if block.kind == "row" and block.lead in missing:
                missing.remove(block.lead)
                blocks.append(Block("row", block.lead, block.first_line, block.first_line))
            blocks.append(block)
        self._set_blocks(blocks)
        return self._split()

    def _set_blocks(self, blocks: Iterable[Block]) -> None:
        self.section = replace(self.section, blocks=tuple(blocks))

    def _split(self) -> list[Passage]:
        """Return the passages of the blocks as they are."""
        pieces = [
            piece for number, block in enumerate(self.section.blocks) for piece in self._pieces(number, block)
        ]
        return [passage for group in self._groups(pieces) for passage in self._fit(group)]

    def _pieces(self, number: int, block: Block) -> Iterable[_Piece]:
        """Yield the sentences of a block, over-long sentences in parts."""
        room = self.limit - self.header_tokens
        lead = next((form for form in lead_forms(block.lead) if self._count_lead(form) <= room // 2), "")
        spans = sentence_spans(block)
        for (start, end), cited in zip(spans, _cited(block, spans), strict=True):
            text = block.text[start:end]
            for form in dict.fromkeys((*lead_forms(lead), "")):
                tokens = self._count_sentence(form, text)
                if tokens <= self.limit:
                    cost = _cost(end - start, tokens - self.header_tokens - self._count_lead(form))
                    yield _Piece(number, start, end, block.kind, cited, form, cost)
                    break
            else:
                at = start
                while at < end:
                    stop = self._stop(block.text, at, end)
                    cost = _cost(stop - at, self.count(block.text[at:stop]))
                    yield _Piece(number, at, stop, block.kind, cited, "", cost)
                    at = _past_space(block.text, stop)

    def _count_lead(self, lead: str) -> int:
        """Return the estimated number of tokens that a lead adds."""
        if not lead:
            return 0
        if lead not in self._lead_tokens:
            self._lead_tokens[lead] = self._count_sentence("", lead) - self.header_tokens
        return self._lead_tokens[lead]

    def _count_sentence(self, lead: str, text: str) -> int:
        """Return the tokens of a sentence as it is encoded; more than the limit if it is too long to count."""
        encoded = encoded_sentence(self.header, lead, text)
        return self.count(encoded) if is_countable(encoded, self.limit) else self.limit + 1

    def _stop(self, text: str, start: int, end: int) -> int:
        """Return the farthest cut after which `text[start:]` fits as a sentence and as a passage.

        The cut is between lines of code, between words, or between characters if not even one word fits.
        """

        def fits(stop: int) -> bool:
            part = text[start:stop]
            return (
                self.count(encoded_sentence(self.header, "", part)) <= self.limit
                and self.count(encoded_passage(self.header, "", part)) <= self.limit
            )

        farthest = min(end, start + MAX_CHARS_PER_TOKEN * self.limit)
        whole = [end] if farthest == end else []
        lines = [at for at in range(start + 1, farthest) if text[at] == "\n"]
        words = [at for at in range(start + 1, farthest) if text[at].isspace()]
        for stops in (lines + whole if lines else [], words + whole, range(start + 1, farthest + 1)):
            found = _last_that_fits(stops, fits, self._last_stop)
            if found >= 0:
                break
        else:
            message = (
                f"the encoder's limit of {self.limit} tokens has no room for a character under a heading; "
                "choose an encoder that reads more"
            )
            raise ValueError(message)
        self._last_stop = found
        return stops[found]

    def _groups(self, pieces: Sequence[_Piece]) -> Iterable[Sequence[_Piece]]:
        """Yield the pieces of each passage, chosen by their estimated sizes."""
        units = self._units(pieces)
        cuts = self._cuts(units)
        start = 0
        while start < len(units):
            yield [piece for unit in units[start : cuts[start]] for piece in unit]
            start = cuts[start]

    def _cuts(self, units: Sequence[Sequence[_Piece]]) -> list[int]:
        """Return for each unit where the passage that begins with it should end, so that the total cost is least.

        A passage costs the square of its relative distance from the ideal size, a cut in a list or table
        `LIST_CUT_COST`. Solved from the last unit to the first (dynamic programming).
        """
        room = self.limit - self.header_tokens
        total = sum(_total_cost(unit) for unit in units)
        aim = max(1, self.target - self.header_tokens)
        ideal = total / -(-total // aim) if total else 1
        least = [0.0] * (len(units) + 1)  # the least cost of all passages from a unit on
        cuts = [len(units)] * (len(units) + 1)
        for start in range(len(units) - 1, -1, -1):
            size, best, lead = 0, float("inf"), ""
            for end in range(start + 1, len(units) + 1):
                unit = units[end - 1]
                size += _total_cost(unit)
                if unit[0].lead != lead:
                    lead = unit[0].lead
                    size += self._count_lead(lead)
                if size > room and end > start + 1:
                    break
                cuts_list = end < len(units) and bool(units[end][0].lead)
                cost = ((size - ideal) / ideal) ** 2 + cuts_list * LIST_CUT_COST + least[end]
                if cost < best:
                    best, cuts[start] = cost, end
            least[start] = best
        return cuts

    def _units(self, pieces: Sequence[_Piece]) -> list[list[_Piece]]:
        """Return the groups of pieces that stay together: each block, or each sentence of an over-long block."""
        blocks: list[list[_Piece]] = []
        for piece in pieces:
            if blocks and blocks[-1][-1].block == piece.block:
                blocks[-1].append(piece)
            else:
                blocks.append([piece])
        units: list[list[_Piece]] = []
        for block in blocks:
            if self.header_tokens + self._count_lead(block[0].lead) + _total_cost(block) <= self.limit:
                units.append(block)
            else:
                units.extend([piece] for piece in block)
        return units

    def _fit(self, pieces: Sequence[_Piece]) -> Iterable[Passage]:
        """Yield the passage of the pieces, or several smaller passages if the estimate was too low."""
        passage = self._passage(pieces)
        if self.count(encoded_passage(self.header, passage.lead, passage.text)) <= self.limit:
            yield passage
        elif len(pieces) > 1:
            yield from self._fit(pieces[: len(pieces) // 2])
            yield from self._fit(pieces[len(pieces) // 2 :])
        else:
            yield from self._fit(self._smaller(pieces[0]))

    def _smaller(self, piece: _Piece) -> list[_Piece]:
        """Return a piece that is too long for a passage without its lead or, if it has no lead, cut in two."""
        if piece.lead:
            return [replace(piece, lead="")]
        text = self.section.blocks[piece.block].text
        stop = self._stop(text, piece.start, piece.end)
        cuts = ((piece.start, stop), (_past_space(text, stop), piece.end))
        return [replace(piece, start=start, end=end) for start, end in cuts if start < end]

    def _passage(self, pieces: Sequence[_Piece]) -> Passage:
        """Return one passage of the pieces."""
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
            "" if self.header == self.full_header else self.header,
        )


def _missing_header_rows(blocks: Iterable[Block], passages: Iterable[Passage]) -> set[str]:
    """Return the header rows of tables that no passage has as its lead or as a line of its text."""
    header_rows = {block.lead for block in blocks if block.kind == "row" and block.lead}
    if header_rows:
        for passage in passages:
            header_rows.difference_update(passage.lead.split("\n"), passage.text.split("\n"))
    return header_rows


def lead_forms(lead: str) -> list[str]:
    """Return a lead in full, and without more and more of its outer parts.

    >>> lead_forms("Hardware › Racks ›"), lead_forms("Team | Q4"), lead_forms("")
    (['Hardware › Racks ›', 'Racks ›'], ['Team | Q4'], [])
    """
    if not lead.endswith(LEAD_SEPARATOR):
        return [lead] if lead else []
    parts = lead.removesuffix(LEAD_SEPARATOR).strip().split(f" {LEAD_SEPARATOR} ")
    return [f" {LEAD_SEPARATOR} ".join(parts[at:]) + f" {LEAD_SEPARATOR}" for at in range(len(parts))]


def sentence_spans(block: Block) -> Sequence[tuple[int, int]]:
    """Return the sentences of a block as spans; a table row or code is one sentence."""
    return ((0, len(block.text)),) if block.kind in {"row", "code"} else sentences.split(block.text)


def _cost(chars: int, tokens: int) -> int:
    """Return the estimated number of tokens that a piece of so many characters and tokens adds to a passage."""
    return max(1, int(chars * MIN_TOKENS_PER_CHAR), tokens)


def _total_cost(pieces: Sequence[_Piece]) -> int:
    return sum(piece.cost for piece in pieces)


def _past_space(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _last_that_fits(sizes: Sequence[int], fits: Callable[[int], bool], guess: int) -> int:
    """Return the index of the last of ascending sizes that fits, or -1 if the first does not fit.

    The search starts at the index `guess` and doubles its steps until it has passed the last size that fits.
    """
    low, high = -1, len(sizes)  # the last index that is known to fit, the first that is known not to fit
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
    """Return the line of the file at an offset of a block."""
    return min(block.last_line, block.first_line + bisect_right(block.breaks, offset))


def _cited(block: Block, spans: Sequence[tuple[int, int]]) -> list[tuple[str, ...]]:
    """Return the sources of each sentence. A mark belongs to the last sentence that begins before it."""
    starts = [start for start, _ in spans]
    cited: list[dict[str, None]] = [{} for _ in spans]
    for mark in block.marks if spans else ():
        cited[max(0, bisect_right(starts, mark.offset - 1) - 1)][mark.source] = None
    return [tuple(ids) for ids in cited]
