"""The English names of the months, and dates written with them."""

from __future__ import annotations

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)

MONTH_NUMBERS = {
    form: number
    for number, month in enumerate(MONTHS, start=1)
    for form in (month.lower(), month[:3].lower(), *(["sept"] if month == "September" else []))
}
"""The months and their short forms, in lower case, each with its number: "september", "sep" and "sept" are 9."""


def written_date(value: str) -> str:
    """Return a date of the form YYYY, YYYY-MM or YYYY-MM-DD in words.

    >>> written_date("2026-04-06"), written_date("2026-04"), written_date("2026")
    ('6 April 2026', 'April 2026', '2026')
    """
    year, *rest = value.split("-")
    month = [MONTHS[int(rest[0]) - 1]] if rest else []
    return " ".join([*(str(int(day)) for day in rest[1:]), *month, year])
