"""A question in, a cited reply out, over a real index with an encoder that counts words."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.answer.policy import Policy
from bot.build import build
from bot.cli.commands.bulk import run
from bot.cli.output import as_json, terminal
from bot.errors import QuestionError
from bot.library import Library, ready
from bot.question.analysis import Steps
from bot.settings.settings import Settings
from bot.types import Abstention, Answer
from index.errors import EncoderError, OtherAdapterError
from index.models.encoder import cores
from index.search.fusion import Weights
from tests.bagofwords import BagOfWords
from tests.bot.library import opened, write

if TYPE_CHECKING:
    from index.types import Vector

TODAY = date(2026, 11, 24)
ASKED = "What was Anthropic's revenue run rate at the end of December 2025?"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return opened(tmp_path_factory.mktemp("library"), base_url="https://example.org/blob/{commit}/content")


def answered(library: Library, question: str) -> Answer:
    reply = library.ask(question, today=TODAY)
    assert isinstance(reply, Answer)
    return reply


def test_an_answer_quotes_the_sentence_and_cites_its_heading_lines_and_source(library: Library) -> None:
    """The quotation is verbatim, and its citation leads to the heading and to the public source."""
    reply = answered(library, ASKED)
    assert reply.quotes[0].text == "Anthropic's revenue run rate was $9 billion at the end of December 2025."
    citation = reply.citations[0]
    assert (citation.place, citation.lines) == ("Anthropic › Revenue", "models/anthropic.md:15")
    assert citation.link == "https://example.org/blob/main/content/models/anthropic.md#revenue"
    assert [source.id for source in citation.sources] == ["post-2025-12"]
    assert citation.stale


def test_no_more_questions_are_answered_at_a_time_than_there_are_cores(library: Library) -> None:
    """Those that wait are answered as they would be alone."""
    inner, at_once, most, calls, count = library.encoder, 0, 0, 0, threading.Lock()
    first = threading.Barrier(cores())

    class Counting:
        def encode_question(self, question: str) -> Vector:
            nonlocal at_once, most, calls
            with count:
                at_once += 1
                most = max(most, at_once)
                calls += 1
                is_first = calls <= cores()
            if is_first:
                first.wait(
                    timeout=30
                )  # the first questions, one for each core, are answered at the same time
            time.sleep(0.01)
            with count:
                at_once -= 1
            return inner.encode_question(question)

        def __getattr__(self, name: str) -> Any:
            return getattr(inner, name)

    busy = library.replace(encoder=Counting())  # type: ignore[arg-type]
    asked = [ASKED, "Who makes turbines?"] * 3 * cores()
    with ThreadPoolExecutor(4 * cores()) as pool:
        replies = list(pool.map(partial(busy.ask, today=TODAY), asked))
    assert most == cores()
    assert replies == [library.ask(question, today=TODAY) for question in asked]


def test_a_sentence_that_leans_on_its_neighbour_brings_it_along(library: Library) -> None:
    """A quotation that begins with It begins with the sentence before it."""
    reply = answered(library, "Had Anthropic's revenue run rate doubled within a year?")
    shown = [q.excerpt for q in reply.quotes if "doubled" in q.excerpt]
    assert shown
    assert all(text.startswith("Anthropic's revenue") for text in shown)


def test_a_table_row_is_quoted_with_its_header(library: Library) -> None:
    """A row alone says nothing: its header comes with it, verbatim."""
    reply = answered(library, "Anthropic Revenue Month Run rate 2024-12 $1 billion")
    rows = [q for q in reply.quotes if q.text == "2024-12 | $1 billion"]
    assert rows
    assert rows[0].lead == "Month | Run rate"


def test_a_ticker_is_read_as_its_company_and_the_reply_says_so(library: Library) -> None:
    """What was read as something else is told."""
    reply = answered(library, "What was ANTH's revenue run rate at the end of December 2025?")
    assert reply.notes == ("read as: Anthropic (ANTH)",)


def test_abstains_when_the_subject_is_in_no_document(library: Library) -> None:
    """The reply names the nearest headings and quotes nothing."""
    reply = library.ask("Which bakery in Lisbon sells the best croissants?", today=TODAY)
    assert isinstance(reply, Abstention)
    assert not reply.quotes
    assert terminal(reply, 80).startswith("I couldn't find Lisbon anywhere in the library.")


def test_the_library_tells_a_follow_ups_names_from_its_topics(library: Library) -> None:
    """A name is one in small letters as well; a word of the documents asks for another thing of the same subject."""
    assert library.follow("and anthropic?", "What did Mistral earn?") == "What did Anthropic earn?"
    assert library.follow("And its revenue?", "what did anthropic earn?") == "And its revenue (Anthropic)?"
    assert library.follow("what is anthropic?", "What did Mistral earn?") == "what is anthropic?"
    assert library.follow("and revenue?", "What is Mistral's run rate?") == "and revenue (Mistral)?"
    assert library.follow("and perplexity?", "What did Mistral earn?") == "What did perplexity earn?"


def test_a_layer_keeps_other_documents_out(library: Library) -> None:
    """Only passages of the layer are considered."""
    hits = library.outcome(ASKED, ("energy",), today=TODAY).hits
    assert {hit.document.layer for hit in hits} == {"energy"}


def test_a_reply_has_the_same_id_whenever_it_is_made(library: Library) -> None:
    """The id comes from the generation and the question alone."""
    assert library.ask(ASKED, today=TODAY).id == library.ask(ASKED, today=date(2027, 1, 1)).id


@pytest.mark.parametrize("question", ["", "  \n", "x" * 20_001])
def test_a_question_that_cannot_be_read_is_refused(library: Library, question: str) -> None:
    """An empty one and one that is too long."""
    with pytest.raises(QuestionError):
        library.ask(question)


def test_an_edit_is_in_the_answer_after_a_rebuild(tmp_path: Path) -> None:
    """Questions after the swap read the new generation, which holds the new sentence."""
    library = opened(tmp_path)
    file = tmp_path / "content/models/anthropic.md"
    file.write_text(file.read_text().replace("was $9 billion at", "was $10 billion at"))
    assert library.is_stale()
    library.rebuild()
    assert "$10 billion" in answered(library, ASKED).quotes[0].text
    assert not library.is_stale()


def test_an_index_of_which_nothing_can_be_read_is_built_anew_and_the_reason_is_told(
    tmp_path: Path, compiled_folder: Path
) -> None:
    """The documents are all that an index needs; one that can be read is not built again."""
    (tmp_path / "encoders").symlink_to(compiled_folder.parent)
    chosen = Settings(content=write(tmp_path / "content"), index=tmp_path / "index", cache=tmp_path)
    assert ready(chosen).damage == ""
    (damaged,) = (tmp_path / "index/generations").iterdir()
    (damaged / "sentences.npy").write_bytes(b"nothing")
    opened = ready(chosen)
    assert "sentences.npy has 7 bytes" in opened.damage
    assert "run:" not in opened.damage
    assert opened.report is not None
    assert answered(opened.library, ASKED)
    again = ready(chosen)
    assert (again.damage, again.report) == ("", None)


def test_a_damaged_index_is_mended_from_the_one_before(tmp_path: Path, compiled_folder: Path) -> None:
    """What was wrong is told, and only what the older one lacks is encoded."""
    (tmp_path / "encoders").symlink_to(compiled_folder.parent)
    chosen = Settings(content=write(tmp_path / "content"), index=tmp_path / "index", cache=tmp_path)
    ready(chosen)
    (tmp_path / "index/CURRENT").write_text("nothing")
    opened = ready(chosen)
    assert opened.damage.endswith('CURRENT names no generation: "nothing"')
    assert opened.report is not None
    assert opened.report.encoded == 0
    assert opened.library.generation.warning == ""
    assert ready(chosen).report is None


def test_an_index_of_another_adapter_is_told_from_one_of_another_encoder(tmp_path: Path) -> None:
    """A changed adapter rebuilds the index, and another encoder may be a mistake."""
    library = opened(tmp_path)
    build(library.settings, encoder=BagOfWords("bag-of-words+0a"))
    with pytest.raises(OtherAdapterError):
        Library.open(library.settings, BagOfWords("bag-of-words+0b"))
    with pytest.raises(EncoderError) as raised:
        Library.open(library.settings, BagOfWords("other+0a"))
    assert not isinstance(raised.value, OtherAdapterError)


def test_an_index_of_another_encoder_is_refused_and_kept(tmp_path: Path, compiled_folder: Path) -> None:
    """Which of the two was meant is for the reader to say."""
    library = opened(tmp_path)
    (tmp_path / "encoders").symlink_to(compiled_folder.parent)
    chosen = replace(library.settings, cache=tmp_path)
    with pytest.raises(EncoderError, match="was built with the encoder bag-of-words"):
        ready(chosen)
    assert library.store.current().id == library.generation.id


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(
            [
                "Anthropic",
                "revenue",
                "run",
                "rate",
                "turbine",
                "slots",
                "2025",
                "why",
                "how",
                "much",
                "It",
                "month",
            ]
        ),
        min_size=1,
    )
)
def test_every_quote_stands_in_its_passage_and_every_citation_is_shown(
    library: Library, words: list[str]
) -> None:
    """Whatever is asked, quotations are verbatim spans, and rendering keeps each citation."""
    reply = library.ask(" ".join(words), today=TODAY)
    for quote in reply.quotes:
        passage = library.generation.passage(quote.row)
        assert passage.text[quote.start : quote.end] == quote.text
        assert quote.lead in f"{passage.lead}\n{passage.text}"
    told = terminal(reply, 80)
    assert all(f"[{c.number}] {c.place}" in told for c in reply.citations)
    assert len(as_json(reply)["citations"]) == len(reply.citations)


def test_bulk_results_have_the_documented_fields(library: Library) -> None:
    """Answered, abstained and unreadable questions all give a line."""
    results = list(run(library, [("1", ASKED), ("2", "Best croissants of Lisbon?"), ("3", " ")]))
    fields = {"id", "ranked", "answer", "abstained", "confidence", "cited", "latency_ms"}
    assert all(fields <= set(result) for result in results)
    assert [result["abstained"] for result in results] == [False, True, True]
    assert results[0]["cited"] == ["anthropic"]


def test_a_policy_says_how_passages_are_ranked_and_whether_names_are_read(library: Library) -> None:
    """Weights reach the ranking, and without the gazetteer a ticker stays as it was typed."""
    policy = Policy(question=Steps(spelling=False), ranking=Weights(dense=0.0, sentence=0.0, coverage=1.0))
    other = Library(library.settings, library.encoder, library.store, library.generation, policy)
    outcome = other.outcome("How did ANTH revenue double?")
    assert [hit.score for hit in outcome.hits] == pytest.approx([hit.coverage for hit in outcome.hits])
    assert outcome.reply.notes == ()
    assert library.outcome("How did ANTH revenue double?").reply.notes == ("read as: Anthropic (ANTH)",)


@pytest.mark.parametrize(
    "question",
    ["Tell me about Annapurna", "what is annapurna?", "Annapurna", "who is annapurna"],
)
def test_a_question_on_a_subject_as_a_whole_gets_the_introduction(tmp_path: Path, question: str) -> None:
    """Of the document with that title, in its order; a question on more gets what answers it."""
    library = opened(tmp_path)
    sections = "\n\n".join(
        f"## Annapurna {n}\n\nAnnapurna makes what Annapurna makes, and Annapurna is known for number {n}."
        for n in range(12)
    )
    (library.settings.content / "annapurna.md").write_text(
        f"# Annapurna\n\nThe company designs chips. Its owner rents them out. No rival does.\n\n{sections}\n"
    )
    library.rebuild()
    free = library.replace(policy=replace(library.policy, threshold=0.0))
    reply = free.ask(question)
    assert isinstance(reply, Answer)
    told = "The company designs chips. Its owner rents them out. No rival does."
    assert reply.quotes[0].excerpt == told
    other = free.ask("What is Annapurna 7 known for?")
    assert isinstance(other, Answer)
    assert "number 7" in other.quotes[0].text


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("the case against annapurna", ["Its chips are late.", "Its owner is its customer."]),
        ("What is the case for Annapurna?", ["Its chips are cheap.", "Its owner buys all of them."]),
        ("What would change the view on Annapurna?", ["A lost order would.", "So would a second customer."]),
    ],
)
def test_a_question_on_a_section_gets_that_section(tmp_path: Path, question: str, told: list[str]) -> None:
    """In its order, though other sections say the same words."""
    library = opened(tmp_path)
    (library.settings.content / "annapurna.md").write_text(
        "# Annapurna\n\nIn this case the view for Annapurna would change against the view on Annapurna.\n\n"
        "## The case for\n\nIts chips are cheap. Its owner buys all of them.\n\n"
        "## The case against\n\nIts chips are late. Its owner is its customer.\n\n"
        "## What would change this view\n\nA lost order would. So would a second customer.\n"
    )
    library.rebuild()
    reply = library.replace(policy=replace(library.policy, threshold=0.0)).ask(question)
    assert isinstance(reply, Answer)
    assert " ".join(quote.excerpt for quote in reply.quotes).startswith(" ".join(told))
