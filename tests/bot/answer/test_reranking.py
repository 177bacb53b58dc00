"""Other encoders and rerankers as settings: over a real index, and as a person runs the commands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bot.build import compile_encoder, open_encoder, open_reranker
from bot.cli.explanation import explain
from bot.errors import SettingsError
from bot.library import Library
from bot.settings.settings import Settings, load
from bot.types import Answer
from index.errors import EncoderError
from tests.bot.cli.test_main import ASKED, Terminal, strata
from tests.bot.library import opened
from tests.tinybert import bi_encoder, cross_encoder

if TYPE_CHECKING:
    from index.types import Vector

__all__ = ["strata"]


class Longing:
    """A reranker that likes texts with a word, and remembers what it was asked."""

    def __init__(self, word: str) -> None:
        self.word = word
        self.read: list[str] = []

    def scores(self, question: str, texts: Sequence[str]) -> Vector:
        del question
        self.read = list(texts)
        return np.array([float(self.word in text) for text in texts], np.float32)


def reranked(folder: Path, word: str, count: int) -> tuple[Library, Longing]:
    """A small library whose best passages a reranker scores."""
    library = opened(folder, reranked=count)
    longing = Longing(word)
    return Library(
        library.settings,
        library.encoder,
        library.store,
        library.generation,
        reranker=longing,  # type: ignore[arg-type]
    ), longing


def test_the_reranker_decides_the_order_and_its_score_is_explained(tmp_path: Path) -> None:
    """The passage that it likes comes first, with its score on the hit and in the explanation."""
    plain = opened(tmp_path / "plain").outcome(ASKED).hits
    library, longing = reranked(tmp_path / "reranked", "Turbine makers", 10)
    outcome = library.outcome(ASKED)
    assert plain[0].document.id == "models/anthropic"
    assert [hit.rank for hit in outcome.hits] == list(range(1, len(plain) + 1))
    assert (outcome.hits[0].document.id, outcome.hits[0].reranked) == ("energy/turbines", 1.0)
    assert [hit.score for hit in outcome.hits] == [hit.score for hit in plain]
    assert any(text.startswith("Gas turbines") for text in longing.read)
    assert "expected  reranked  passage" in explain(outcome)
    assert all(hit.reranked is None for hit in plain)


def test_only_the_best_are_scored_and_more_than_are_asked_for(tmp_path: Path) -> None:
    """One hit is asked for: two are scored, and the better of them is given."""
    library, longing = reranked(tmp_path, "sold out", 2)
    hits = library.outcome(ASKED, top=1).hits
    assert len(longing.read) == 2
    assert [hit.rank for hit in hits] == [1]


@pytest.mark.parametrize("count", [0, 51])
def test_the_number_of_reranked_passages_has_limits(tmp_path: Path, count: int) -> None:
    """The message names the key and the range."""
    file = tmp_path / "strata.yaml"
    file.write_text(f"reranked: {count}\n")
    with pytest.raises(SettingsError, match=r"reranked.*from 1 to 50"):
        load(file)


def test_a_reranker_that_was_not_compiled_is_told_with_the_command(tmp_path: Path) -> None:
    """The settings name one that is nowhere."""
    with pytest.raises(
        EncoderError, match=r"the reranker tiny has not been compiled .* strata compile --reranker"
    ):
        open_reranker(Settings(cache=tmp_path, reranker="tiny"))


@pytest.mark.slow
def test_a_person_compiles_a_reranker_and_asks_with_it(strata: Terminal, tmp_path: Path) -> None:
    """Compile, set, ask: the answer is a quotation all the same, and the scores are explained."""
    model = cross_encoder(tmp_path)
    (tmp_path / "strata.yaml").write_text(f"reranker: {model.relative_to(tmp_path)}\nreranked: 3\n")
    refused = strata("ask", ASKED)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "run: strata compile --reranker" in refused.stderr
    lacking = strata("doctor").stdout
    assert "FAIL  reranker: the reranker" in lacking
    assert lacking.count("has not been compiled") == 1
    compiled = strata("compile", "--reranker")
    assert compiled.returncode == 0, compiled.stderr
    assert Path(compiled.stdout.strip()).parent == strata.cache / "rerankers"
    done = strata("ask", "--explain", ASKED)
    assert done.returncode in (0, 3), done.stderr
    assert "reranked" in done.stdout
    told = strata("doctor")
    assert "reranker: cross, 32 word pieces" in told.stdout


def test_compiling_a_reranker_needs_a_name(strata: Terminal) -> None:
    """Neither the command nor the settings name one."""
    done = strata("compile", "--reranker")
    assert (done.returncode, done.stdout) == (1, "")
    assert "no reranker is named; run: strata compile --reranker MODEL" in done.stderr


@pytest.mark.slow
def test_prefixes_are_settings_of_the_encoder(tmp_path: Path) -> None:
    """They are compiled in, and an encoder with others is as good as missing."""
    model = bi_encoder(tmp_path)
    plain = Settings(cache=tmp_path / "cache", encoder=str(model))
    compile_encoder(plain)
    assert open_encoder(plain).description.query_prompt == "query: "
    asking = Settings(cache=tmp_path / "cache", encoder=str(model), query_prefix="what : ")
    with pytest.raises(EncoderError, match="has not been compiled with these prefixes on this machine"):
        open_encoder(asking)
    encoder = open_encoder(asking, compile=True)
    assert (encoder.description.query_prompt, encoder.description.document_prompt) == ("what : ", "passage: ")
    assert open_encoder(asking).id == encoder.id


def test_an_answer_stays_an_answer(tmp_path: Path) -> None:
    """A reranker that scores all alike changes nothing."""
    library, _ = reranked(tmp_path, "", 10)
    assert isinstance(library.ask(ASKED), Answer)
