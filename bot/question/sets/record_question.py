"""Questions that ask for rows of a table: which rows, in which order, and which of their values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from bot.corpus.columns import Column, as_of, read_columns
from bot.corpus.figure_store import comparable
from bot.corpus.figures import period_of
from bot.question.sets.arrangement import Arrangement, arrangement
from bot.question.sets.time_bounds import TimeBounds, time_bounds
from bot.text.quantities import quantities

if TYPE_CHECKING:
    from bot.corpus.corpus import Corpus
    from bot.corpus.tables import DataTable, Row
    from bot.question.question import Question

_NOISE = (
    "rank list compare comparison show give me name names order sort sorted ranking side top bottom most least highest largest "
    "biggest greatest lowest smallest best worst fewest cheapest longest shortest fastest slowest which what who whose how many "
    "has have had do does did make makes report reports reported figure figures number numbers value values level amount "
    "amounts size sizes current currently latest newest recent today now each every all other please can you could above over "
    "more than below under less at exceed greater higher larger lower smaller fewer bigger in on by for of with to is are was "
    "were be been and or their its it table row rows entry entries there first last from between that this those these date "
    "sign signed announce announced disclose disclosed publish published dates much come comes stand stands state stated given give gives just only any exist single ones one still yet"
)
"""Words that say how rows are to be arranged, not which rows are meant."""

_COMPANY_WORDS = "company companies firm firms business businesses vendor vendors who supplier suppliers provider providers"
_ROW_OF_COMPANIES = frozenset(["company", "provider", "vendor", "seller", "supplier", "firm"])
_FLAG = re.compile(
    r"(?P<no>no\b|not\b|false|nein|non\b)|yes|true|ja\b|oui\b", re.IGNORECASE
)  # "Yes, since July", "Not yet"
_WHICH = re.compile(r"\A\W*(?:which|what|list)\b", re.IGNORECASE)
_IN_LIST = re.compile(
    r"\A\W*(?:which|what)\s+\w+\s+are\s+(?:there|on|in)\b|\b(?:table|list)\b", re.IGNORECASE
)  # "which indicators are on the list"
_YEARS = re.compile(r"(?:19|20)\d\d")
_UNIT_WORDS = "dollar dollars"
_IN_UNIT = re.compile(r"\b(?:in|as) dollars\b", re.IGNORECASE)  # "not given in dollars"

MIN_RELATED = 0.55
"""The cosine of two words from which the one may stand for the other: "supplier" and "seller" have 0.58."""

MIN_KNOWN = 2
"""The terms that a table must know for each term that only the rest of its document has."""

MIN_NAMED = 2
"""The fewest rows whose names share a word of the question, for the question to mean these rows alone."""

MIN_CONTEXT = 2
"""The fewest terms of a question in the text above a table that name the table without a head or a cell."""

_NOT = re.compile(r"\b(?:not|no|never|without)\b|n['\u2019]t\b", re.IGNORECASE)


Filter = tuple[int, str, frozenset[str], bool]
"""A cell that a question names: its column, the cell, its terms, and whether it answers yes or no."""


@dataclass(frozen=True, slots=True)
class RecordQuestion:
    """A question for rows, read against one table."""

    table: DataTable
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    """The rows that have the cells which the question names, and a date within its bounds."""
    label: Column
    """The column that names an entry."""
    value: Column | None
    """The column whose values the question asks for; None in a table without values."""
    arrangement: Arrangement
    is_one: bool
    """Whether the question asks for the one row that is first or last."""
    filters: tuple[str, ...]
    """The cells that the question names."""
    strength: tuple[int, ...]
    """How well the table fits: the question's terms in heads and cells, minus the terms it lacks, the terms above the table."""

    @property
    def most(self) -> int:
        """The number of entries that the question asks for; 0 for all."""
        return self.arrangement.most or int(self.is_one)


