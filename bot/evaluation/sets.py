"""Gold questions that ask for a set of entries, and the grade of a reply to one: all entries right, none wrong."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from bot.errors import GoldError
from bot.text.quantities import quantities
from bot.types import Answer

if TYPE_CHECKING:
    from bot.library import Library
    from bot.types import Citation, Quote, Reply, TableRow

_WORD = re.compile(r"[^\W_]+")
_ENTRY_KEYS = frozenset(["entity", "value", "date", "document"])
_KEYS = frozenset(["id", "question", "kind", "today", "shape", "entries", "count", "acceptable"])


@dataclass(frozen=True, slots=True)
class GoldEntry:
    """An entry of the set that a question asks for."""

    entity: str
    """The name as the document writes it; for a list without numbers the first words of the item or the heading."""
    value: str = ""
    """The value, verbatim; "" for an item."""
    date: str = ""
    document: str = ""


@dataclass(frozen=True, slots=True)
class GoldSet:
    """A question with the entries that answer it; without entries if the library cannot answer it."""

    id: str
    question: str
    today: date
    shape: str
    """The arrangement that the question asks for: "rank", "count", "items"."""
    entries: tuple[GoldEntry, ...]
    acceptable: tuple[GoldEntry, ...] = ()
    """Entries that are right but not needed."""
    count: int | None = None


@dataclass(frozen=True, slots=True)
class SetGrade:
    """The grade of a reply to a question for a set. A field is a key of the JSON form."""

    id: str
    shape: str
    question: str
    is_right: bool
    """True if the reply has every entry and no other, or abstains where the library has no entry."""
    missing: tuple[str, ...]
    wrong: tuple[str, ...]
    """The shown entries that are in no list of the question."""
    foreign: tuple[str, ...]
    """The wrong entries whose value belongs to another entity of the question: the gravest fault."""
    shown: int


def is_set_file(path: Path) -> bool:
    """Return whether a YAML file has questions for sets: its questions have `entries`."""
    return bool(re.search(r"^\s+entries:", path.read_text(encoding="utf-8", errors="replace"), re.MULTILINE))


def set_files(path: Path) -> list[Path]:
    """Return the files of questions for sets at a path: the file itself, or those in a folder."""
    files = sorted(path.rglob("*.y*ml")) if path.is_dir() else [path]
    return [file for file in files if file.is_file() and is_set_file(file)]


def read(path: Path) -> tuple[GoldSet, ...]:
    """Return the questions of a file; raises GoldError, which names the file and the question."""
    try:
        listed = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as fault:
        raise GoldError(f"{path}: the file is not YAML: {str(fault).splitlines()[0]}") from None
    if not isinstance(listed, list):
        raise GoldError(f"{path}: questions for sets are a list; begin each with “- id: …”")
    return tuple(_question(item, path) for item in listed)


def _question(item: Any, path: Path) -> GoldSet:
    name = item.get("id", item) if isinstance(item, dict) else item
    if not isinstance(item, dict) or not {"id", "question", "shape", "entries"} <= item.keys() <= _KEYS:
        raise GoldError(f"{path}: {name}: a question has the keys {', '.join(sorted(_KEYS))}")
    today = item.get("today") or date.today()
    return GoldSet(
        str(item["id"]),
        str(item["question"]),
        today if isinstance(today, date) else date.fromisoformat(str(today)),
        str(item["shape"]),
        tuple(_entry(entry, name, path) for entry in item["entries"]),
        tuple(_entry(entry, name, path) for entry in item.get("acceptable") or ()),
        item.get("count"),
    )


def _entry(item: Any, name: str, path: Path) -> GoldEntry:
    if not isinstance(item, dict) or "entity" not in item or not item.keys() <= _ENTRY_KEYS:
        raise GoldError(f"{path}: {name}: an entry has the keys {', '.join(sorted(_ENTRY_KEYS))}")
    return GoldEntry(**{key: str(value) for key, value in item.items()})


@dataclass(frozen=True, slots=True)
class _Shown:
    """An entry that a reply shows: a row of its table, or else one of its quotations."""

    entity: str
    value: str
    context: str
    """The text in which the entry stands: its quotation with the place."""
    is_row: bool


def grade(reply: Reply, gold: GoldSet) -> SetGrade:
    """Return the grade of a reply.

    An entry is shown by a row with its entity and its value, or by a quotation that has both. A row with a value but another
    entity is wrong, and so is a quotation that shows no entry.
    """
    shown = list(_shown(reply))
    known = (*gold.entries, *gold.acceptable)
    missing = [entry for entry in gold.entries if not any(_matches(one, entry) for one in shown)]
    wrong = [one for one in shown if not any(_matches(one, entry) for entry in known)]
    # A reply on changes has a metric in place of an entity.
    rows = [one for one in wrong if one.is_row and gold.shape != "changed"]
    foreign = [one for one in rows if any(_same_value(one.value, entry.value) for entry in known)]
    is_right = not missing and not wrong and (bool(gold.entries) == isinstance(reply, Answer))
    if gold.count is not None and is_right:
        is_right = len({one.entity for one in shown}) >= gold.count or len(shown) >= gold.count
    return SetGrade(
        gold.id,
        gold.shape,
        gold.question,
        is_right,
        tuple(f"{entry.entity} {entry.value}".strip() for entry in missing),
        tuple(f"{one.entity} {one.value}".strip()[:120] for one in wrong),
        tuple(f"{one.entity} {one.value}".strip() for one in foreign),
        len(shown),
    )


def _shown(reply: Reply) -> Iterable[_Shown]:
    """Yield the entries of a reply; the quotations of an abstention are not entries."""
    if not isinstance(reply, Answer):
        return
    places = {citation.number: citation for citation in reply.citations}
    if reply.table is not None:
        for row in reply.table.rows:
            quoted = [quote for quote in reply.quotes if quote.citation == row.citation]
            yield _row(row, quoted, places[row.citation])
        return
    for quote in reply.quotes:
        place = places[quote.citation]
        text = " ".join((place.title, *place.headings, quote.label, quote.lead, quote.excerpt))
        yield _Shown(quote.label or quote.excerpt, quote.excerpt, text, False)


def _row(row: TableRow, quoted: Sequence[Quote], place: Citation) -> _Shown:
    sentences = [quote.excerpt for quote in quoted if row.value in quote.excerpt]
    return _Shown(
        row.entity, row.value, " ".join((row.entity, place.title, *place.headings, *sentences)), True
    )


def _matches(shown: _Shown, entry: GoldEntry) -> bool:
    """Return whether a shown entry is an entry of the question."""
    if entry.value and not _same_value(shown.value, entry.value) and entry.value not in shown.value:
        return False
    words = set(_words(entry.entity))
    if shown.is_row:
        named = set(_words(shown.entity))
        proper = {word.lower() for word in _WORD.findall(entry.entity) if not word.islower()}
        is_same = named <= words or words <= named or bool(proper and proper <= named)
        return bool(named) and (is_same or words <= set(_words(shown.context)))
    return words <= set(_words(shown.context))


def _same_value(shown: str, wanted: str) -> bool:
    """Return whether two texts state an equal amount; a value without its unit equals the number with it.

    >>> _same_value("$65 billion", "about $65 billion"), _same_value("65", "$65 billion"), _same_value("$6 billion", "$65 billion")
    (True, True, False)
    """

    def amounts(text: str) -> set[Decimal]:
        found = {abs(one.value) for one in quantities(text)}
        return found | {_unscaled(value) for value in found}

    return bool(wanted) and bool(amounts(shown) & amounts(wanted))


def _unscaled(value: Decimal) -> Decimal:
    """Return a value without its thousands: 65 for 65,000,000,000."""
    while value >= 1000 and value % 100 == 0:
        value /= 1000
    return value


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]


@dataclass(frozen=True, slots=True)
class SetReport:
    """The grades of all questions."""

    grades: tuple[SetGrade, ...]

    @property
    def share(self) -> float:
        """The share of replies with the right set."""
        return sum(grade.is_right for grade in self.grades) / len(self.grades) if self.grades else 0.0

    def json(self) -> Mapping[str, Any]:
        """Return the report in JSON form."""
        foreign = sum(len(grade.foreign) for grade in self.grades)
        return {
            "right": self.share,
            "foreign": foreign,
            "questions": [asdict(grade) for grade in self.grades],
        }

    def text(self) -> str:
        """Return a table with the share of right sets for each shape, and the questions that are not right."""
        asked = Counter(grade.shape for grade in self.grades)
        right = Counter(grade.shape for grade in self.grades if grade.is_right)
        lines = [f"{'shape':<12} {'right':>5} {'of':>4}"]
        lines += [f"{shape:<12} {right[shape]:>5} {asked[shape]:>4}" for shape in sorted(asked)]
        lines.append(f"{'all':<12} {sum(right.values()):>5} {len(self.grades):>4}  {self.share:.2f}")
        lines.append(f"values of another entity: {sum(len(grade.foreign) for grade in self.grades)}")
        for grade in (grade for grade in self.grades if not grade.is_right):
            lines.append(f"\n{grade.id} {grade.shape}: {grade.question}")
            lines += [f"  missing: {name}" for name in grade.missing]
            lines += [f"  wrong: {name}" for name in grade.wrong]
        return "\n".join(lines)


def evaluate(library: Library, questions: Sequence[GoldSet], step: Callable[[], object]) -> SetReport:
    """Return the grades of a library's replies, each on the day of its question.

    Args:
        library: The library.
        questions: The questions.
        step: A function to call after each question.
    """
    grades = []
    for question in questions:
        grades.append(grade(library.ask(question.question, today=question.today), question))
        step()
    return SetReport(tuple(grades))
