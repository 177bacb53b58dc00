"""Tests of the commands on expected questions, in processes of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from tests.bot.cli.terminal import Terminal
from tests.bot.composer.endpoint import Endpoint

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def strata(tmp_path: Path, compiled_folder: Path) -> Terminal:
    """The command over a small library."""
    return Terminal(tmp_path, compiled_folder.parent)


def test_a_question_is_added_listed_and_counted(strata: Terminal) -> None:
    """The file is written beside the document, and `check` counts the sections that are left."""
    question = "Who earns what at Anthropic?"
    added = strata("questions", "add", question, "models/anthropic", "Revenue")
    assert added.returncode == 0, added.stderr
    file = strata.content / "models/anthropic.questions.yaml"
    assert yaml.safe_load(file.read_text()) == {"Revenue": [question]}
    listed = strata("questions", "models/anthropic.md")
    assert question in listed.stdout
    assert 'the section "" has no expected questions' in listed.stderr
    assert "sections without expected questions: 2; questions nearer" in strata("check").stderr
    again = strata("questions", "add", question, "models/anthropic", "Revenue")
    assert again.returncode == 1
    assert "is repeated; delete it; nothing was written" in again.stderr
    missing = strata("questions", "add", "Who?", "models/anthropic", "Nothing")
    assert 'the document has no heading "Nothing"' in missing.stderr
    assert yaml.safe_load(file.read_text()) == {"Revenue": [question]}


def test_drafts_are_yaml_for_the_question_file(strata: Terminal) -> None:
    """A language model writes them; without an endpoint the message says what to set."""
    refused = strata("questions", "suggest", "energy/turbines")
    assert refused.returncode == 1
    assert "set composer.url and composer.model in strata.yaml" in refused.stderr
    with Endpoint(
        "whole", "1. When are turbines sold out?\n2. who sold out their slots?\nGood luck!"
    ) as endpoint:
        (strata.folder / "strata.yaml").write_text(f"composer: {{url: {endpoint.url}, model: m}}\n")
        drafted = strata("questions", "suggest", "energy/turbines")
        assert yaml.safe_load(drafted.stdout) == {
            "Orders": ["When are turbines sold out?", "who sold out their slots?"]
        }
        assert "sold out their production slots" in endpoint.requests[0]["messages"][-1]["content"]
    lost = strata("questions", "suggest", "energy/turbines")
    assert lost.returncode == 1
    assert "the endpoint of composer.url gave no text" in lost.stderr
