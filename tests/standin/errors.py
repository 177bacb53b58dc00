"""What can go wrong here.

ApiError          an error answer of Discord's API: raised by a route, sent to the bot as JSON
StandinError
├── NotOfferedError   Discord's own client would not let a person do this (the command is not there, ...)
└── LateError         what a test waited for did not happen in time
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

UNKNOWN = {
    "Application": 10002,
    "Channel": 10003,
    "Guild": 10004,
    "Member": 10007,
    "Message": 10008,
    "Role": 10011,
    "User": 10013,
    "Webhook": 10015,
    "Interaction": 10062,
    "application command": 10063,
}
"""The code of each "Unknown ..." of Discord's documentation, "JSON error codes"."""


class StandinError(AssertionError):
    """The root of what a test sees."""


class NotOfferedError(StandinError):
    """Discord's own client would not let a person do this."""


class LateError(StandinError):
    """What a test waited for did not happen in time."""


class Problem(NamedTuple):
    """One violated limit: where it stands in the request, Discord's code and words for it."""

    path: tuple[str | int, ...]
    code: str
    message: str


class ApiError(Exception):
    """An error answer of the API."""

    def __init__(self, status: int, code: int, message: str, errors: dict[str, Any] | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.body: dict[str, Any] = {"message": message, "code": code}
        if errors is not None:
            self.body["errors"] = errors


def unknown(what: str) -> ApiError:
    """404, Unknown Message and the like.

    >>> unknown("Message").body
    {'message': 'Unknown Message', 'code': 10008}
    """
    return ApiError(404, UNKNOWN[what], f"Unknown {what}")


def invalid_form(problems: Iterable[Problem]) -> ApiError:
    """400, 50035 with its tree of errors.

    >>> invalid_form([Problem(("embeds", 0, "title"), "BASE_TYPE_MAX_LENGTH", "Too long.")]).body["errors"]
    {'embeds': {'0': {'title': {'_errors': [{'code': 'BASE_TYPE_MAX_LENGTH', 'message': 'Too long.'}]}}}}
    """
    errors: dict[str, Any] = {}
    for problem in problems:
        node = errors
        for key in problem.path:
            node = node.setdefault(str(key), {})
        node.setdefault("_errors", []).append({"code": problem.code, "message": problem.message})
    return ApiError(400, 50035, "Invalid Form Body", errors)


def missing_access() -> ApiError:
    """403: the bot does not see the channel."""
    return ApiError(403, 50001, "Missing Access")


def missing_permissions() -> ApiError:
    """403: the bot sees the channel but may not do this in it."""
    return ApiError(403, 50013, "Missing Permissions")


def empty_message() -> ApiError:
    """400: neither content, embeds, components nor files."""
    return ApiError(400, 50006, "Cannot send an empty message")