def record_question(question: Question, corpus: Corpus, today: date) -> RecordQuestion | None:
    """Return what a question asks of the rows of a table, or None if it asks for no rows or no single table fits.

    A table fits if each term of the question is a word of arrangement, or is in a head, in a cell that all kept rows share, or
    in the title, the headings and the introduction above the table; and if a head or a cell is named at all.
    """
    if question.intent != "question" or question.answer_type == "reason":
        return None
    asked = arrangement(question.text)
    is_negated = asked.is_negated and bool(_WHICH.search(question.text))
    if not (asked.is_set or asked.excluded or is_negated or _IN_LIST.search(question.text)):
        return None
    bounds, rest = time_bounds(asked.rest, today)
    lengthened = corpus.gazetteer.lengthened
    noise = frozenset(corpus.terms(_NOISE)) - frozenset(corpus.terms("value"))
    terms = frozenset(corpus.terms(lengthened(rest))) - noise
    if not terms:
        return None
    read = _Reader(asked, terms, bounds, question.text, corpus)
    found = [one for table in corpus.text_figures.tables(terms) if (one := read.fit(table))]
    found.sort(key=lambda one: one.strength, reverse=True)
    if not found or (len(found) > 1 and found[0].strength == found[1].strength):
        return None
    return found[0]


