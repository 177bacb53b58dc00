"""The commands on expected questions: `questions`, `questions add` and `questions suggest`."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import click

from bot.cli.console import activity, echo, note, one_line, warn
from bot.cli.options import located
from bot.cli.session import open_library
from bot.errors import SettingsError
from index.errors import ContentError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.corpus.expected_questions import Uncovered
    from bot.settings.composer import Composer
    from bot.settings.settings import Settings
    from index.store.generation import Generation
    from index.types import Document


class _Listing(click.Group):
    """A group that lists the questions unless another of its commands is named."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        if not args or args[0] not in (*self.commands, *context.help_option_names):
            args = ["list", *args]
        return super().parse_args(context, args)


@click.group(cls=_Listing, short_help="List, add or draft expected questions.")
def questions() -> None:
    """List the expected questions of the library (`strata questions list`), add a question, or draft questions.

    `strata questions [DOCUMENT]` is short for `strata questions list [DOCUMENT]`.
    """


@questions.command(name="list", short_help="List the expected questions with their ranks.")
@click.argument("document", default="")
@click.option("--missed", is_flag=True, help="List only questions whose nearest section is another one.")
@located
def list_(settings: Settings, document: str, missed: bool) -> int:
    """List the expected questions of DOCUMENT, or of all documents, with the rank of their section.

    The rank counts the sections that are as near to the question by meaning alone. Sections without expected questions are
    named on standard error.
    """
    from bot.corpus.expected_questions import ranked

    generation = open_library(settings).generation
    if document:
        document = _document(generation, document).id
    found = list(ranked(generation, document))
    for question in found:
        if not missed or question.rank > 1:
            nearest = f"  (nearest: {question.nearest})" if question.rank > 1 else ""
            echo(one_line(f"{question.path}:{question.line}: {question.rank:>3}  {question.text}{nearest}"))
    if len(generation.questions):
        for section in _uncovered(generation, document):
            where = f"{section.document.path}:{section.line}"
            note(one_line(f'{where}: the section "{section.heading}" has no expected questions'))
    first = sum(question.rank == 1 for question in found)
    note(f"{len(found)} expected questions, {first} of them nearest to their own section")
    return 0


@questions.command(short_help="Add a question to a section.")
@click.argument("question")
@click.argument("document")
@click.argument("heading", default="")
@located
def add(settings: Settings, question: str, document: str, heading: str) -> int:
    """Add QUESTION to the section of DOCUMENT under HEADING, or to the text before the first heading.

    The question is written into the question file beside the document; the next build takes it up.
    """
    from index.documents import expected_questions
    from index.documents.question_insertion import insert
    from index.files import atomic_write

    generation = open_library(settings).generation
    found = _document(generation, document)
    path = expected_questions.question_path(found.path)
    file = settings.content / path
    before = file.read_bytes() if file.is_file() else b""
    answering = _anchors(generation, found)
    old = expected_questions.parse(path, before, found, answering)
    try:
        text = insert(
            before.decode("utf-8-sig"),
            expected_questions.plain(heading),
            expected_questions.plain(question),
        )
    except ValueError as error:  # not UTF-8, or not YAML
        first = next(iter(old.problems), error)
        raise ContentError(f"{first}; nothing was written") from None
    new = expected_questions.parse(path, text.encode(), found, answering)
    if len(new.questions) != len(old.questions) + 1 or len(new.problems) > len(old.problems):
        reason = next((p for p in new.problems if p not in old.problems), "the file has another form")
        raise ContentError(f"the question cannot be added: {reason}; nothing was written")
    atomic_write(file, text.encode(), 0o644)
    echo(one_line(f"added to {file}; run: strata build"))
    return 0


@questions.command(short_help="Draft questions for sections without any.")
@click.argument("document")
@located
def suggest(settings: Settings, document: str) -> int:
    """Draft questions for the sections of DOCUMENT that have none, with the language model of `composer:`.

    The drafts are printed as YAML for the question file. Read them before you keep them: nothing else checks them.
    """
    import yaml

    from bot.settings.composer import key

    composer = settings.composer
    if not composer.on:
        raise SettingsError(
            "drafts need a language model; set composer.url and composer.model in strata.yaml (see bot/README.md)"
        )
    generation = open_library(settings).generation
    sections = list(_uncovered(generation, _document(generation, document).id))
    if not sections:
        note(one_line(f"every section of {document} has expected questions"))
    secret = key(composer)
    with activity("drafting questions") as shown:
        for done, section in enumerate(sections):
            shown.show(done, len(sections), "drafting questions")
            if drafted := _drafted(section, composer, secret):
                found = {section.heading: drafted}
                echo(yaml.safe_dump(found, allow_unicode=True, sort_keys=False, width=120).rstrip())
            else:
                warn(one_line(f'no question was drafted for the section "{section.heading}"'))
    return 0


def summary(settings: Settings) -> str:
    """Return what the current index shows about the expected questions; "" without an index, or if nothing is to be done."""
    from bot.corpus.expected_questions import ranked, uncovered
    from index.errors import IndexFault
    from index.store.store import Store

    try:
        generation = Store(settings.index_folder()).current()
    except IndexFault:
        return ""
    with contextlib.closing(generation):
        count = len(generation.questions)
        if not count:
            return ""
        missing = sum(1 for _ in uncovered(generation))
        missed = sum(question.rank > 1 for question in ranked(generation))
    if not missing and not missed:
        return ""
    return (
        f"sections without expected questions: {missing}; questions nearer to another section: {missed} of {count}; "
        "list both: strata questions --missed"
    )


def _drafted(section: Uncovered, composer: Composer, secret: str) -> list[str]:
    """Return the drafts for a section. Raises SettingsError if the endpoint gives no text."""
    import asyncio

    from bot.composer import llm_client, question_drafts

    asked = question_drafts.messages(section.document.title, section.heading, section.text)
    try:
        return question_drafts.drafts(asyncio.run(llm_client.complete(asked, composer, secret)))
    except llm_client.EndpointError as error:
        raise SettingsError(f"the endpoint of composer.url gave no text: {error}") from None


def _document(generation: Generation, name: str) -> Document:
    """Return the document with this id or path. Raises click.BadParameter."""
    for document in generation.documents:
        if name in (document.id, document.path):
            return document
    raise click.BadParameter(f"there is no document {name!r}", param_hint="DOCUMENT")


def _anchors(generation: Generation, document: Document) -> set[str]:
    """Return the anchors of a document's sections that have text."""
    place = generation.documents.index(document)
    first, stop = generation.document_rows[place : place + 2].tolist()
    return {generation.passage(row).anchor for row in range(first, stop)}


def _uncovered(generation: Generation, document: str) -> Iterator[Uncovered]:
    """Yield the sections without expected questions, of one document or of all if it is empty."""
    from bot.corpus.expected_questions import uncovered

    return (section for section in uncovered(generation) if document in ("", section.document.id))
