"""The models of a library, opened or compiled, and the build of its index.

This must not import the code that answers, so that an edit is live sooner.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import ContentError, EncoderError

if TYPE_CHECKING:
    from bot.settings.settings import Settings
    from index.build.builder import Report
    from index.models.encoder import CompiledEncoder
    from index.models.reranker import CompiledReranker
    from index.types import Encoder, Progress

Note = Callable[[str], None]
"""Called with a line about a step that begins now and may take long."""


def build(  # more than six parameters: the options of strata build, each with a default
    settings: Settings,
    *,
    full: bool = False,
    progress: Progress | None = None,
    note: Note | None = None,
    encoder: Encoder | None = None,
    wait: float = 0.0,
    conversion_seconds: float | None = None,
) -> Report:
    """Bring the index of the content folder up to date; compile the encoder if it is missing.

    Args:
        settings: The settings, which name the content folder, the encoder and the index.
        full: Read and encode everything again.
        progress: Called with the progress: converted files, encoded texts.
        note: Called with a line before another step that may take long.
        encoder: The encoder to build with, by default the encoder of the settings.
        wait: Seconds to wait for another build to end.
        conversion_seconds: Seconds for converting all new PDF and Word files together (see index.build.builder).
    """
    from index.build.builder import build as build_index
    from index.files import make_private
    from index.store.store import Store

    encoder = encoder or open_encoder(settings, compile=True, note=note)
    make_private(settings.indexes_folder())  # older versions left it readable for everybody
    store = Store(settings.index_folder())
    return build_index(
        settings.content,
        store,
        encoder,
        full=full,
        progress=progress,
        keep=settings.keep,
        wait=wait,
        conversion_seconds=conversion_seconds,
    )


def write_embeddings(settings: Settings) -> Path:
    """Write the embeddings of the current generation beside the documents, and return the file."""
    from index.build import embedding_file
    from index.store.store import Store

    with contextlib.closing(Store(settings.index_folder()).current()) as generation:
        return embedding_file.write(generation, settings.content)


def open_encoder(settings: Settings, *, compile: bool = False, note: Note | None = None) -> CompiledEncoder:
    """Open the compiled encoder that the settings name.

    An encoder compiled with different prefixes counts as missing. If it is missing and `compile` is set, it is compiled
    first, without the table of words, so that the first answer comes soon; `strata compile` adds the table.
    Raises EncoderError with the next step.
    """
    from index.models import bundle, encoder

    name = encoder_name(settings)
    folder: Path | None = bundle.find(name, encoders(settings))
    if folder is not None:
        compiled = encoder.load(folder, threads=settings.threads or None)
        prompts = (compiled.description.query_prompt, compiled.description.document_prompt)
        wanted = (settings.query_prefix, settings.passage_prefix)
        if all(want in ("", prompt) for want, prompt in zip(wanted, prompts, strict=True)):
            return compiled
    if not compile:
        state = "with these prefixes " if folder else ""
        raise EncoderError(
            f"the encoder {name} has not been compiled {state}on this machine; run: strata compile"
        )
    if not settings.content.is_dir():  # checked before the encoder is compiled, which takes long
        raise ContentError(f"{settings.content} is not a folder; name the documents with --content FOLDER")
    if note is not None:
        note(f"compiling the encoder {name}, once on this machine")
    return encoder.load(compile_encoder(settings, words=False), threads=settings.threads or None)


def encoder_name(settings: Settings) -> str:
    """Return the name of the encoder in use: the encoder of the settings, with the library's adapter if it has one."""
    from index.models.adapter import name_with

    return name_with(settings.encoder, adapter_file(settings))


def require_default_encoder(settings: Settings) -> None:
    """Raise EncoderError unless the settings name the default encoder, because adapters fit no other."""
    from index.models import bundle

    if bundle.is_folder(settings.encoder) or bundle.model_name(settings.encoder) != bundle.DEFAULT:
        raise EncoderError(
            f"only {bundle.DEFAULT} can be tuned, and the settings name {settings.encoder}; remove encoder: from strata.yaml"
        )


def adapter_file(settings: Settings) -> Path | None:
    """Return the library's adapter; None without an adapter, and for every encoder but the default."""
    from index.models import adapter, bundle

    is_default = (
        not bundle.is_folder(settings.encoder) and bundle.model_name(settings.encoder) == bundle.DEFAULT
    )
    return adapter.find(settings.content) if is_default else None


def compile_encoder(
    settings: Settings, model: str | None = None, *, words: bool = True, progress: Progress | None = None
) -> Path:
    """Compile a model, or the encoder that the settings name, with their prefixes, and return its folder.

    `words` and `progress` are those of `index.models.compiler.compile`.
    """
    from index.models.compiler import compile as compile_model

    given = {"query": settings.query_prefix, "document": settings.passage_prefix}
    prompts = {name: prefix for name, prefix in given.items() if prefix}
    return compile_model(
        model or settings.encoder,
        encoders(settings),
        prompts=prompts,
        words=words,
        progress=progress,
        adapter=None if model else adapter_file(settings),
    )


def export_encoder(settings: Settings, file: Path, model: str | None = None) -> Path:
    """Write the compiled encoder of a model, or of the settings, into an archive, and return its folder."""
    from index.models import archive, bundle

    name = model or encoder_name(settings)
    folder = bundle.find(name, encoders(settings))
    if folder is None:
        raise EncoderError(f"the encoder {name} has not been compiled on this machine; run: strata compile")
    archive.write(folder, file)
    return folder


def import_encoder(settings: Settings, file: Path) -> Path:
    """Install the compiled encoder of an archive, and return its folder."""
    from index.models import archive

    return archive.install(file, encoders(settings))


def encoders(settings: Settings) -> Path:
    """Return the folder of all compiled encoders."""
    return settings.cache_folder() / "encoders"


def compile_reranker(settings: Settings, model: str | None = None) -> Path:
    """Compile a cross-encoder, by default the reranker of the settings, and return its folder.

    Raises EncoderError if neither names a model.
    """
    from index.models.compiler import compile_reranker as compile_model

    if not (model or settings.reranker):
        raise EncoderError("no reranker is named; run: strata compile --reranker MODEL")
    return compile_model(model or settings.reranker, settings.cache_folder() / "rerankers")


def open_reranker(settings: Settings) -> CompiledReranker | None:
    """Return the compiled reranker that the settings name, or None; raises EncoderError if it has not been compiled."""
    if not settings.reranker:
        return None
    from index.models import bundle, reranker

    folder = bundle.find(settings.reranker, settings.cache_folder() / "rerankers")
    if folder is None:
        raise EncoderError(
            f"the reranker {settings.reranker} has not been compiled on this machine; run: strata compile --reranker"
        )
    return reranker.load(folder, threads=settings.threads or None)
