"""What the journal keeps, what it never keeps, and that it can be erased."""

from __future__ import annotations

import json
import re
import stat
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings

from bot.errors import JournalError
from bot.journal.entries import Gap, evidence, named
from bot.journal.journal import MOST_WATCHES, Journal
from tests.bot.discord.replies import abstention, answer, any_abstentions, any_answers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.types import Abstention, Answer

TODAY = date(2026, 11, 24)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = Journal(tmp_path / "journal.sqlite")
    yield made
    made.close()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(any_answers(), any_abstentions())
def test_a_reply_comes_back_as_it_was(journal: Journal, one: Answer, other: Abstention) -> None:
    """Everything but the question is kept: the reply is the same when the question is given back."""
    for reply in (one, other):
        journal.add(reply, today=TODAY, layers=("chips",))
        record = journal.record(reply.id)
        assert record is not None
        assert record.reply(reply.question) == reply
        assert (record.today, record.layers) == (TODAY, ("chips",))


def test_an_id_cannot_confirm_a_guess_at_the_question() -> None:
    """The same reply to the same question has another id each time, so no id can be computed from a guess."""
    ids = {named(answer("One.")).id for _ in range(50)}
    assert len(ids) == 50
    assert all(re.fullmatch("A-[0-9a-f]{12}", id) for id in ids)


def test_no_stored_number_confirms_a_guess_at_the_question(journal: Journal) -> None:
    """Two questions with the same quotes leave equal rows, though their confidence and scores differ."""
    for id, confidence, score in (("A-1", 0.81234567, 0.98765), ("A-2", 0.84999999, 0.12345)):
        reply = answer("One.")
        quotes = tuple(replace(quote, score=score) for quote in reply.quotes)
        journal.add(
            replace(reply, id=id, question=f"Guess {id}?", confidence=confidence, quotes=quotes), today=TODAY
        )
    one, other = (row for row in journal.export() if row["table"] == "replies")
    assert {**one, "id": "", "at": 0} == {**other, "id": "", "at": 0}


def test_neither_question_nor_person_is_stored(journal: Journal) -> None:
    """The file of an answered, voted-on question holds neither its text nor the voter's id."""
    journal.add(answer("Words of the library."), today=TODAY, server=5, channel=6)
    journal.vote("A-7f3c21d9", 123456789012345678, 1)
    journal.posted("A-7f3c21d9", 7, 6, 5)
    told = json.dumps(list(journal.export()))
    assert "Words of the library." in told
    assert "What is the run rate?" not in told
    assert "123456789012345678" not in told
    for file in journal.path.parent.iterdir():
        assert b"run rate" not in file.read_bytes()


def test_a_person_votes_once_and_may_change_their_mind(journal: Journal) -> None:
    """A second vote takes the place of the first; others' votes are their own."""
    for person, value in ((1, 1), (1, 1), (2, 1), (1, -1)):
        journal.vote("A-1", person, value)
    assert journal.votes("A-1") == (1, 1)


def test_votes_of_one_person_cannot_be_linked(journal: Journal) -> None:
    """The same person has another name under every reply."""
    journal.vote("A-1", 1, 1)
    journal.vote("A-2", 1, 1)
    voters = [row["voter"] for row in journal.export() if row["table"] == "votes"]
    assert len(set(voters)) == 2


def test_gaps_are_grouped_by_question_and_kept_apart_by_server(journal: Journal) -> None:
    """The same question of several people counts together; a server sees its own."""
    journal.report("A-1", 1, "Who bakes?", "Bread › Bakers", 5)
    journal.report("A-1", 2, "Who bakes?", "Bread › Bakers", 5, pressed=False)
    journal.report("A-2", 3, "who bakes", "Bread › Bakers", 5)
    journal.report("A-3", 3, "Who brews?", "", 6)
    gaps = journal.gaps(5)
    assert [(gap.question.lower().rstrip("?"), gap.times, gap.reported) for gap in gaps] == [
        ("who bakes", 3, 1)
    ]
    assert isinstance(gaps[0], Gap)
    assert {gap.server for gap in journal.gaps()} == {5, 6}


def test_a_person_is_forgotten_and_nobody_else(journal: Journal) -> None:
    """Votes, reports and watches of one person go; the file keeps no trace of the words."""
    for person in (1, 2):
        journal.vote("A-1", person, 1)
        journal.report(f"A-{person}", person, f"Secret of {person}?", "", 5)
        journal.watch("A-1", person, 6, 7)
    assert journal.forget(1) == 3
    assert journal.forget(1) == 0
    assert journal.votes("A-1") == (1, 0)
    assert [gap.question for gap in journal.gaps()] == ["Secret of 2?"]
    assert [watch.person for watch in journal.watches()] == [2]
    assert all(b"Secret of 1" not in file.read_bytes() for file in journal.path.parent.iterdir())