@dataclass(frozen=True, slots=True)
class _Reader:
    """A question that is compared with one table after the other."""

    asked: Arrangement
    terms: frozenset[str]
    bounds: TimeBounds
    text: str
    corpus: Corpus

    def fit(self, table: DataTable) -> RecordQuestion | None:
        """Return the question as this table reads it, or None if the table does not fit."""
        columns = read_columns(table.heads, [row.cells for row in table.rows])
        if not columns or columns[0].number or columns[0].role == "date" or len(table.rows) < 2:
            return None  # rows that are named by their dates are a series
        noun = self._row_noun(table)
        filters = self._filters(table, columns, noun)
        is_negated = self.asked.is_negated
        is_unlike = is_negated and len(filters) == 1 and not filters[0][3]  # "which plants are not nuclear"
        if is_negated and not (
            is_unlike or any(is_flag for *_, is_flag in filters) or _IN_UNIT.search(self.text)
        ):
            return None
        named = frozenset(term for _, _, terms, _ in filters for term in terms)
        heads = {column.number: self._terms(table.heads[column.number]) for column in columns}
        in_heads = self.terms & frozenset().union(*heads.values())
        context = self._context(table)
        known = named | in_heads | noun | context
        units = self.terms & self._terms(_UNIT_WORDS)
        left = self.terms - known - units
        strong = named | in_heads | (noun & self.terms)
        left = frozenset(term for term in left if not self._is_related(term, known))
        row = table.rows[0].row
        if len(left) * MIN_KNOWN > len(self.terms & known) or not all(
            self.corpus.document_has_term(term, row) for term in left
        ):
            return None
        if not strong and (len(self.terms & context) < MIN_CONTEXT or not self.asked.is_count):
            return None
        is_plain = not (self.asked.is_set or self.asked.excluded or is_negated)
        is_in_list = bool(_IN_LIST.search(self.text)) and self._is_plural(table, columns[0])
        if is_plain and (left or not noun & self.terms or not is_in_list):
            return None
        rows = self._kept(table, columns, filters, is_unlike=is_unlike)
        rows = self._with_words(rows, self.terms - named - in_heads - noun)
        label = self._label(columns, filters)
        value = self._value(table, columns, heads)
        if units and value is not None:
            rows = [row for row in rows if self._has_unit(row, value) != is_negated]
        value_terms = heads[value.number] if value else frozenset[str]()
        if not self._is_certain(filters, noun, value_terms, rows):
            return None
        needs_value = bool(self.asked.is_ranked or self.asked.limits or self.asked.most)
        if not rows or (needs_value and (value is None or self._mixes_measures(columns, filters, value))):
            return None
        is_one = self.asked.is_superlative and not self.asked.most and not self._is_plural(table, label)
        cells = tuple(f"not {cell}" if is_unlike else cell for _, cell, _, is_flag in filters if not is_flag)
        strength = (len(strong), -len(left), len(context & self.terms))
        return RecordQuestion(table, columns, tuple(rows), label, value, self.asked, is_one, cells, strength)

    def _kept(
        self, table: DataTable, columns: Sequence[Column], filters: Sequence[Filter], *, is_unlike: bool
    ) -> list[Row]:
        """Return the rows with the named cells; if `is_unlike`, the rows without the only named cell."""
        if not is_unlike:
            return [row for row in table.rows if self._is_kept(row, columns, filters)]
        number, cell, *_ = filters[0]
        rows = [row for row in table.rows if self._is_kept(row, columns, ())]
        return [row for row in rows if number < len(row.cells) and row.cells[number] != cell]

    def _is_certain(
        self,
        filters: Sequence[Filter],
        noun: frozenset[str],
        value_terms: frozenset[str],
        rows: Sequence[Row],
    ) -> bool:
        """Return whether the rows are what a ranked or counted question asks for.

        A rank needs the column of its values, or the name of its rows. A superlative ("which plant is the largest") needs the
        name of its rows, and may name nothing beside them and the column of the values.
        """
        names = self._terms(" ".join(row.cells[0] for row in rows))
        is_named = bool((noun | names) & self.terms) or bool(filters)
        if self.asked.limits or not (self.asked.is_ranked or self.asked.is_superlative):
            return True
        named = frozenset(term for _, _, terms, _ in filters for term in terms)
        others = self.terms - noun - names - named - value_terms
        has_value = bool(value_terms & self.terms)
        if self.asked.is_listed or self.asked.most:  # "top 3 surveys by share"
            return has_value or (is_named and not others) or bool(filters)
        return is_named and not others

    def _mixes_measures(self, columns: Sequence[Column], filters: Sequence[Filter], value: Column) -> bool:
        """Return whether the values of a column are of several measures, of which the question names none."""
        measures = [column.number for column in columns if column.role == "measure" and column.number]
        return bool(measures) and not value.name and not any(number in measures for number, *_ in filters)

    def _is_related(self, term: str, known: frozenset[str]) -> bool:
        """Return whether a term has nearly the meaning of a known term, for the encoder: supplier and seller."""
        return self.corpus.nearest_term(term, known) >= MIN_RELATED

    def _has_unit(self, row: Row, column: Column) -> bool:
        """Return whether the value of a row is in dollars."""
        cell = row.cells[column.number] if column.number < len(row.cells) else ""
        return "$" in cell or "USD" in cell or "USD" in column.unit

    def _terms(self, text: str) -> frozenset[str]:
        return frozenset(self.corpus.terms(self.corpus.gazetteer.lengthened(text)))

    def _context(self, table: DataTable) -> frozenset[str]:
        document = table.document
        return self._terms(
            " ".join(
                (document.title, document.summary, *document.aliases, *table.headings, table.introduction)
            )
        )

    def _row_noun(self, table: DataTable) -> frozenset[str]:
        """Return the terms that name a row: those of the first head; any word for companies if the head is one."""
        noun = self._terms(table.heads[0])
        is_company = table.heads[0].lower() in _ROW_OF_COMPANIES
        return noun | self._terms(_COMPANY_WORDS) if is_company else noun

    def _filters(self, table: DataTable, columns: Sequence[Column], noun: frozenset[str]) -> list[Filter]:
        """Return the cells that the question names: column, cell, terms, and whether the cell answers yes or no.

        Of the cells of one column that the question names, only the longest count.
        """
        found: list[Filter] = []
        for column in columns:
            if column.role not in {"text", "measure", "unit"}:
                continue
            cells = dict.fromkeys(cell for cell in table.column(column.number) if cell)
            head = self._terms(table.heads[column.number])
            flags = [cell for cell in table.column(column.number) if _FLAG.match(cell)]
            if head and head <= self.terms and len(flags) * 2 > len(table.rows):
                is_no = bool(_NOT.search(self.text))
                wanted = [
                    cell
                    for cell in cells
                    if (found_no := _FLAG.match(cell)) and bool(found_no["no"]) == is_no
                ]
                found += [(column.number, cell, head, True) for cell in wanted]
                continue
            named = [(cell, terms) for cell in cells if (terms := self._terms(cell)) and terms <= self.terms]
            named = [(cell, terms) for cell, terms in named if not terms <= noun]  # "All layers"
            longest = [(cell, terms) for cell, terms in named if not any(terms < other for _, other in named)]
            found += [(column.number, cell, terms, False) for cell, terms in longest]
        return found

    def _is_kept(self, row: Row, columns: Sequence[Column], filters: Sequence[Filter]) -> bool:
        """Return whether a row has a named cell in each column with named cells, no excluded name, and a date in the bounds."""
        wanted: dict[int, set[str]] = {}
        for number, cell, _, _ in filters:
            wanted.setdefault(number, set()).add(cell)
        if any(
            number >= len(row.cells) or row.cells[number] not in cells for number, cells in wanted.items()
        ):
            return False
        excluded = self._terms(self.asked.excluded)
        names = [
            self._terms(row.cells[column.number]) for column in columns if column.number < len(row.cells)
        ]
        if excluded and any(terms and terms <= excluded for terms in names):
            return False
        return self._is_in_bounds(row, columns)

    def _with_words(self, rows: Sequence[Row], terms: frozenset[str]) -> list[Row]:
        """Return the rows whose name has each term that some, and not all, of the names have: "chip layer" for layers."""
        kept = list(rows)
        names = {id(row): self._terms(row.cells[0]) for row in rows}
        for term in terms - self._terms("AI"):
            having = [row for row in kept if term in names[id(row)]]
            if len(having) >= MIN_NAMED:
                kept = having
        return kept

    def _is_in_bounds(self, row: Row, columns: Sequence[Column]) -> bool:
        if self.bounds == TimeBounds():
            return True
        dates = [
            date
            for column in columns
            if column.role == "date"
            and column.number < len(row.cells)
            and (date := as_of(row.cells[column.number]))
        ]
        return any(period_of(date).months[-1] in self.bounds for date in dates)

    def _label(self, columns: Sequence[Column], filters: Sequence[Filter]) -> Column:
        """Return the first column of names in which the question does not name a cell already."""
        taken = {number for number, *_ in filters}
        names = [
            column for column in columns if column.role in {"text", "measure"} and column.number not in taken
        ]
        return names[0] if names else columns[0]

    def _value(
        self, table: DataTable, columns: Sequence[Column], heads: dict[int, frozenset[str]]
    ) -> Column | None:
        """Return the column of values that shares the most terms with the question; else the first that has no years."""
        values = [column for column in columns if column.role == "value" and self._fits_limits(table, column)]
        named = [column for column in values if heads[column.number] & self.terms]
        if named:
            return max(named, key=lambda column: len(heads[column.number] & self.terms))
        plain = [
            column
            for column in values
            if not all(map(_YEARS.fullmatch, filter(None, table.column(column.number))))
        ]
        return plain[0] if plain else None

    def _fits_limits(self, table: DataTable, column: Column) -> bool:
        """Return whether the values of a column may be compared with the question's limits: "50 times" with a bare number."""
        if not self.asked.limits:
            return True
        unit = self.asked.limits[0].amount[1]
        units = Counter(
            comparable(1, one.unit)[1]
            for cell in table.column(column.number)
            for one in quantities(cell)[:1]
            if one.unit
        )
        own = comparable(1, column.unit)[1] if column.unit else ""
        with_unit = sum(units.values())
        most = units.most_common(1)[0][0] if with_unit * 2 > len(table.rows) else own
        return not unit or most == unit or (unit == "times" and not most)

    def _is_plural(self, table: DataTable, label: Column) -> bool:
        """Return whether the question names the rows in the plural: "which plants"."""
        noun = table.heads[label.number].lower().split()[-1]
        plurals = {
            f"{noun}s",
            f"{noun}es",
            f"{noun.removesuffix('y')}ies",
            "companies",
            "vendors",
            "suppliers",
            "providers",
        }
        return bool(plurals & set(re.findall(r"[a-z]+", self.text.lower())))
