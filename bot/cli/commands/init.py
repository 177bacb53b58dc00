"""The command `strata init`, which sets Strata up for a folder of documents."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from bot.cli.console import activity, echo, note, one_line, passed_over, report_build, warn

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from index.documents.loader import Parsed

MAX_SURVEYED_FILES = 300
"""The most files that are read to find the language and the questions."""
MAX_QUESTIONS = 3
MIN_SECTION_WORDS = 6
"""The length of the shortest section that a suggested question is about."""
MAX_HEADING_WORDS = 8

_SETTINGS = """\
# The settings of Strata for {name}. Every key is optional; README.md lists them all.

# The folder of the documents. Files that a .strataignore in it names (in git's syntax) are left out.
content: {content}

# The address of that folder on the web, so that citations are links; {{commit}} becomes the git commit.
# base_url: https://github.com/OWNER/REPOSITORY/blob/{{commit}}

# The most quotations in an answer, from 1 to 4.
# sentences: 3

# Another encoder: any sentence-transformers model. Then run: strata build
# encoder: {encoder}
"""


@dataclass(frozen=True, slots=True)
class Survey:
    """The contents of a folder, as far as its setup needs them."""

    formats: Counter[str]
    """The number of documents of each suffix, which is "" for files without a suffix."""
    unreadable: int
    """The number of files that cannot be read."""
    language: str
    """The language of most documents; "" if it is not recognised."""
    questions: tuple[str, ...]


def run(folder: Path) -> int:
    """Survey a folder, write strata.yaml for it, build its index and print suggested questions."""
    from bot.build import build
    from bot.cli.session import require_content
    from bot.settings.settings import DEFAULT_FILE, load
    from index.documents.folder import scan

    settings = load(content=folder)
    require_content(settings)
    listing = scan(folder)
    with activity("reading the documents"):
        found = survey(folder, [file.path for file in listing.files])
    for line in described(found):
        echo(one_line(line))
    if listing.passed_over:
        echo(one_line(passed_over(listing.passed_over)))
    if listing.ignored:
        echo(f"ignored by .strataignore or .gitignore: {listing.ignored}")
    file = Path(DEFAULT_FILE)
    if write_settings(file, folder):
        echo(f"wrote {file}")
    elif load().content.resolve() != folder.resolve():
        warn(f"{file} exists and names another folder, so it is unchanged; set in it: content: {folder}")
    else:
        note(f"{file} exists and is unchanged")
    with activity("building the index") as shown:
        report = build(load(content=folder), progress=shown.show, note=shown.begin)
    report_build(report)
    for question in found.questions:
        echo(one_line(f'try: strata ask "{question}"'))
    return 0


def survey(folder: Path, paths: Sequence[str]) -> Survey:
    """Return the survey of a folder.

    PDF and Word files count as documents but are not converted for it.

    Args:
        folder: The folder of the documents.
        paths: The paths of its documents, below the folder.
    """
    from index.documents import loader
    from index.documents.formats.pdf_word.sandbox import is_converted

    formats = Counter(PurePosixPath(path).suffix.lower() for path in paths)
    read = [path for path in paths if not is_converted(PurePosixPath(path).suffix.lower())]
    parsed = [loader.read(folder, path) for path in read[:MAX_SURVEYED_FILES]]
    # Read together, because a line such as "5:00 p.m. ET" alone has one word of French.
    texts = ("\n".join(block.text for part in file.sections for block in part.blocks) for file in parsed)
    unreadable = sum(file.is_fatal for file in parsed)
    return Survey(formats, unreadable, main_language(texts), questions(parsed))


def described(found: Survey) -> list[str]:
    """Return what a survey found, in lines.

    >>> described(Survey(Counter({".md": 2, "": 1}), 1, "English", ()))
    ['found 3 documents: 2 .md, 1 without a suffix', '1 of them cannot be read; run: strata check', 'language: English']
    """
    total = found.formats.total()
    kinds = ", ".join(
        f"{count} {suffix or 'without a suffix'}" for suffix, count in found.formats.most_common()
    )
    lines = [f"found {total} document{'s' if total != 1 else ''}: {kinds}"]
    if found.unreadable:
        lines.append(f"{found.unreadable} of them cannot be read; run: strata check")
    if found.language:
        lines.append(f"language: {found.language}")
    if found.language not in {"", "English"}:
        lines.append("the default encoder knows English best; see README.md for a multilingual encoder")
    return lines


def main_language(texts: Iterable[str]) -> str:
    """Return the English name of the language of most documents; "" if the documents do not show a language.

    >>> main_language(["Der Umsatz ist nicht gestiegen, und die Marge ist mit den Preisen gefallen."])
    'German'
    """
    from index.text.language import NAMES, language

    counts = Counter(filter(None, map(language, texts)))
    return NAMES[counts.most_common(1)[0][0]] if counts else ""


def questions(files: Sequence[Parsed]) -> tuple[str, ...]:
    """Return up to `MAX_QUESTIONS` questions about headings with text, each about another document if possible."""
    by_document = []
    for file in files:
        found = []
        for section in file.sections:
            heading = section.heading.path[-1] if section.heading.path else file.document.title
            length = sum(len(block.text.split()) for block in section.blocks if block.kind != "code")
            if length >= MIN_SECTION_WORDS and 0 < len(heading.split()) <= MAX_HEADING_WORDS:
                found.append(_question(heading, file.document.title))
        if found and not file.is_fatal:
            by_document.append(found)
    # One question of each document first, so that the suggestions show the breadth of the library.
    rounds = [asked[turn] for turn in range(MAX_QUESTIONS) for asked in by_document if turn < len(asked)]
    return tuple(dict.fromkeys(rounds))[:MAX_QUESTIONS]


def _question(heading: str, title: str) -> str:
    """Return a question about a heading of a document.

    >>> _question("Costs", "Halls"), _question("How large is it?", "Halls")
    ('What does Halls say about costs?', 'How large is it?')
    """
    # The question is printed within double quotes, in which a shell would expand these characters.
    heading = re.sub(r'["`$\\]', "", heading).strip()
    title = re.sub(r'["`$\\]', "", title).strip()
    if heading.endswith("?"):
        return heading
    if heading == title:
        return f"What is said about {title}?"
    is_word = heading[1:2].islower() and " " not in heading
    return f"What does {title} say about {heading.lower() if is_word else heading}?"


def write_settings(file: Path, folder: Path) -> bool:
    """Write a commented strata.yaml for a folder; returns False, and writes nothing, if the file exists."""
    import json

    from bot.settings.settings import DEFAULT_ENCODER

    text = _SETTINGS.format(
        name=json.dumps(folder.resolve().name, ensure_ascii=False),
        content=json.dumps(folder.as_posix(), ensure_ascii=False),
        encoder=DEFAULT_ENCODER,
    )
    try:
        # "x" fails for an existing file at once, so two commands cannot overwrite each other's settings.
        with file.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        return False
    return True
