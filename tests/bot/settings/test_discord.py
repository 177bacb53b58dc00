"""The section `discord:`, the token, the webhook's secret and the settings of servers."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.discord.service.guild_settings import Preferences, allowed, resolve
from bot.errors import SettingsError
from bot.settings.discord import Discord, secret, token

FILE = Path("/srv/strata/strata.yaml")
TOKEN = "aaa.bbb.ccc"


def test_an_empty_section_has_the_defaults() -> None:
    """The default bot asks for no privileged intent and serves no port."""
    assert Discord.parse(None, FILE) == Discord.parse({}, FILE) == Discord()
    assert not Discord().message_content
    assert not Discord().port


def test_paths_are_relative_to_the_file() -> None:
    assert Discord.parse({"token_file": "token"}, FILE).token_file == Path("/srv/strata/token")


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ([], "discord takes `key: value` lines"),
        ({"tokens": 1}, "unknown key discord.tokens; did you mean token_file?"),
        ({"token": TOKEN}, "set STRATA_DISCORD_TOKEN or name a file of mode 0600 with token_file"),
        ({"webhook_secret": "x"}, "set STRATA_WEBHOOK_SECRET"),
        ({"queue": 0}, "discord.queue is 0; use a whole number from 1 to 10,000"),
        ({"per_person": -1}, "discord.per_person is -1; use a whole number from 0 to 1,000,000"),
        ({"port": 70000}, "from 0 to 65,535"),
        ({"longest_question": 3000}, "from 1 to 2,000"),
        ({"queue": 10**9}, "discord.queue is 1000000000; use a whole number from 1 to 10,000"),
        ({"poll": float("nan")}, "discord.poll is nan; use a number from 0.1 to 3,600"),
        ({"per_person": 10**400}, "from 0 to 1,000,000"),
        ({"journal": "a\0b"}, "discord.journal takes text without control characters"),
        ({"private": 1}, "discord.private takes true or false, not 1"),
        ({"port": True}, "discord.port takes a whole number, not True"),
        ({"token_file": 3}, "discord.token_file takes a path"),
        ({"api": "https://x"}, "unknown key discord.api; the keys are "),
        ({"worker": 3}, "unknown key discord.worker; did you mean workers?"),
    ],
)
def test_a_wrong_value_is_refused_with_its_file_its_key_and_what_the_key_takes(
    raw: object, message: str
) -> None:
    """The message never holds the token."""
    with pytest.raises(SettingsError) as caught:
        Discord.parse(raw, FILE)
    assert message in str(caught.value)
    assert str(FILE) in str(caught.value)
    assert TOKEN not in str(caught.value)


def test_the_token_comes_from_the_environment_or_a_file_of_mode_0600(tmp_path: Path) -> None:
    assert token(Discord(), {"STRATA_DISCORD_TOKEN": f" {TOKEN}\n"}) == TOKEN
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n")
    file.chmod(0o640)
    with pytest.raises(SettingsError, match="chmod 600"):
        token(Discord(token_file=file), {})
    file.chmod(0o600)
    assert token(Discord(token_file=file), {}) == TOKEN
    assert secret(Discord(webhook_secret_file=file), {}) == TOKEN
    assert secret(Discord(), {}) == ""


@pytest.mark.parametrize("wrong", ["", "Bot aaa.bbb.ccc", "abc", "aaa.bbb.ccc\naaa"])
def test_the_message_about_an_invalid_token_never_shows_it(wrong: str) -> None:
    with pytest.raises(SettingsError) as caught:
        token(Discord(), {"STRATA_DISCORD_TOKEN": wrong})
    assert "README" in str(caught.value)
    assert not wrong or wrong not in str(caught.value)


def test_a_missing_token_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"discord\.token_file"):
        token(Discord(token_file=tmp_path / "none"), {})


def test_the_settings_of_a_channel_override_those_of_its_category_and_server() -> None:
    """A thread has the settings of its channel; the daily limit of the server applies beside the channel's."""
    stored = {(1, 0): {"answers": False, "daily": 3}, (1, 7): {"answers": True, "daily": 9, "gone": 1}}
    assert resolve(stored, 1, (8, 7), private=True) == Preferences(
        answers=True, private=True, daily=3, daily_channel=9
    )
    assert resolve(stored, 1, (9,), private=False) == Preferences(answers=False, daily=3)
    assert resolve(stored, 2, (7,), private=False) == Preferences()


def test_answers_come_from_allowed_layers_only() -> None:
    assert allowed(("chips", "energy"), ("chips",)) == ("chips",)
    assert allowed(("energy",), ("chips",)) is None
    assert allowed((), ()) == ()
