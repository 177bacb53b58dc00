"""Replies for tests, and a way to make any reply at all."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from bot.types import Abstention, Answer, Citation, Quote, Table, TableRow
from index.types import Source

SERIES_G = Source("g", "Anthropic", "Series G", "https://anthropic.example/series-g", "2026-02-12")


def citation(number: int = 1, **values: object) -> Citation:
    """The citation of a heading, with any of its fields changed."""
    fields: dict[str, object] = {
        "number": number,
        "document": "models/anthropic",
        "title": "Anthropic",
        "headings": ("Revenue is real",),
        "path": "models/anthropic.md",
        "first_line": 12,
        "last_line": 14,
        "link": "https://library.example/models/anthropic.md#revenue-is-real",
        "reviewed": date(2026, 11, 1),
        "stale": False,
        "sources": (SERIES_G,),
    }
    return Citation(**fields | values)  # type: ignore[arg-type]


def answer(*texts: str, sources: tuple[Source, ...] = (SERIES_G,), **values: object) -> Answer:
    """An answer that quotes these texts, each under a citation of its own."""
    quotes = tuple(Quote(text, n, n, 0, len(text)) for n, text in enumerate(texts, start=1))
    fields: dict[str, object] = {
        "id": "A-7f3c21d9",
        "question": "What is the run rate?",
        "generation": "20261124T075100000000Z-0badcafe",
        "confidence": 0.9,
        "quotes": quotes,
        "citations": tuple(citation(n, sources=sources) for n in range(1, len(texts) + 1)),
    }
    return Answer(**fields | values)  # type: ignore[arg-type]


def abstention(**values: object) -> Abstention:
    """An abstention that names the nearest heading."""
    fields: dict[str, object] = {
        "id": "A-0badcafe",
        "question": "Who baked the bread?",
        "generation": "20261124T075100000000Z-0badcafe",
        "confidence": 0.1,
        "reason": "not covered",
        "message": "I found no answer to this in the library.",
        "nearest": (citation(),),
    }
    return Abstention(**fields | values)  # type: ignore[arg-type]


words = st.text(st.characters(codec="utf-8"), max_size=60)
long_words = st.one_of(words, st.integers(1, 120).flatmap(lambda n: words.map(lambda w: f"{w} " * n)))
days = st.dates(date(2020, 1, 1), date(2030, 1, 1))
addresses = st.one_of(
    words,
    st.text("abc(<)>[]%&=/", max_size=300).map("https://example.org/".__add__),
    st.just("https://discord.gg/x"),
)
published = st.sampled_from(["", "2026", "2026-04", "2026-04-06", "soon"])
public_sources = st.builds(Source, words, long_words, long_words, addresses, published, published)


rows = st.builds(
    TableRow, long_words, words, words, published, st.sampled_from(["reported", "guided"]), st.integers(1, 4)
)
tables = st.builds(
    Table,
    long_words,
    st.lists(rows, min_size=1, max_size=12).map(tuple),
    st.lists(long_words, max_size=4).map(tuple),
)


@st.composite
def any_answers(draw: st.DrawFn) -> Answer:
    """Any answer at all: hostile texts, many sources, long titles."""
    quotes, citations = _evidence(draw)
    return answer(
        quotes=quotes,
        citations=citations,
        notes=tuple(draw(st.lists(long_words, max_size=2))),
        table=draw(st.none() | tables),
    )


@st.composite
def any_abstentions(draw: st.DrawFn) -> Abstention:
    """Any abstention at all."""
    quotes, citations = _evidence(draw) if draw(st.booleans()) else ((), ())
    _, nearest = _evidence(draw)
    return abstention(quotes=quotes, citations=citations, nearest=nearest, message=draw(long_words))


def _evidence(draw: st.DrawFn) -> tuple[tuple[Quote, ...], tuple[Citation, ...]]:
    count = draw(st.integers(1, 4))
    texts = [draw(long_words.filter(str.strip)) for _ in range(count)]
    leads = [draw(st.one_of(st.just(""), long_words)) for _ in range(count)]
    quotes = tuple(
        Quote(text, n, n, 0, len(text), lead)
        for n, (text, lead) in enumerate(zip(texts, leads, strict=True), start=1)
    )
    citations = tuple(
        citation(
            n,
            title=draw(long_words),
            headings=tuple(draw(st.lists(long_words, max_size=3))),
            link=draw(addresses),
            path=draw(words),
            stale=draw(st.booleans()),
            facts_to=draw(st.none() | days),
            sources=tuple(draw(st.lists(public_sources, max_size=8))),
        )
        for n in range(1, count + 1)
    )
    return quotes, citations
