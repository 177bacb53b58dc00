"""Discord's limits on what a bot sends: pure, each violation a Problem.

Lengths count code points. The numbers are those of Discord's documentation: "Create Message", "Embed limits",
"Component reference", "Interaction response structure" and "Create global application command".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.standin.errors import Problem

Json = Mapping[str, Any]
Path = tuple[str | int, ...]

CONTENT = 2000
EMBEDS = 10
EMBED_TOTAL = 6000
ROWS = 5
BUTTONS_A_ROW = 5
CUSTOM_ID = 100
BUTTON_LABEL = 80
OPTIONS = 25
OPTION_TEXT = 100
PLACEHOLDER = 150
MODAL_TITLE = 45
CHOICES = 25
CHOICE_TEXT = 100

_ROW, _BUTTON, _STRING_SELECT, _TEXT_INPUT, _TEXT_DISPLAY, _LABEL = 1, 2, 3, 4, 10, 18
_SELECTS = (3, 5, 6, 7, 8)
_LINK = 5
_COMPONENTS_V2 = 1 << 15


def length(path: Path, value: object, most: int, least: int = 0) -> Iterator[Problem]:
    """Problems of a string's type and length.

    >>> [problem.message for problem in length(("content",), "abc", 2)]
    ['Must be 2 or fewer in length.']
    >>> [problem.message for problem in length(("name",), None, 2, least=1)]
    ['This field is required']
    >>> list(length(("content",), "ab", 2))
    []
    """
    if value is None or (value == "" and least):
        if least:
            yield Problem(path, "BASE_TYPE_REQUIRED", "This field is required")
    elif not isinstance(value, str):
        yield Problem(path, "STRING_TYPE_CONVERT", "Could not interpret this value as string.")
    elif least and not least <= len(value) <= most:
        yield Problem(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")
    elif len(value) > most:
        yield Problem(path, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")


def count(path: Path, items: Sequence[object], most: int, least: int = 0) -> Iterator[Problem]:
    """Problems of a list's length.

    >>> [problem.message for problem in count(("embeds",), range(11), 10)]
    ['Must be 10 or fewer in length.']
    """
    if least and not least <= len(items) <= most:
        yield Problem(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")
    elif len(items) > most:
        yield Problem(path, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")


def url(path: Path, value: object, most: int = 2048) -> Iterator[Problem]:
    """Problems of a link that Discord makes clickable.

    >>> [problem.code for problem in url(("url",), "javascript:alert(1)")]
    ['URL_TYPE_INVALID_SCHEME']
    """
    if value is None:
        return
    yield from length(path, value, most, least=1)
    if isinstance(value, str) and not re.match(r"(https?|attachment|discord)://\S", value):
        message = (
            f"Scheme \"{value.split(':')[0]}\" is not supported. Scheme must be one of ('http', 'https')."
        )
        yield Problem(path, "URL_TYPE_INVALID_SCHEME", message)


def message(data: Json) -> list[Problem]:
    """Problems of a message that a bot sends or edits, of whatever is in `data`.

    >>> message({"content": "x" * 2000, "embeds": []})
    []
    >>> message({"content": "x" * 2001})[0].path
    ('content',)
    """
    problems = list(length(("content",), (data.get("content") or "").strip(), CONTENT))
    embeds = data.get("embeds") or []
    problems += count(("embeds",), embeds, EMBEDS)
    for number, embed in enumerate(embeds):
        problems += _embed(("embeds", number), embed)
    if sum(embed_size(embed) for embed in embeds) > EMBED_TOTAL:
        text = f"Embed size exceeds maximum size of {EMBED_TOTAL}"
        problems.append(Problem(("embeds",), "MAX_EMBED_SIZE_EXCEEDED", text))
    if int(data.get("flags") or 0) & _COMPONENTS_V2:
        text = "the stand-in does not know components of version 2"
        problems.append(Problem(("flags",), "MESSAGE_FLAGS_INVALID", text))
    problems += _rows(("components",), data.get("components") or [])
    problems += _allowed_mentions(data.get("allowed_mentions") or {})
    return problems


def embed_size(embed: Json) -> int:
    """What an embed counts towards the 6,000 characters of a message.

    >>> embed_size({"title": "ab", "fields": [{"name": "d", "value": "e"}], "footer": {"text": "f"}})
    5
    """
    texts = [embed.get("title"), embed.get("description")]
    texts += [(embed.get("footer") or {}).get("text"), (embed.get("author") or {}).get("name")]
    for field in embed.get("fields") or []:
        texts += [field.get("name"), field.get("value")]
    return sum(len(text.strip()) for text in texts if isinstance(text, str))


def _embed(path: Path, embed: Json) -> Iterator[Problem]:
    yield from length((*path, "title"), embed.get("title"), 256)
    yield from length((*path, "description"), embed.get("description"), 4096)
    yield from url((*path, "url"), embed.get("url"))
    fields = embed.get("fields") or []
    yield from count((*path, "fields"), fields, 25)
    for number, field in enumerate(fields):
        yield from length((*path, "fields", number, "name"), field.get("name"), 256, least=1)
        yield from length((*path, "fields", number, "value"), field.get("value"), 1024, least=1)
    if footer := embed.get("footer"):
        yield from length((*path, "footer", "text"), footer.get("text"), 2048, least=1)
        yield from url((*path, "footer", "icon_url"), footer.get("icon_url"))
    if author := embed.get("author"):
        yield from length((*path, "author", "name"), author.get("name"), 256, least=1)
        yield from url((*path, "author", "url"), author.get("url"))
        yield from url((*path, "author", "icon_url"), author.get("icon_url"))
    for picture in ("image", "thumbnail"):
        yield from url((*path, picture, "url"), (embed.get(picture) or {}).get("url"))
    color = embed.get("color")
    if color is not None and not 0 <= int(color) <= 0xFFFFFF:
        yield Problem(
            (*path, "color"), "NUMBER_TYPE_MAX", "int value should be less than or equal to 16777215."
        )


def _rows(path: Path, rows: Sequence[Json]) -> Iterator[Problem]:
    yield from count(path, rows, ROWS)
    seen: set[str] = set()
    for number, row in enumerate(rows):
        here = (*path, number)
        if row.get("type") != _ROW:
            yield Problem((*here, "type"), "UNION_TYPE_CHOICES", 'Value of field "type" must be one of (1,).')
            continue
        children = row.get("components") or []
        most = 1 if any(child.get("type") in _SELECTS for child in children) else BUTTONS_A_ROW
        yield from count((*here, "components"), children, most, least=1)
        for place, child in enumerate(children):
            yield from _child((*here, "components", place), child)
            custom_id = child.get("custom_id")
            if custom_id is not None and custom_id in seen:
                yield Problem(
                    (*here, "components", place, "custom_id"),
                    "COMPONENT_CUSTOM_ID_DUPLICATED",
                    "Component custom id cannot be duplicated",
                )
            seen.add(custom_id)


def _child(path: Path, child: Json) -> Iterator[Problem]:
    if child.get("type") == _BUTTON:
        yield from length((*path, "label"), child.get("label"), BUTTON_LABEL)
        if not child.get("label") and not child.get("emoji"):
            yield Problem((*path, "label"), "BUTTON_COMPONENT_EMPTY", "A button must have a label or emoji.")
        if child.get("style") == _LINK:
            yield from length((*path, "url"), child.get("url"), 512, least=1)
            yield from url((*path, "url"), child.get("url"), 512)
        elif child.get("style") not in (1, 2, 3, 4):
            yield Problem((*path, "style"), "BASE_TYPE_CHOICES", "Value must be one of (1, 2, 3, 4, 5).")
        else:
            yield from length((*path, "custom_id"), child.get("custom_id"), CUSTOM_ID, least=1)
    elif child.get("type") in _SELECTS:
        yield from _select(path, child)
    else:
        text = 'Value of field "type" must be one of (2, 3, 5, 6, 7, 8).'
        yield Problem((*path, "type"), "UNION_TYPE_CHOICES", text)


def _select(path: Path, select: Json) -> Iterator[Problem]:
    yield from length((*path, "custom_id"), select.get("custom_id"), CUSTOM_ID, least=1)
    yield from length((*path, "placeholder"), select.get("placeholder"), PLACEHOLDER)
    options = select.get("options") or []
    if select.get("type") == _STRING_SELECT:
        yield from count((*path, "options"), options, OPTIONS, least=1)
    least, most = select.get("min_values", 1), select.get("max_values", 1)
    top = len(options) if select.get("type") == _STRING_SELECT else OPTIONS
    if not 0 <= least <= OPTIONS:
        yield Problem((*path, "min_values"), "NUMBER_TYPE_MAX", f"int value should be from 0 to {OPTIONS}.")
    if not max(1, least) <= most <= max(1, top):
        yield Problem((*path, "max_values"), "NUMBER_TYPE_MAX", f"int value should be from 1 to {top}.")
    seen: set[object] = set()
    for number, option in enumerate(options):
        here = (*path, "options", number)
        yield from length((*here, "label"), option.get("label"), OPTION_TEXT, least=1)
        yield from length((*here, "value"), option.get("value"), OPTION_TEXT, least=1)
        yield from length((*here, "description"), option.get("description"), OPTION_TEXT)
        if option.get("value") in seen:
            text = "The specified option value is already used"
            yield Problem((*here, "value"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", text)
        seen.add(option.get("value"))


def _allowed_mentions(allowed: Json) -> Iterator[Problem]:
    parse = allowed.get("parse") or []
    for number, word in enumerate(parse):
        if word not in ("users", "roles", "everyone"):
            text = "Value must be one of ('users', 'everyone', 'roles')."
            yield Problem(("allowed_mentions", "parse", number), "BASE_TYPE_CHOICES", text)
    for key in ("users", "roles"):
        yield from count(("allowed_mentions", key), allowed.get(key) or [], 100)
        if key in parse and allowed.get(key):
            text = f'parse:["{key}"] and {key}: [ids...] are mutually exclusive.'
            yield Problem(("allowed_mentions",), "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", text)


def modal(data: Json) -> list[Problem]:
    """Problems of a modal: text inputs in rows, or labels with a text input or a select, or text.

    >>> text = {"type": 4, "custom_id": "why", "style": 2, "label": "Why?"}
    >>> modal({"custom_id": "m", "title": "Tell us", "components": [{"type": 1, "components": [text]}]})
    []
    """
    problems = list(length(("custom_id",), data.get("custom_id"), CUSTOM_ID, least=1))
    problems += length(("title",), data.get("title"), MODAL_TITLE, least=1)
    parts = data.get("components") or []
    problems += count(("components",), parts, ROWS, least=1)
    seen: set[object] = set()
    for number, part in enumerate(parts):
        here: Path = ("components", number)
        if part.get("type") == _TEXT_DISPLAY:
            problems += length((*here, "content"), part.get("content"), 4000, least=1)
            continue
        if part.get("type") == _LABEL:
            problems += length((*here, "label"), part.get("label"), 45, least=1)
            problems += length((*here, "description"), part.get("description"), 100)
            child, path = part.get("component") or {}, (*here, "component")
        else:
            children = part.get("components") or []
            problems += count((*here, "components"), children, 1, least=1)
            child, path = (children or [{}])[0], (*here, "components", 0)
            problems += length((*path, "label"), child.get("label"), 45, least=1)
        problems += _text_input(path, child) if child.get("type") == _TEXT_INPUT else _child(path, child)
        if child.get("custom_id") in seen:
            text = "Component custom id cannot be duplicated"
            problems.append(Problem((*path, "custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", text))
        seen.add(child.get("custom_id"))
    return problems


def _text_input(path: Path, child: Json) -> Iterator[Problem]:
    yield from length((*path, "custom_id"), child.get("custom_id"), CUSTOM_ID, least=1)
    yield from length((*path, "placeholder"), child.get("placeholder"), 100)
    yield from length((*path, "value"), child.get("value"), 4000)
    if child.get("style") not in (1, 2):
        yield Problem((*path, "style"), "BASE_TYPE_CHOICES", "Value must be one of (1, 2).")
    least, most = child.get("min_length") or 0, child.get("max_length") or 4000
    if not 0 <= least <= most <= 4000:
        yield Problem((*path, "max_length"), "NUMBER_TYPE_MAX", "int value should be from 1 to 4000.")


def choices(items: Sequence[Json]) -> list[Problem]:
    """Problems of an autocomplete's suggestions.

    >>> choices([{"name": "chips", "value": "chips"}] * 25)
    []
    >>> len(choices([{"name": "x" * 101, "value": "x"}] * 26))
    27
    """
    problems = list(count(("data", "choices"), items, CHOICES))
    for number, item in enumerate(items):
        path: Path = ("data", "choices", number)
        problems += length((*path, "name"), item.get("name"), CHOICE_TEXT, least=1)
        if isinstance(item.get("value"), str):
            problems += length((*path, "value"), item["value"], CHOICE_TEXT)
        elif not isinstance(item.get("value"), int | float):
            problems.append(Problem((*path, "value"), "BASE_TYPE_REQUIRED", "This field is required"))
    return problems


_NAME = re.compile(r"[-_'\w\u0900-\u097f\u0e00-\u0e7f]{1,32}")


def commands(items: Sequence[Json]) -> list[Problem]:
    """Problems of a list of commands that replaces all others.

    >>> commands([{"name": "ask", "description": "Ask."}, {"name": "Ask about this", "type": 3}])
    []
    >>> [problem.code for problem in commands([{"name": "Ask", "description": "Ask."}])]
    ['APPLICATION_COMMAND_INVALID_NAME']
    """
    problems: list[Problem] = []
    names: set[tuple[int, str]] = set()
    for number, item in enumerate(items):
        kind, name = item.get("type") or 1, item.get("name") or ""
        if (kind, name) in names:
            text = "Application command names must be unique"
            problems.append(Problem((number,), "APPLICATION_COMMANDS_DUPLICATE_NAME", text))
        names.add((kind, name))
        if kind == 1:
            problems += _command((number,), item)
            if _command_size(item) > 8000:
                text = "Command exceeds maximum size (8000)"
                problems.append(Problem((number,), "APPLICATION_COMMAND_TOO_LARGE", text))
        else:
            problems += length((number, "name"), name, 32, least=1)
            if item.get("description"):
                text = "Context menu commands cannot have description"
                problems.append(Problem((number, "description"), "APPLICATION_COMMAND_DESCRIPTION", text))
    for kind, most in ((1, 100), (2, 15), (3, 15)):
        if sum((item.get("type") or 1) == kind for item in items) > most:
            text = f"Maximum number of application commands reached ({most})."
            problems.append(Problem((), "APPLICATION_COMMANDS_MAX", text))
    return problems


def _command(path: Path, item: Json) -> Iterator[Problem]:
    name = item.get("name") or ""
    yield from length((*path, "name"), name, 32, least=1)
    if name and (not _NAME.fullmatch(name) or name != name.lower()):
        yield Problem((*path, "name"), "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
    yield from length((*path, "description"), item.get("description"), 100, least=1)
    options = item.get("options") or []
    yield from count((*path, "options"), options, OPTIONS)
    optional_seen = False
    names: set[str] = set()
    for number, option in enumerate(options):
        here = (*path, "options", number)
        yield from _command(here, option)
        if option.get("name") in names:
            text = "Application command option names must be unique"
            yield Problem(here, "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", text)
        names.add(option.get("name"))
        if option.get("required") and optional_seen:
            text = "Required options must be placed before non-required options"
            yield Problem((*here, "required"), "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", text)
        optional_seen = optional_seen or (option.get("type") not in (1, 2) and not option.get("required"))
        given = option.get("choices") or []
        if given and option.get("autocomplete"):
            text = "Choices and autocomplete exclude each other"
            yield Problem((*here, "choices"), "APPLICATION_COMMAND_OPTIONS_CHOICES_INVALID", text)
        for problem in choices(given):
            yield Problem((*here, *problem.path[1:]), problem.code, problem.message)


def _command_size(item: Json) -> int:
    """What counts towards 8,000: names, descriptions and values of choices, nested ones too."""
    size = len(item.get("name") or "") + len(item.get("description") or "")
    size += sum(len(str(choice["name"])) + len(str(choice["value"])) for choice in item.get("choices") or [])
    return size + sum(_command_size(option) for option in item.get("options") or [])
