"""Health checks of the installation, the content folder, the models, the index and the composer."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from bot.types import Check
from index import install
from index.errors import IndexFault
from index.types import visible

if TYPE_CHECKING:
    from bot.library import Library
    from bot.settings.settings import Settings

SERVING = ("faiss-cpu", "onnxruntime", "tokenizers", "PyStemmer", "discord.py")
MAX_CHANGED = 0.2
"""The share of new or changed documents from which tuning the encoder again is worth its time."""

MAX_VERSIONS = 20
"""The most documents whose versions are listed."""

EXTRAS = {
    "model": "onnx",
    "compile": "sentence-transformers",
    "convert": "pdfminer.six",
    "charts": "matplotlib",
    "eval": "matplotlib",
    "llm": "aiohttp",
}
"""Each extra and the package that shows whether the extra is installed."""


def diagnose(settings: Settings) -> list[Check]:
    """Run all health checks, in the order in which their subjects depend on each other."""
    return [
        *_installed(),
        *_content(settings),
        *_encoder(settings),
        *_reranker(settings),
        *_index(settings),
        *_cache(settings),
        *_composer(settings),
    ]


def _installed() -> Iterator[Check]:
    yield Check("Python", platform.python_version())
    for package in SERVING:
        found = _version(package)
        fix = "" if found else install.command()
        yield Check(package, found or "missing", bool(found), fix)
    for extra, package in EXTRAS.items():
        found = _version(package)
        yield Check(f"extra [{extra}]", found or f"not installed; run: {_install(extra)}")


def _install(extra: str) -> str:
    return install.model_command() if extra == "model" else install.command(extra)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _content(settings: Settings) -> Iterator[Check]:
    folder = settings.content
    if not folder.is_dir():
        yield Check(
            "content",
            f"{folder} is not a folder",
            ok=False,
            fix="name the folder of your documents: --content FOLDER, or content: in strata.yaml",
        )
        return
    from index.documents.folder import scan

    listing = scan(folder)
    yield Check("content", f"{folder.resolve()}, {len(listing.files)} files")
    for problem in listing.problems:
        yield Check(
            "content", str(problem), ok=False, fix="change or remove this file; the other files are indexed"
        )


def _encoder(settings: Settings) -> Iterator[Check]:
    from bot.build import open_encoder

    try:
        encoder = open_encoder(settings)
    except IndexFault as fault:
        from index.models.compiler import next_step

        yield Check("encoder", _problem(fault), ok=False, fix=next_step(settings.encoder))
        return
    id = encoder.id
    yield Check(
        "encoder",
        f"{id.name}, {id.dimension} dimensions, {id.max_tokens} word pieces, {id.sha256[:12]}, in {encoder.folder}",
    )
    yield from _adapter(settings)
    if not encoder.has_word_rows:
        yield Check(
            "encoder",
            "it has no table of words yet, so some questions take a few milliseconds longer",
            fix="strata compile",
        )


def _adapter(settings: Settings) -> Iterator[Check]:
    """Check the adapter: whether it can be read, and how many documents have changed since it was fitted."""
    from bot.build import adapter_file, open_encoder
    from bot.library import Library
    from index.build.fingerprints import fingerprints
    from index.models import adapter

    file = adapter_file(settings)
    if file is None:
        return
    try:
        found = adapter.read(file)
    except IndexFault as fault:
        yield Check("adapter", str(fault), ok=False, fix="strata tune, or delete the file")
        return
    yield Check("adapter", f"{file}: {found.measured}")
    try:
        library = Library.open(replace(settings, reranker=""), open_encoder(settings))
    except IndexFault:
        return  # the check of the index reports it
    now = fingerprints(library.generation)
    changed = sum(found.documents.get(id) != fingerprint for id, fingerprint in now.items())
    if changed > MAX_CHANGED * len(now):
        message = f"{changed} of {len(now)} documents are new or have changed since it was fitted"
        yield Check("adapter", message, fix="strata tune")


def _problem(fault: IndexFault) -> str:
    """Return the message of an error without the next step at its end, which the check shows as its fix."""
    return str(fault).partition("; run: ")[0]


def _reranker(settings: Settings) -> Iterator[Check]:
    from bot.build import open_reranker

    try:
        reranker = open_reranker(settings)
    except IndexFault as fault:
        yield Check("reranker", _problem(fault), ok=False, fix="strata compile --reranker")
        return
    if reranker is not None:
        description = reranker.description
        yield Check(
            "reranker", f"{description.name}, {description.max_tokens} word pieces, in {reranker.folder}"
        )


def _index(settings: Settings) -> Iterator[Check]:
    from bot.build import open_encoder
    from bot.library import Library

    folder = settings.index_folder()
    try:
        encoder = open_encoder(settings)
    except IndexFault:
        yield Check("index", "cannot be checked without an encoder", ok=False, fix="fix the encoder first")
        return
    try:
        library = Library.open(replace(settings, reranker=""), encoder)  # the reranker has a check of its own
    except IndexFault as fault:
        is_file = folder.exists() and not folder.is_dir()
        fix = "name a folder: --index FOLDER, or index: in strata.yaml" if is_file else "strata build"
        yield Check("index", f"{folder}: {_problem(fault)}", ok=False, fix=fix)
        return
    manifest = library.generation.manifest
    age = datetime.now(UTC) - datetime.fromisoformat(manifest.created)
    yield Check(
        "index",
        f"{folder}: generation {manifest.id}, {duration(age)} old, {manifest.documents} documents, "
        f"{manifest.passages} passages, {manifest.sentences} sentences",
    )
    if warning := library.generation.warning:
        yield Check("index", warning, ok=False, fix="strata build")
    yield from _versions(library)
    if not warning and settings.content.is_dir() and library.is_stale():
        yield Check(
            "index",
            "the documents have changed since the index was built",
            ok=False,
            fix="strata build (or the next strata ask)",
        )


def _versions(library: Library) -> Iterator[Check]:
    """Yield the documents that are versions of one another."""
    from bot.corpus.versions import versions

    for newest, *others in versions(library.generation)[:MAX_VERSIONS]:
        older = ", ".join(visible(document.path) for document in others)
        yield Check(
            "versions",
            f"{visible(newest.path)} is preferred to {older}, which has nearly the same text",
            fix="if the older ones are out of date, name them in .strataignore",
        )


def _cache(settings: Settings) -> Iterator[Check]:
    from bot.cli.commands.cache import stale_indexes

    for stale in stale_indexes(settings):
        yield Check("unused index", str(stale), fix="strata cache prune")


def _composer(settings: Settings) -> Iterator[Check]:
    from bot.errors import SettingsError
    from bot.settings.composer import key

    composer = settings.composer
    if not composer.on:
        return
    try:
        state = "with a key" if key(composer) else "without a key"
    except SettingsError as fault:
        yield Check("composer", str(fault), ok=False, fix='see bot/README.md, "Composed answers"')
        return
    yield Check("composer", f"{composer.model} at {composer.url}, {state}")


def duration(age: timedelta) -> str:
    """Return an age in its largest unit.

    >>> duration(timedelta(hours=30)), duration(timedelta(seconds=5))
    ('1 day', '5 seconds')
    """
    seconds = max(0, int(age.total_seconds()))
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= length:
            count = seconds // length
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return f"{seconds} second{'s' if seconds != 1 else ''}"
