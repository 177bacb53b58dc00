"""Who may ask how often, and what was asked a moment ago. No clock of its own: the time is an argument."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import ceil

_MOST_KEYS = 50_000
"""People, channels and servers that are counted at once; beyond it the longest unseen are forgotten."""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `times` in any stretch of `seconds`; 0 times means no limit."""

    times: int
    seconds: float


class Window:
    """Counts what happened to each key within a limit's stretch of time."""

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self._seen: OrderedDict[Hashable, deque[float]] = OrderedDict()

    def wait(self, key: Hashable, now: float) -> float:
        """Seconds until the key may go on; 0 where it may now. Counts nothing."""
        times = self._seen.get(key)
        if not self.limit.times or times is None:
            return 0.0
        while times and times[0] <= now - self.limit.seconds:
            times.popleft()
        if len(times) < self.limit.times:
            return 0.0
        return times[-self.limit.times] + self.limit.seconds - now

    def count(self, key: Hashable, now: float) -> None:
        """Note that the key went on now."""
        if not self.limit.times:
            return
        times = self._seen.setdefault(key, deque())
        while times and times[0] <= now - self.limit.seconds:
            times.popleft()
        times.append(now)
        self._seen.move_to_end(key)
        while len(self._seen) > _MOST_KEYS:
            self._seen.popitem(last=False)


class Today:
    """Counts what happened to each key on one day; the next day begins from nothing."""

    def __init__(self) -> None:
        self._day = date.min
        self._times: OrderedDict[Hashable, int] = OrderedDict()

    def of(self, key: Hashable, day: date) -> int:
        """How often the key went on that day."""
        return self._times.get(key, 0) if day == self._day else 0

    def count(self, key: Hashable, day: date, times: int = 1) -> None:
        """Note that the key went on so many times."""
        if day != self._day:
            self._day = day
            self._times.clear()
        self._times[key] = self._times.get(key, 0) + times
        self._times.move_to_end(key)
        while len(self._times) > _MOST_KEYS:
            self._times.popitem(last=False)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a question is not taken now."""

    scope: str
    """"you", "this channel" or "this server"."""
    seconds: int
    """Until it would be taken: at least 1."""
    daily: bool = False


class Gate:
    """The limits per person, channel and server, for a minute and for a day of UTC."""

    def __init__(
        self,
        person: int,
        channel: int,
        server: int,
        *,
        daily_person: int = 0,
        daily_server: int = 0,
        alias: Callable[[int, date], Hashable] = lambda person, day: person,  # noqa: ARG005
    ) -> None:
        """`alias` names a person for one day."""
        self._windows = {
            "you": Window(Limit(person, 60.0)),
            "this channel": Window(Limit(channel, 60.0)),
            "this server": Window(Limit(server, 60.0)),
        }
        self._daily_person, self._daily_server = daily_person, daily_server
        self._people, self._places = Today(), Today()
        self._alias = alias

    def admit(
        self,
        person: int,
        channel: int,
        server: int | None,
        now: float,
        at: datetime,
        *,
        daily: int = 0,
        place: int = 0,
        daily_place: int = 0,
    ) -> Refusal | None:
        """Count a question, or say why it is not taken. What is refused counts against nobody.

        `now` is a clock's seconds, `at` the time in UTC. `daily` is a server's own limit for a day; 0 leaves the
        deployment's. `place` is the channel whose day it is, `daily_place` its limit.
        """
        keys = {"you": person, "this channel": channel} | ({"this server": server} if server else {})
        for scope, key in keys.items():
            if (wait := self._windows[scope].wait(key, now)) > 0:
                return Refusal(scope, max(1, ceil(wait)))
        day, name = at.date(), None
        midnight = datetime.combine(day + timedelta(1), time(), at.tzinfo)
        left = max(1, ceil((midnight - at).total_seconds()))
        if self._daily_person:
            name = self._alias(person, day)
            if self._people.of(name, day) >= self._daily_person:
                return Refusal("you", left, daily=True)
        most = min(daily or self._daily_server, self._daily_server or daily)
        if server and most and self._places.of(server, day) >= most:
            return Refusal("this server", left, daily=True)
        if daily_place and self._places.of(place, day) >= daily_place:
            return Refusal("this channel", left, daily=True)
        for scope, key in keys.items():
            self._windows[scope].count(key, now)
        if name is not None:
            self._people.count(name, day)
        for id in filter(None, (server, place)):
            self._places.count(id, day)
        return None

    def seed(self, places: Mapping[int, int], people: Mapping[bytes, int], day: date) -> None:
        """Take over how much was asked today before a restart: in servers and channels, and by people's names."""
        for place, times in places.items():
            self._places.count(place, day, times)
        for name, times in people.items():
            self._people.count(name, day, times)


class Recent:
    """What was seen within the last `seconds`; at most `most` things are remembered."""

    def __init__(self, seconds: float, most: int = 10_000) -> None:
        self._seconds = seconds
        self._most = most
        self._seen: OrderedDict[Hashable, float] = OrderedDict()

    def add(self, key: Hashable, now: float) -> bool:
        """Whether the key is new; what is not new does not count again."""
        while self._seen and (
            len(self._seen) >= self._most or next(iter(self._seen.values())) <= now - self._seconds
        ):
            self._seen.popitem(last=False)
        if key in self._seen:
            return False
        self._seen[key] = now
        return True

    def discard(self, key: Hashable) -> None:
        """Forget the key: what failed may be asked again at once."""
        self._seen.pop(key, None)


def same_question(person: int, channel: int, question: str, layers: Sequence[str]) -> tuple[Hashable, ...]:
    """Return a key that is equal for the same question of one person in one channel, however it is typed.

    >>> same_question(1, 2, "What is HBM?", ()) == same_question(1, 2, " what  is hbm ", ())
    True
    """
    words = " ".join(question.casefold().split()).rstrip("?!. ")
    return (person, channel, words, tuple(sorted(layers)))


class Repeats:
    """Recent events and notices, so that the bot handles an event once and does not nag."""

    def __init__(self) -> None:
        self.events = Recent(900.0)
        """Messages and interactions: the gateway may repeat an event after a resume."""
        self.hints = Recent(86_400.0)
        """Threads and channels in which people were told that the bot reads only mentions."""
        self.notices = Recent(60.0)
        """People who were told in a channel that a limit is reached."""
