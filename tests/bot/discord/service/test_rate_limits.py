"""Limits at their edges."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.discord.service.rate_limits import Gate, Limit, Recent, Refusal, Request, Window, same_question

AT = datetime(2026, 11, 24, 23, 0, tzinfo=UTC)


def test_the_limit_is_reached_exactly() -> None:
    """Three in a minute are taken, the fourth is not, and it is taken when the first is a minute old."""
    gate = Gate(3, 0, 0)
    assert [gate.admit(Request(1, 2, 3), now, AT) for now in (0.0, 1.0, 2.0)] == [None, None, None]
    assert gate.admit(Request(1, 2, 3), 2.0, AT) == Refusal("you", 58)
    assert gate.admit(Request(1, 2, 3), 59.9, AT) == Refusal("you", 1)
    assert gate.admit(Request(1, 2, 3), 60.0, AT) is None


def test_a_refused_question_counts_against_nobody() -> None:
    """The channel's and the server's counts do not grow by what a person's limit refused."""
    gate = Gate(1, 2, 2)
    assert gate.admit(Request(1, 7, 9), 0.0, AT) is None
    assert all(gate.admit(Request(1, 7, 9), 1.0, AT) == Refusal("you", 59) for _ in range(5))
    assert gate.admit(Request(2, 7, 9), 1.0, AT) is None
    assert gate.admit(Request(3, 7, 9), 1.0, AT) == Refusal("this channel", 59)
    assert gate.admit(Request(3, 8, 9), 1.0, AT) == Refusal("this server", 59)


def test_people_are_counted_apart_and_conversations_have_no_server() -> None:
    """One person's questions do not use up another's; direct messages have no server to count for."""
    gate = Gate(1, 0, 1)
    assert gate.admit(Request(1, 7, 0), 0.0, AT) is None
    assert gate.admit(Request(2, 8, 0), 0.0, AT) is None
    assert gate.admit(Request(3, 8, 9), 0.0, AT) is None
    assert gate.admit(Request(4, 8, 9), 0.0, AT) == Refusal("this server", 60)


def test_a_server_may_set_a_lower_daily_limit() -> None:
    """The server's own number holds where it is lower, and where the deployment has none."""
    gate = Gate(0, 0, 0, daily_server=3)
    assert gate.admit(Request(1, 7, 9, daily=1), 0.0, AT) is None
    assert gate.admit(Request(1, 7, 9, daily=1), 1.0, AT) == Refusal("this server", 3_600, daily=True)
    assert gate.admit(Request(1, 7, 9), 1.0, AT) is None
    assert gate.admit(Request(1, 7, 9, daily=100), 1.0, AT) is None
    refusal = gate.admit(Request(1, 7, 9, daily=100), 1.0, AT)
    assert refusal is not None
    assert refusal.daily
    assert Gate(0, 0, 0).admit(Request(1, 7, 9, daily=1), 0.0, AT) is None


def test_a_restart_does_not_give_the_day_back_and_midnight_does() -> None:
    """What a server and a person asked before counts, until the day is over."""
    gate = Gate(0, 0, 0, daily_person=2, daily_server=3, alias=lambda person, day: f"{person} {day}".encode())
    gate.seed({9: 3}, {b"1 2026-11-24": 1}, AT.date())
    assert gate.admit(Request(1, 7, 9), 1.0, AT) == Refusal("this server", 3_600, daily=True)
    assert gate.admit(Request(1, 7, 8), 1.0, AT) is None
    assert gate.admit(Request(1, 7, 8), 1.0, AT) == Refusal("you", 3_600, daily=True)
    assert gate.admit(Request(2, 7, 8), 1.0, AT) is None
    later = AT + timedelta(hours=1)
    assert gate.admit(Request(1, 7, 9), 2.0, later) is None
    assert gate.admit(Request(1, 7, 9), 2.0, later) is None


def test_a_channel_may_have_a_day_of_its_own() -> None:
    """Its threads count with it, another channel does not, and it survives a restart."""
    gate = Gate(0, 0, 0)
    gate.seed({7: 1}, {}, AT.date())
    assert gate.admit(Request(1, 70, 9, place=7, daily_place=2), 0.0, AT) is None
    assert gate.admit(Request(1, 7, 9, place=7, daily_place=2), 0.0, AT) == Refusal(
        "this channel", 3_600, daily=True
    )
    assert gate.admit(Request(1, 8, 9, place=8, daily_place=2), 0.0, AT) is None


def test_zero_is_no_limit() -> None:
    """A limit of 0 lets everything through, and keeps nothing."""
    gate = Gate(0, 0, 0)
    assert all(gate.admit(Request(1, 2, 3), 0.0, AT) is None for _ in range(1000))
    assert not any(window._seen for window in gate._windows.values())


def test_a_window_forgets_what_is_old() -> None:
    """Only the last stretch of time is kept."""
    window = Window(Limit(10, 10.0))
    for second in range(100):
        window.count("a", float(second))
    assert window.wait("a", 99.0) == 1.0
    assert window.wait("a", 99.9) == pytest.approx(0.1)
    assert window.wait("a", 100.0) == 0.0


def test_the_same_thing_is_new_again_after_its_time() -> None:
    """A second one within the time is not new; after it, or after being discarded, it is."""
    recent = Recent(10.0, most=2)
    assert [recent.add("a", now) for now in (0.0, 9.9, 10.0)] == [True, False, True]
    recent.discard("a")
    assert recent.add("a", 10.1)
    assert recent.add("b", 10.2)
    assert recent.add("c", 10.3)
    assert recent.add("a", 10.4)


def test_a_question_is_the_same_however_it_is_typed() -> None:
    """Case, spaces and the question mark do not matter; the person, channel and layers do."""
    one = same_question(1, 2, "What is HBM?", ("chips",))
    assert one == same_question(1, 2, "what  is HBM ?", ("chips",))
    assert one != same_question(3, 2, "What is HBM?", ("chips",))
    assert one != same_question(1, 3, "What is HBM?", ("chips",))
    assert one != same_question(1, 2, "What is HBM?", ())
