"""Open or compile the models of a library, and build its index.

This must not import the code that answers, so that an edit is live sooner.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import EncoderError

if TYPE_CHECKING:
    from bot.settings import Settings
    from index.build import Report
    from index.encoder import CompiledEncoder
    from index.reranker import CompiledReranker
    from index.types import Encoder

Progress = Callable[[int, int], None]
"""Called with the texts encoded so far and the texts to encode."""

Note = Callable[[str], None]
"""Called with a line about what begins now and may take a while."""


def build(
    settings: Settings,
    *,
    full: bool = False,
    progress: Progress | None = None,
    note: Note | None = None,
    encoder: Encoder | None = None,
    wait: float = 0.0,
) -> Report:
    """Bring the index of the content folder up to date.

    Args:
        settings: Name the content folder, the encoder and the index.
        full: Read and encode everything again.
        progress: Called after each batch of texts.
        note: Called before something that may take a while.
        encoder: The encoder to build with, by default the encoder of the settings, compiled if it has not been.
        wait: Seconds to wait for another build to end.
    """
    from index.build import build as build_index
    from index.store import Store

    encoder = encoder or open_encoder(settings, compile=True, note=note)
    store = Store(settings.index_folder())
    return build_index(
        settings.content, store, encoder, full=full, progress=progress, keep=settings.keep, wait=wait
    )


def open_encoder(settings: Settings, *, compile: bool = False, note: Note | None = None) -> CompiledEncoder:
    """Open the compiled encoder that the settings name; compile it first if it is missing and `compile` is set.

    An encoder compiled with different prefixes counts as missing. Raises EncoderError with the next step.
    """
    from index import encoder

    folder: Path | None = encoder.find(settings.encoder, settings.cache_folder() / "encoders")
    if folder is not None:
        compiled = encoder.load(folder, threads=settings.threads or None)
        prompts = (compiled.description.query_prompt, compiled.description.document_prompt)
        wanted = (settings.query_prefix, settings.passage_prefix)
        if all(want in ("", prompt) for want, prompt in zip(wanted, prompts, strict=True)):
            return compiled
    if not compile:
        state = "with these prefixes " if folder else ""
        raise EncoderError(
            f"the encoder {settings.encoder} has not been compiled {state}on this machine; run: strata compile"
        )
    if note is not None:
        note(f"compiling the encoder {settings.encoder}, once on this machine")
    return encoder.load(compile_encoder(settings), threads=settings.threads or None)


def compile_encoder(settings: Settings, model: str | None = None) -> Path:
    """Compile a model, or the encoder that the settings name, with their prefixes; the folder."""
    from index.compiling import compile as compile_model

    given = {"query": settings.query_prefix, "document": settings.passage_prefix}
    prompts = {name: prefix for name, prefix in given.items() if prefix}
    return compile_model(model or settings.encoder, settings.cache_folder() / "encoders", prompts=prompts)


def compile_reranker(settings: Settings, model: str | None = None) -> Path:
    """Compile a cross-encoder, or the one that the settings name; the folder. Raises EncoderError where none is named."""
    from index.compiling import compile_reranker as compile_model

    if not (model or settings.reranker):
        raise EncoderError("no reranker is named; run: strata compile --reranker MODEL")
    return compile_model(model or settings.reranker, settings.cache_folder() / "rerankers")


def open_reranker(settings: Settings) -> CompiledReranker | None:
    """The compiled reranker that the settings name, or None; raises EncoderError where it has not been compiled."""
    if not settings.reranker:
        return None
    from index import encoder, reranker

    folder = encoder.find(settings.reranker, settings.cache_folder() / "rerankers")
    if folder is None:
        raise EncoderError(
            f"the reranker {settings.reranker} has not been compiled on this machine; run: strata compile --reranker"
        )
    return reranker.load(folder, threads=settings.threads or None)