def test_watching_twice_stops_watching(journal: Journal) -> None:
    """The button is a switch."""
    assert journal.watch("A-1", 1, 6, 7) == "watched"
    assert journal.watch("A-1", 1, 6, 7) == "ended"
    assert journal.watches() == []


def test_a_person_watches_a_bounded_number_of_replies(journal: Journal) -> None:
    """One more than allowed is refused; another person is not, and ending one makes room."""
    assert {journal.watch(f"A-{n}", 1, 6, 7) for n in range(MOST_WATCHES)} == {"watched"}
    assert journal.watch("A-more", 1, 6, 7) == "full"
    assert journal.watch("A-more", 2, 6, 7) == "watched"
    assert journal.watch("A-0", 1, 6, 7) == "ended"
    assert journal.watch("A-more", 1, 6, 7) == "watched"


def test_a_reason_outlives_a_second_press(journal: Journal) -> None:
    """The same vote again keeps its reason; another vote, or another reason, takes its place."""
    journal.vote("A-1", 1, -1, "It is old.")
    journal.vote("A-1", 1, -1)
    assert _reasons(journal) == ["It is old."]
    journal.vote("A-1", 1, -1, "It is wrong.")
    assert _reasons(journal) == ["It is wrong."]
    journal.vote("A-1", 1, 1)
    assert _reasons(journal) == [""]


def _reasons(journal: Journal) -> list[str]:
    return [row["why"] for row in journal.export() if row["table"] == "votes"]


def test_a_day_is_counted_under_names_of_that_day_alone(journal: Journal) -> None:
    """A person's count survives a restart under a hash that is another one tomorrow, when today's is erased."""
    tomorrow = date(2026, 11, 25)
    for person in (1, 1, 2):
        journal.count(person, TODAY)
    again = Journal(journal.path)
    assert sorted(again.counted(TODAY).values()) == [1, 2]
    assert again.counted(TODAY)[again.alias_of_day(1, TODAY)] == 2
    assert again.alias_of_day(1, TODAY) != again.alias_of_day(1, tomorrow)
    again.count(2, tomorrow)
    assert again.counted(TODAY) == {}
    assert list(again.counted(tomorrow).values()) == [1]
    again.close()


def test_posts_are_read_in_pages(journal: Journal) -> None:
    """Every message comes once, the newest first, however many share a moment."""
    for message in range(1, 8):
        journal.posted("A-1", message, 6)
    found, page = [], journal.posts(most=3)
    while page:
        found += [post.message for post in page]
        page = journal.posts(most=3, before=page[-1])
    assert found == [7, 6, 5, 4, 3, 2, 1]


def test_messages_that_are_gone_are_forgotten(journal: Journal) -> None:
    """Several at once."""
    for message in (1, 2, 3):
        journal.posted("A-1", message, 6, 5)
    journal.unpost(1, 2)
    assert {post.message for post in journal.posts()} == {3}


def test_a_server_is_erased_and_no_other(journal: Journal) -> None:
    """Settings, questions of gaps, replies, votes, watches and posts of one server go, and leave no trace in the file."""
    for server, id in ((5, "A-five"), (9, "A-nine")):
        journal.add(replace(answer("One."), id=id), today=TODAY, server=server, channel=server + 1)
        second = replace(answer("Two."), id=f"{id}-b")  # of a comparison, which counts as one question
        journal.add(second, today=TODAY, server=server, counts=False)
        journal.posted(f"{id}+{id}-b", server + 2, server + 1, server)
        journal.vote(id, 1, -1, f"Reason {server}")
        journal.watch(f"{id}-b", 1, server + 1, server + 2)
        journal.report(id, 1, f"Question {server}?", "", server)
        journal.prefer(server, 0, {"private": True})
    journal.add(replace(answer("One."), id="A-shared"), today=TODAY, server=5)
    journal.add(replace(answer("One."), id="A-shared"), today=TODAY, server=9)
    assert journal.servers() == {5, 9}
    assert journal.erase_server(5) > 0
    assert journal.servers() == {9}
    assert journal.record("A-five") is journal.record("A-five-b") is None
    assert journal.record("A-nine") is not None
    assert journal.record("A-shared") is not None
    assert [watch.reply for watch in journal.watches()] == ["A-nine-b"]
    assert journal.votes("A-five") == (0, 0)
    for file in journal.path.parent.iterdir():
        content = file.read_bytes()
        assert b"Question 5?" not in content
        assert b"Reason 5" not in content


