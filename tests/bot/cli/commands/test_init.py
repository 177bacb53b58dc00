"""`strata init` sets up any folder of documents."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.cli.commands.init import main_language, questions, survey, write_settings
from bot.settings.settings import load
from tests.bot.cli.terminal import Terminal


@pytest.fixture
def strata(tmp_path: Path, compiled_folder: Path) -> Terminal:
    """Return the command in a folder with a library of its own."""
    return Terminal(tmp_path, compiled_folder.parent)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of notes of several tools."""
    files = {
        "my notes/Halls.md": "---\ntags: [site]\n---\n# Halls\n\n## Costs\n\nThe halls cost $12 million in the year 2025.\n",
        "my notes/page.mdx": "import A from 'a';\n\n# Power\n\nThe power of the site is 40 megawatts in total.\n",
        "my notes/table.csv": "site,halls\nElm,11\n",
        "my notes/photo.png": "x",
        "my notes/drafts/a.md": "A draft.",
        "my notes/.strataignore": "drafts/\n",
        "my notes/bad.md": "",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / path).write_text(text)
    return tmp_path / "my notes"


def test_a_survey_counts_formats_and_suggests_questions(folder: Path) -> None:
    found = survey(folder, ["Halls.md", "bad.md", "page.mdx", "table.csv"])
    assert found.formats == {".md": 2, ".mdx": 1, ".csv": 1}
    assert (found.unreadable, found.language) == (1, "English")
    assert found.questions == ("What does Halls say about costs?", "What is said about Power?")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("The halls of the site are full, and that is the limit for this year.", "English"),
        ("Les coûts de la centrale et des salles sont dans une note pour les clients.", "French"),
        ("Los costes de la planta son altos y en el año se pagan con el crédito.", "Spanish"),
        ("工厂的员工有四百五十人。公司收入增加。", "Chinese"),
        ("岐阜工場のしゃいんは多いです。", "Japanese"),
        ("إيرادات الشركة ارتفعت هذا العام", "Arabic"),
        ("Elm 11", ""),
        ("", ""),
    ],
)
def test_the_language_of_a_library_is_recognised(text: str, name: str) -> None:
    assert main_language([text]) == name


def test_no_questions_without_headings() -> None:
    assert questions([]) == ()


def test_settings_name_the_folder_and_are_never_overwritten(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    assert write_settings(Path("strata.yaml"), Path("my notes"))
    assert load(environment={}).content.resolve() == folder
    assert not write_settings(Path("strata.yaml"), Path("elsewhere"))
    assert load(environment={}).content.resolve() == folder


def test_init_prepares_a_folder_for_questions(strata: Terminal, folder: Path) -> None:
    """The settings, the index and the suggestions are ready; a second run changes no settings."""
    done = strata("init", str(folder))
    assert done.returncode == 0, done.stderr
    assert "found 4 documents: 2 .md, 1 .mdx, 1 .csv" in done.stdout
    assert "1 of them cannot be read" in done.stdout
    assert "passed over: 1 file (1 .png)" in done.stdout
    assert "ignored by .strataignore or .gitignore: 1" in done.stdout
    assert 'try: strata ask "What does Halls say about costs?"' in done.stdout
    settings = (strata.folder / "strata.yaml").read_text()
    assert "$12 million" in strata("ask", "What do the halls cost?").stdout
    again = strata("init", str(folder))
    assert again.returncode == 0
    assert "exists and is unchanged" in again.stderr
    assert (strata.folder / "strata.yaml").read_text() == settings


def test_init_without_a_folder_says_what_to_do(strata: Terminal) -> None:
    done = strata("init", "nowhere")
    assert done.returncode == 1
    assert "there is no documents folder nowhere" in done.stderr
