"""Rate limits per minute and per day, and recent events. The time is always an argument."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import ceil

_MOST_KEYS = 50_000
"""The most people, channels or servers that are counted, to bound the memory; the least recent are dropped."""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `times` in any period of `seconds`; 0 times means no limit."""

    times: int
    seconds: float


class Window:
    """A sliding window that counts events per key."""

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self._seen: OrderedDict[Hashable, deque[float]] = OrderedDict()

    def wait(self, key: Hashable, now: float) -> float:
        """Return the seconds until the key is allowed again, 0 if it is allowed now; does not count."""
        times = self._seen.get(key)
        if not self.limit.times or times is None:
            return 0.0
        while times and times[0] <= now - self.limit.seconds:
            times.popleft()
        if len(times) < self.limit.times:
            return 0.0
        return times[-self.limit.times] + self.limit.seconds - now

    def count(self, key: Hashable, now: float) -> None:
        """Count an event of the key."""
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
    """Counts events per key on one day; the next day starts at 0."""

    def __init__(self) -> None:
        self._day = date.min
        self._times: OrderedDict[Hashable, int] = OrderedDict()

    def of(self, key: Hashable, day: date) -> int:
        """Return the number of events of a key on a day."""
        return self._times.get(key, 0) if day == self._day else 0

    def count(self, key: Hashable, day: date, times: int = 1) -> None:
        """Count `times` events of the key."""
        if day != self._day:
            self._day = day
            self._times.clear()
        self._times[key] = self._times.get(key, 0) + times
        self._times.move_to_end(key)
        while len(self._times) > _MOST_KEYS:
            self._times.popitem(last=False)


@dataclass(frozen=True, slots=True)
class Request:
    """A question to be counted, and the daily limits of its server and channel; 0 means no server or no limit."""

    person: int
    channel: int
    server: int = 0
    daily: int = 0
    """The server's own daily limit; with 0, the limit of the deployment applies."""
    place: int = 0
    """The channel of the daily limit: a thread counts towards its parent channel."""
    daily_place: int = 0


@dataclass(frozen=True, slots=True)
class Refusal:
    """A limit that is reached."""

    scope: str
    """"you", "this channel" or "this server"."""
    seconds: int
    """The time until the next question is accepted, at least 1."""
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
        """Set the limits per minute and per day; 0 means no limit. `alias` returns a person's pseudonym for one day."""
        self._windows = {
            "you": Window(Limit(person, 60.0)),
            "this channel": Window(Limit(channel, 60.0)),
            "this server": Window(Limit(server, 60.0)),
        }
        self._daily_person, self._daily_server = daily_person, daily_server
        self._people, self._places = Today(), Today()
        self._alias = alias

    def admit(self, request: Request, now: float, at: datetime) -> Refusal | None:
        """Count a question, or return why it is refused. Refused questions are not counted.

        Args:
            request: The question.
            now: Seconds of a monotonic clock, for the limits per minute.
            at: The time in UTC, for the limits per day.
        """
        keys = {"you": request.person, "this channel": request.channel}
        if request.server:
            keys["this server"] = request.server
        for scope, key in keys.items():
            # All limits are checked before any is counted, so that a refused question costs nothing.
            if (wait := self._windows[scope].wait(key, now)) > 0:
                return Refusal(scope, max(1, ceil(wait)))
        day = at.date()
        name = self._alias(request.person, day) if self._daily_person else None
        if scope := self._exhausted(request, name, day):
            midnight = datetime.combine(day + timedelta(1), time(), at.tzinfo)
            return Refusal(scope, max(1, ceil((midnight - at).total_seconds())), daily=True)
        for scope, key in keys.items():
            self._windows[scope].count(key, now)
        if name is not None:
            self._people.count(name, day)
        for id in filter(None, (request.server, request.place)):
            self._places.count(id, day)
        return None

    def _exhausted(self, request: Request, name: Hashable | None, day: date) -> str:
        """Return the scope whose daily limit is reached; empty if there is none. `name` is the person's pseudonym."""
        if name is not None and self._people.of(name, day) >= self._daily_person:
            return "you"
        # The lower of the two limits applies, and 0 means no limit.
        most = min(request.daily or self._daily_server, self._daily_server or request.daily)
        if request.server and most and self._places.of(request.server, day) >= most:
            return "this server"
        if request.daily_place and self._places.of(request.place, day) >= request.daily_place:
            return "this channel"
        return ""

    def seed(self, places: Mapping[int, int], people: Mapping[bytes, int], day: date) -> None:
        """Add the counts of today from before a restart: per server or channel, and per pseudonym of a person."""
        for place, times in places.items():
            self._places.count(place, day, times)
        for name, times in people.items():
            self._people.count(name, day, times)


class Recent:
    """Keys seen within the last `seconds`, at most `most` of them."""

    def __init__(self, seconds: float, most: int = 10_000) -> None:
        self._seconds = seconds
        self._most = most
        self._seen: OrderedDict[Hashable, float] = OrderedDict()

    def add(self, key: Hashable, now: float) -> bool:
        """Add a key and return True if it is new."""
        while self._seen and (
            len(self._seen) >= self._most or next(iter(self._seen.values())) <= now - self._seconds
        ):
            self._seen.popitem(last=False)
        if key in self._seen:
            return False
        self._seen[key] = now
        return True

    def discard(self, key: Hashable) -> None:
        """Drop a key, so that it is new again."""
        self._seen.pop(key, None)


def same_question(person: int, channel: int, question: str, layers: Sequence[str]) -> tuple[Hashable, ...]:
    """Return a key for a question of a person in a channel, which ignores case, spaces and final punctuation.

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