def test_rows_of_an_older_version_keep_working(journal: Journal) -> None:
    """A reply that was stored with a hashed id, its full confidence and scores is read as before."""
    form = json.loads(evidence(answer("One.")))
    form["quotes"][0]["score"] = 0.12345
    journal._db.execute(
        "INSERT INTO replies VALUES ('A-0b7e281e684b', 'g', 'answer', 0.81234, '2026-11-24', '[]', ?, 1.0)",
        (json.dumps(form),),
    )
    record = journal.record("A-0b7e281e684b")
    assert record is not None
    assert (record.confidence, record.quotes[0].score) == (0.81234, 0.12345)


def test_a_journal_of_the_first_version_goes_on(tmp_path: Path) -> None:
    """What it holds is there, and what came with the second version works."""
    old = Journal(tmp_path / "old.sqlite")
    old.vote("A-1", 1, 1)
    old._db.execute("DROP TABLE days")
    old._db.execute("PRAGMA user_version = 1")
    old.close()
    again = Journal(tmp_path / "old.sqlite")
    assert again.votes("A-1") == (1, 0)
    again.count(1, TODAY)
    again._db.execute("PRAGMA user_version = 3")
    again.close()
    with pytest.raises(JournalError, match="newer Strata"):
        Journal(tmp_path / "old.sqlite")


def test_reading_waits_for_no_writer(journal: Journal) -> None:
    """A process that only reads opens the journal while another one is in the middle of writing."""
    journal.vote("A-1", 1, 1)
    with journal._writing():
        other = Journal(journal.path)
        assert other.votes("A-1") == (1, 0)
        other.close()


def test_old_replies_go_unless_somebody_watches_them(journal: Journal) -> None:
    """Pruning takes a reply's posts and votes with it."""
    journal.add(answer("One."), today=TODAY)
    journal.posted("A-7f3c21d9", 7, 6)
    journal.vote("A-7f3c21d9", 1, 1)
    journal.add(abstention(), today=TODAY)
    journal.watch("A-0badcafe", 1, 6, 7)
    journal.report("A-0badcafe", 1, "Who bakes?")
    assert journal.prune(2e10) == 1
    assert journal.gaps() == []
    assert journal.record("A-7f3c21d9") is None
    assert journal.posts() == []
    assert journal.votes("A-7f3c21d9") == (0, 0)
    assert journal.record("A-0badcafe") is not None


def test_totals_count_one_server_or_all(journal: Journal) -> None:
    """Asked, answered, votes, gaps and the median time."""
    for server, milliseconds in ((5, 10.0), (5, 30.0), (6, 50.0)):
        journal.add(answer("One."), today=TODAY, server=server, milliseconds=milliseconds)
    journal.add(abstention(), today=TODAY, server=5, milliseconds=20.0)
    journal.vote("A-7f3c21d9", 1, -1)
    totals = journal.totals(5)
    assert (totals.asked, totals.answered, totals.up, totals.down, totals.milliseconds) == (3, 2, 0, 1, 20.0)
    assert journal.totals().asked == 4
    assert {id: times for id, times in journal.asked_since(0.0).items() if id} == {5: 3, 6: 1}


def test_preferences_and_values_come_back(journal: Journal) -> None:
    """What was set is there after the file is opened again; nothing set removes it."""
    journal.prefer(5, 0, {"private": True})
    journal.prefer(5, 9, {"answers": False})
    journal.prefer(5, 9, {})
    journal.put("commands", "hash")
    journal.close()
    again = Journal(journal.path)
    assert again.preferences() == {(5, 0): {"private": True}}
    assert again.get("commands") == "hash"
    assert again.get("nothing") == ""
    again.close()


def test_many_threads_write_and_another_process_reads(journal: Journal) -> None:
    """Writers do not lose rows, and a reader of another process sees them while the bot has the file open."""

    def vote(person: int) -> None:
        for reply in range(20):
            journal.vote(f"A-{reply}", person, 1)

    threads = [threading.Thread(target=vote, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    program = (
        "import sys; from pathlib import Path; from bot.journal.journal import Journal;"
        "print(sum(sum(Journal(Path(sys.argv[1])).votes(f'A-{n}')) for n in range(20)))"
    )
    read = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, str(journal.path)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert read.stdout.strip() == "80"


def test_only_the_owner_may_read_the_file(journal: Journal) -> None:
    """The journal has mode 0600."""
    assert stat.S_IMODE(journal.path.stat().st_mode) == 0o600


def test_a_file_that_is_no_journal_is_one_clear_error(tmp_path: Path) -> None:
    """A damaged or foreign file is named, and left as it is."""
    file = tmp_path / "journal.sqlite"
    file.write_bytes(b"not a database" * 100)
    with pytest.raises(JournalError, match=r"journal\.sqlite"):
        Journal(file)
    assert file.read_bytes().startswith(b"not a database")
