"""The command `tune`: an adapter of the default encoder for this library."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bot.cli.console import note, one_line
from bot.cli.options import located
from bot.cli.session import open_library

if TYPE_CHECKING:
    from bot.settings.settings import Settings


@click.command(short_help="Tune the encoder to the expected questions.")
@click.option("--seed", default=0, show_default=True, help="Decides the held-out documents and the training.")
@located
def tune(settings: Settings, seed: int) -> int:
    """Tune the default encoder to the library's expected questions.

    Writes adapter.safetensors (1.3 MB) beside the documents, but only if the tuned encoder is clearly better on documents
    that were held out. Commit the file; the next build compiles the encoder with it. Needs the extra [compile].
    """
    from bot.build import require_default_encoder
    from bot.evaluation.encoder_adapter import tune as fit
    from index.models import adapter, trainer

    require_default_encoder(settings)
    trainer.need_packages()
    library = open_library(settings)
    tuned = fit(library.generation, seed, lambda line: note(one_line(line)))
    file = settings.content / adapter.FILE_NAME
    adapter.write(tuned.adapter, file)
    note(one_line(f"wrote {file}; run: strata build, then strata eval --calibrate"))
    return 0
