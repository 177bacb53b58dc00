"""The library of a command, opened and brought up to date, and the composer of the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bot.cli.console import activity, echo, paint, report_build, warn, width
from bot.display import wrap
from index.errors import ContentError

if TYPE_CHECKING:
    from bot.composer.prompt import Composition, Sentence
    from bot.library import Library
    from bot.settings.settings import Settings
    from bot.types import Reply


def open_library(settings: Settings) -> Library:
    """Return the library, brought up to date. Builds and problems are reported on standard error.

    Raises ContentError if there is neither an index nor a content folder.
    """
    # Without an index and without documents, compiling an encoder first would only waste a minute.
    if not (settings.index_folder() / "CURRENT").exists():
        require_content(settings)
    from bot.library import ready

    with activity("reading the library") as shown:
        opened = ready(settings, progress=shown.show, note=shown.begin)
    if opened.damage:
        warn(f"{opened.damage}; the index was built again from the documents")
    if opened.report is not None:
        report_build(opened.report)
    if opened.fault:
        warn(f"{opened.fault}; the last good index answers")
    if warning := opened.library.generation.warning:
        warn(warning)
    return opened.library


def require_folder(settings: Settings) -> None:
    """Raise ContentError if there is no content folder."""
    folder = settings.content
    if not folder.is_dir():
        problem = f"{folder} is not a folder" if folder.exists() else f"there is no documents folder {folder}"
        raise ContentError(f"{problem}; run strata in the folder that holds it, or name it: --content FOLDER")


def require_content(settings: Settings) -> None:
    """Raise ContentError if the content folder is missing or holds no file that could be a document.

    A build checks this as well, but only after it has loaded or compiled the encoder.
    """
    from index.documents.folder import scan

    require_folder(settings)
    listing = scan(settings.content)
    if not listing.files and not listing.problems:
        raise ContentError(f"{settings.content} has no documents; put Markdown, text or HTML files there")


def check_layers(library: Library, layers: tuple[str, ...]) -> None:
    """Raise a usage error for a layer that the library does not have."""
    known = sorted({d.layer for d in library.generation.documents if d.layer}) if layers else []
    for layer in layers:
        if layer not in known:
            has = f"the library has {', '.join(known)}" if known else "the library has no layers"
            raise click.BadParameter(f"there is no layer {layer!r}; {has}", param_hint="--layer")


class TerminalComposer:
    """The composer of the settings, if any; it prints sentences as they are verified."""

    def __init__(self, settings: Settings) -> None:
        """Read the composer's key. Raises SettingsError if the key cannot be read or must not be sent."""
        from bot.settings.composer import key

        self.settings = settings.composer
        self.key = key(self.settings) if self.settings.on else ""

    def __call__(self, library: Library, reply: Reply, *, prints: bool) -> Composition | None:
        """Compose a text from an answer. Returns None for an abstention, and without a composer."""
        from bot.types import Answer

        if not self.settings.on or not isinstance(reply, Answer):
            return None
        import asyncio

        from bot.cli import output
        from bot.composer.llm_client import compose
        from bot.composer.prompt import Evidence

        async def show(sentence: Sentence) -> None:
            if prints:
                echo(output.sentence(sentence, width()))

        evidence = Evidence.of(reply.quotes, library.corpus.gazetteer.names)
        composition = asyncio.run(compose(reply.question, evidence, self.settings, self.key, show))
        if prints:
            echo(paint(wrap(output.remark(composition), width()), "faint") + "\n")
        return composition
