"""Series of figures from the documents' front matter."""

from __future__ import annotations

from bot.corpus.figures import collect
from index.text.tokenizer import terms
from index.types import Document, Point, Series, Source


def test_a_forecast_is_not_current() -> None:
    """A value for a time after its source was published counts only if there is no other."""
    sources = (Source("s", "S", "S", "https://example.org", published="2026-05-20"),)
    told, guided = Point("2026-04", 81.6, "s"), Point("2026-07", 91.0, "s")

    def current(*points: Point) -> tuple[Point, ...]:
        series = (Series("Nvidia", "revenue", "USD billion", points),)
        (found,) = collect([Document("n", "n.md", "N", sources=sources, figures=series)], terms)
        return found.current

    assert current(told, guided) == (told,)
    assert current(guided) == (guided,)


def test_points_of_all_documents_are_in_order_of_time() -> None:
    """Newest first, whatever their form; equal values are one."""
    forms = ("2026-06", "2026-Q1", "2025", "2026-06", "2026-H1")
    documents = [
        Document(str(n), f"{n}.md", "O", figures=(Series("O", "m", "u", (Point(at, 1.0, "a"),)),))
        for n, at in enumerate(forms)
    ]
    (found,) = collect(documents, terms)
    assert [point.as_of for point in found.points] == ["2026-06", "2026-06", "2026-H1", "2026-Q1", "2025"]
    assert len(found.current) == 1
