"""The composer's settings, its API key, and `strata ask` with an endpoint on this machine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.settings.composer import KEY, Composer, key
from bot.settings.settings import load
from tests.bot.cli.test_main import ASKED, Terminal, strata
from tests.bot.composer.endpoint import Endpoint

__all__ = ["strata"]

GROUNDED = "Anthropic's revenue run rate was $9 billion at the end of December 2025 [1]."
UNGROUNDED = "Anthropic's revenue run rate was $19 billion at the end of December 2025 [1]."
QUOTED = "“Anthropic's revenue run rate was $9 billion at the end of December 2025."


def composing(strata: Terminal, endpoint: Endpoint, **more: object) -> None:
    """Write a strata.yaml that names the endpoint."""
    section = {"url": endpoint.url, "model": "small", "timeout": 10, **more}
    (strata.folder / "strata.yaml").write_text(json.dumps({"composer": section}))


def test_a_composed_text_is_printed_before_the_quotations(strata: Terminal) -> None:
    """A remark names the model, and --explain shows how long the model took."""
    with Endpoint("says", GROUNDED) as endpoint:
        composing(strata, endpoint)
        done = strata("ask", "--explain", ASKED)
    assert done.returncode == 0, done.stderr
    plain = done.stdout
    assert plain.startswith("Anthropic's revenue run rate was $9 billion at the end of December 2025. [1]\n")
    places = [
        plain.index(part) for part in ("[1]", "(composed by small from the quotations below", QUOTED, "[1] ")
    ]
    assert places[:3] == sorted(places[:3])
    assert "composed by small in " in plain
    assert "ms: verified" in plain


def test_an_ungrounded_text_is_not_shown_but_the_quotations_are(strata: Terminal) -> None:
    """The reason is shown; the invented figure is in the explanation only."""
    with Endpoint("says", UNGROUNDED) as endpoint:
        composing(strata, endpoint)
        done = strata("ask", ASKED)
        explained = strata("ask", "--explain", ASKED)
    assert done.returncode == 0, done.stderr
    assert "$19 billion" not in done.stdout + done.stderr
    assert done.stdout.startswith(
        "(the composed text was refused: numbers; the quotations below stand alone)"
    )
    assert QUOTED in done.stdout
    assert "refused: numbers ($19 billion)" in explained.stdout


def test_the_json_form_has_the_composed_text_as_a_field(strata: Terminal) -> None:
    """The field has sentences with citations, or the reason; without a composer there is no field."""
    with Endpoint("says", GROUNDED) as endpoint:
        composing(strata, endpoint)
        composed = json.loads(strata("ask", "--json", ASKED).stdout)["composed"]
        endpoint.text = UNGROUNDED
        refused = json.loads(strata("ask", "--json", ASKED).stdout)["composed"]
    (strata.folder / "strata.yaml").unlink()
    assert composed == {
        "model": "small",
        "refused": None,
        "sentences": [
            {
                "text": "Anthropic's revenue run rate was $9 billion at the end of December 2025.",
                "citations": [1],
            }
        ],
    }
    assert refused == {"model": "small", "refused": "numbers", "sentences": []}
    assert "composed" not in json.loads(strata("ask", "--json", ASKED).stdout)


def test_a_conversation_is_composed_and_an_abstention_is_not(strata: Terminal) -> None:
    with Endpoint("says", GROUNDED) as endpoint:
        composing(strata, endpoint)
        talk = strata("ask", input=f"{ASKED}\nexit\n")
        assert "(composed by small from the quotations below, not quoted)" in talk.stdout
        asked = len(endpoint.requests)
        abstained = strata("ask", "Who painted the ceiling of the Sistine Chapel?")
        assert abstained.returncode == 3
        assert "composed" not in abstained.stdout
        assert len(endpoint.requests) == asked


def test_an_unreachable_endpoint_leaves_the_quotations(strata: Terminal, unused_tcp_port: int) -> None:
    """The exit code is the exit code of an answer."""
    (strata.folder / "strata.yaml").write_text(
        f"composer: {{url: 'http://127.0.0.1:{unused_tcp_port}/v1', model: small}}"
    )
    done = strata("ask", ASKED)
    assert done.returncode == 0, done.stderr
    assert "(the composed text was refused: unreachable; the quotations below stand alone)" in done.stdout
    assert QUOTED in done.stdout


def test_the_key_is_sent_and_never_shown(strata: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, "sk-0123456789")
    with Endpoint("says", GROUNDED) as endpoint:
        composing(strata, endpoint)
        done = strata("ask", "--explain", ASKED)
        assert endpoint.headers[-1]["Authorization"] == "Bearer sk-0123456789"
    assert "sk-0123456789" not in done.stdout + done.stderr
    (strata.folder / "strata.yaml").write_text("composer: {url: 'http://10.0.0.1/v1', model: small}")
    refused = strata("ask", ASKED)
    assert refused.returncode == 1
    assert "a key is sent over https only" in refused.stderr
    assert "sk-0123456789" not in refused.stderr


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("url: http://localhost/v1", "composer takes both url and model, or neither"),
        ("model: small", "composer takes both url and model, or neither"),
        ("{url: 'ftp://localhost', model: small}", "is not an http or https address"),
        ("{url: 'http://[', model: small}", "is not an http or https address"),
        ("{url: 'http://me:pw@localhost/v1', model: small}", "takes an address without a password"),
        ("{url: 'http://localhost/v1?key=1', model: small}", "takes an address without a password"),
        (
            "{url: 'http://localhost', model: small, timeout: 0}",
            "composer.timeout is 0; use a number from 1 to 120",
        ),
        (
            "{url: 'http://localhost', model: small, at_once: 0}",
            "composer.at_once is 0; use a whole number from 1 to 64",
        ),
        (
            "{url: 'http://localhost', model: small, api_key: sk-1}",
            "composer.api_key does not belong in a settings file",
        ),
        ("{url: 'http://localhost', model: 3}", "composer.model takes text, not 3"),
        ("{uri: 'http://localhost'}", "unknown key composer.uri; did you mean url?"),
        ("[1]", "composer takes `key: value` lines"),
    ],
)
def test_a_wrong_value_is_refused_with_what_the_key_takes(tmp_path: Path, lines: str, message: str) -> None:
    """The message never holds an API key from the file."""
    file = tmp_path / "strata.yaml"
    file.write_text(f"composer: {lines}\n" if lines[0] in "{[" else f"composer:\n  {lines}\n")
    with pytest.raises(SettingsError) as refused:
        load(file, {})
    assert message in str(refused.value)
    assert "sk-1" not in str(refused.value)


def test_only_a_key_file_of_mode_0600_is_read(tmp_path: Path) -> None:
    """A key file takes precedence over the environment."""
    file = tmp_path / "key"
    file.write_text("sk-from-file\n")
    composer = Composer("https://example.org/v1", "small", file)
    file.chmod(0o644)
    with pytest.raises(SettingsError, match="can be read by others; run: chmod 600"):
        key(composer, {})
    file.chmod(0o600)
    assert key(composer, {KEY: "sk-other"}) == "sk-from-file"
    file.write_text("two words\n")
    with pytest.raises(SettingsError, match="does not hold a key") as refused:
        key(composer, {})
    assert "two words" not in str(refused.value)
    file.unlink()
    with pytest.raises(SettingsError, match=r"which composer\.key_file names, cannot be read"):
        key(composer, {})


def test_an_endpoint_on_http_needs_no_key() -> None:
    assert key(Composer("http://10.0.0.1/v1", "small"), {}) == ""


def test_by_default_there_is_no_composer(tmp_path: Path) -> None:
    file = tmp_path / "strata.yaml"
    file.write_text("composer:\n")
    assert not load(file, {}).composer.on
    file.write_text("")
    assert not load(file, {}).composer.on
