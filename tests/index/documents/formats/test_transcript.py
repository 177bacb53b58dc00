"""Transcripts in the forms in which calls and interviews are published; all of them are made up."""

from __future__ import annotations

import pytest

from index.documents.formats import plain_text as text
from index.documents.formats.html import parser as html
from index.documents.formats.markdown import parser as markdown
from index.documents.outline import Head
from index.types import Block

CALL = """Norvik Foundry AS (NORV) Q3 2026 Earnings Call Transcript
October 21, 2026, 4:30 p.m. CET

Operator
Good day, and welcome to the call.

Eline Haug -- Chief Executive Officer
Thank you. Wafer output rose 12%.

Yields are stable.

Questions and Answers:

Operator
Our first question comes from Sam Lind with Fjord Securities.

Sam Lind -- Fjord Securities -- Analyst
Hi. When will the second line break even?

Eline Haug -- Chief Executive Officer
In the first half of 2028.
"""
ANSWER = "When will the second line break even? › Eline Haug -- Chief Executive Officer ›"


def leads(body: object) -> dict[str, str]:
    """Return the lead of each block by the block's text."""
    return {item.text: item.lead for item in body.items if isinstance(item, Block)}  # type: ignore[attr-defined]


def test_the_speaker_leads_a_turn_and_the_question_leads_its_answer() -> None:
    found = leads(text.parse(CALL))
    assert found["Thank you. Wafer output rose 12%."] == "Eline Haug -- Chief Executive Officer ›"
    assert found["Yields are stable."] == "Eline Haug -- Chief Executive Officer ›"
    assert found["In the first half of 2028."] == ANSWER
    assert "Operator" not in found


def test_the_sessions_and_the_title_are_headings_and_speakers_are_none() -> None:
    heads = [item.text for item in text.parse(CALL).items if isinstance(item, Head)]
    assert heads == ["Norvik Foundry AS (NORV) Q3 2026 Earnings Call Transcript", "Questions and Answers"]


def test_lines_of_a_wrapped_text_name_speakers_whose_roles_a_list_tells() -> None:
    call = (
        "Norvik results conference call\n\nCompany Participants\nEline Haug - Chief Executive Officer\n"
        "Tor Vik - Chief Financial Officer\n\nOperator\nOur next question comes from the line of Sam Lind with Fjord.\n\n"
        "Sam Lind - Fjord\nGood morning. What did you\npay for tools?\n\nTor Vik\nWe paid 1.1 billion\nkroner.\n"
    )
    found = leads(text.parse(call))
    assert (
        found["We paid 1.1 billion kroner."]
        == "What did you pay for tools? › Tor Vik - Chief Financial Officer ›"
    )


@pytest.mark.parametrize(
    "body",
    [
        html.parse("".join(f"<p>{line}</p>" for line in CALL.split("\n"))),
        markdown.parse("\n\n".join(f"**{line}**" if " -- " in line else line for line in CALL.split("\n"))),
    ],
    ids=["html", "markdown"],
)
def test_every_format_has_transcripts(body: object) -> None:
    assert leads(body)["In the first half of 2028."] == ANSWER


def test_names_before_colons_are_the_speakers_of_an_interview() -> None:
    interview = "# Interview\n\n**Mara Okoye:** Who pays?\n\n**Piet Brandt:** We do.\n\nAlways.\n\n**Mara Okoye:** Why?\n\n**Piet Brandt:** It is law."
    found = leads(markdown.parse(interview))
    assert found["Piet Brandt: We do."] == found["Always."] == "Who pays? › Piet Brandt ›"
    assert found["Piet Brandt: It is law."] == "Why? › Piet Brandt ›"


def test_an_answer_marked_with_a_letter_has_its_question_as_lead() -> None:
    found = leads(markdown.parse("Q: Is it safe?\n\nA: For a year.\n\nQ: And then?\n\nA: Test it."))
    assert found["A: For a year."] == "Is it safe? ›"
    assert found["Q: And then?"] == ""


@pytest.mark.parametrize(
    "other",
    [
        "Team\n\nEline Haug, Chief Executive Officer\n\nJoined in 2019.",
        "Eline Haug\n\nEline Haug, Chief Executive Officer\n\nJoined.\n\nBo Ray\n\nBo Ray, Analyst\n\nLeft.",
        "Note: one.\n\nNote: two.\n\nWarning: three.",
        "Oslo, Norway\n\nA city.\n\nBergen, Norway\n\nAnother.\n\nOslo, Norway\n\nAgain.",
    ],
)
def test_other_texts_have_no_speakers(other: str) -> None:
    assert set(leads(text.parse(other)).values()) == {""}
