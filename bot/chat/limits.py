"""Who may ask how often, and what was asked a moment ago. No clock of its own: the time is an argument."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
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

    def wait(self, key: Hashable, now: float, limit: Limit | None = None) -> float:
        """Seconds until the key may go on; 0 where it may now. Counts nothing.

        `limit` takes the place of the window's own: a server may have set a lower one.
        """
        limit = limit or self.limit
        times = self._seen.get(key)
        if not limit.times or times is None:
            return 0.0
        while times and times[0] <= now - self.limit.seconds:
            times.popleft()
        if len(times) < limit.times:
            return 0.0
        return times[-limit.times] + limit.seconds - now

    def count(self, key: Hashable, now: float) -> None:
        """Note that the key went on now."""
        times = self._seen.setdefault(key, deque())
        while times and times[0] <= now - self.limit.seconds:
            times.popleft()
        times.append(now)
        self._seen.move_to_end(key)
        while len(self._seen) > _MOST_KEYS:
            self._seen.popitem(last=False)

    def seed(self, key: Hashable, times: int, now: float) -> None:
        """Note that the key went on so many times already."""
        self._seen[key] = deque([now] * times)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a question is not taken now."""

    scope: str
    """"you", "this channel" or "this server"."""
    seconds: int
    """Until it would be taken: at least 1."""
    daily: bool = False


class Gate:
    """The limits per person, channel and server, for a minute and for a day."""

    def __init__(
        self, person: int, channel: int, server: int, *, daily_person: int = 0, daily_server: int = 0
    ) -> None:
        self._windows = {
            "you": Window(Limit(person, 60.0)),
            "this channel": Window(Limit(channel, 60.0)),
            "this server": Window(Limit(server, 60.0)),
        }
        self._days = {
            "you": Window(Limit(daily_person, 86_400.0)),
            "this server": Window(Limit(daily_server, 86_400.0)),
        }

    def admit(
        self, person: int, channel: int, server: int | None, now: float, *, daily: int = 0
    ) -> Refusal | None:
        """Count a question, or say why it is not taken. What is refused counts against nobody.

        `daily` is a server's own limit for a day; 0 leaves the deployment's.
        """
        keys = {"you": person, "this channel": channel} | ({"this server": server} if server else {})
        for windows, is_daily in ((self._windows, False), (self._days, True)):
            for scope, window in windows.items():
                if scope not in keys:
                    continue
                own = None
                if is_daily and scope == "this server" and daily:
                    own = Limit(min(daily, window.limit.times or daily), 86_400.0)
                if (wait := window.wait(keys[scope], now, own)) > 0:
                    return Refusal(scope, max(1, ceil(wait)), is_daily)
        for windows in (self._windows, self._days):
            for scope, window in windows.items():
                if scope in keys:
                    window.count(keys[scope], now)
        return None

    def seed(self, servers: dict[int, int], now: float) -> None:
        """Take over how many questions each server asked today before a restart."""
        for server, times in servers.items():
            self._days["this server"].seed(server, times, now)


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
    """What is equal for the same question of one person in one channel, however it is typed.

    >>> same_question(1, 2, "What is HBM?", ()) == same_question(1, 2, " what  is hbm ", ())
    True
    """
    words = " ".join(question.casefold().split()).rstrip("?!. ")
    return (person, channel, words, tuple(sorted(layers)))
