"""Filling in commands and modals as Discord's client does, with its checks: pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.standin import payloads
from tests.standin.errors import NotOfferedError
from tests.standin.state import Channel, Role, User

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Data = dict[str, Any]
_STRING, _INTEGER, _BOOLEAN, _USER, _CHANNEL, _ROLE, _NUMBER = 3, 4, 5, 6, 7, 8, 10
_TYPES: dict[int, tuple[type, ...]] = {
    _STRING: (str,),
    _INTEGER: (int,),
    _BOOLEAN: (bool,),
    _USER: (User,),
    _CHANNEL: (Channel,),
    _ROLE: (Role,),
    _NUMBER: (int, float),
}


def command(
    offered: Sequence[Data], name: str, values: Mapping[str, Any], focused: str | None = None
) -> tuple[Data, Data]:
    """The command of this name ("settings show" for a subcommand) and an interaction's data for it.

    With `focused`, the option that is being typed, nothing needs to be complete.

    >>> option = {"type": 3, "name": "question", "description": "q", "required": True}
    >>> ask = {"id": "1", "name": "ask", "type": 1, "options": [option]}
    >>> command([ask], "ask", {"question": "Who makes chips?"})[1]["options"]
    [{'type': 3, 'name': 'question', 'value': 'Who makes chips?'}]
    >>> command([ask], "ask", {})
    Traceback (most recent call last):
    tests.standin.errors.NotOfferedError: /ask needs 'question'
    """
    first, *rest = name.split()
    found = [item for item in offered if item["name"] == first]
    if not found:
        raise NotOfferedError(f"there is no command /{name}; there are {[item['name'] for item in offered]}")
    data: Data = {"id": found[0]["id"], "name": first, "type": 1}
    if "guild_id" in found[0]:
        data["guild_id"] = found[0]["guild_id"]
    known, inner = found[0]["options"], data
    for word in rest:
        deeper = [item for item in known if item["name"] == word and item["type"] in (1, 2)]
        if not deeper:
            raise NotOfferedError(f"there is no command /{name}")
        inner["options"] = [{"type": deeper[0]["type"], "name": word}]
        known, inner = deeper[0].get("options") or [], inner["options"][0]
    if any(item["type"] in (1, 2) for item in known):
        raise NotOfferedError(f"/{name} has subcommands {[item['name'] for item in known]}")
    strange = set(values) - {item["name"] for item in known}
    if strange:
        raise NotOfferedError(f"/{name} has no option {sorted(strange)}")
    inner["options"] = []
    resolved: Data = {}
    for item in known:
        if item["name"] not in values:
            if item.get("required") and focused is None:
                raise NotOfferedError(f"/{name} needs {item['name']!r}")
            continue
        value = values[item["name"]]
        if item["name"] == focused:
            if not item.get("autocomplete"):
                raise NotOfferedError(f"/{name} suggests nothing for {focused!r}")
            inner["options"].append(
                {"type": item["type"], "name": item["name"], "value": value, "focused": True}
            )
            continue
        inner["options"].append(
            {"type": item["type"], "name": item["name"], "value": _value(name, item, value, resolved)}
        )
    return found[0], data | ({"resolved": resolved} if resolved else {})


def _value(name: str, item: Data, value: Any, resolved: Data) -> Any:
    """One option's value, checked; a person, channel or role is put into `resolved`."""
    what = f"/{name} {item['name']}"
    fits = isinstance(value, _TYPES[item["type"]])
    if not fits or (isinstance(value, bool) and item["type"] != _BOOLEAN):
        raise NotOfferedError(f"{what} does not take {value!r}")
    if item.get("choices"):
        known = {
            word: choice["value"] for choice in item["choices"] for word in (choice["name"], choice["value"])
        }
        if value not in known:
            raise NotOfferedError(f"{what} offers {list(known)}, not {value!r}")
        return known[value]
    if isinstance(value, str):
        least, most = item.get("min_length") or 0, item.get("max_length") or 6000
        if not max(least, 1) <= len(value) <= most:
            raise NotOfferedError(f"{what} takes {max(least, 1)} to {most} characters, not {len(value)}")
        return value
    if isinstance(value, User):
        resolved.setdefault("users", {})[str(value.id)] = payloads.user(value)
        return str(value.id)
    if isinstance(value, Channel):
        entry = payloads.channel(value) | {"permissions": str(value.permissions(User(0, "")))}
        resolved.setdefault("channels", {})[str(value.id)] = entry
        return str(value.id)
    if isinstance(value, Role):
        resolved.setdefault("roles", {})[str(value.id)] = payloads.role(value)
        return str(value.id)
    if not item.get("min_value", value) <= value <= item.get("max_value", value):
        raise NotOfferedError(f"{what} takes {item.get('min_value')} to {item.get('max_value')}, not {value}")
    return value


def modal(shown: Data, values: Mapping[str, str | list[str]]) -> Data:
    """A modal's interaction data: what is not in `values` keeps its prefilled text.

    >>> text = {"type": 4, "custom_id": "why", "style": 2, "label": "Why?", "required": False}
    >>> shown = {"custom_id": "m", "components": [{"type": 1, "components": [text]}]}
    >>> modal(shown, {"Why?": "wrong"})["components"]
    [{'type': 1, 'id': 1, 'components': [{'type': 4, 'id': 2, 'custom_id': 'why', 'value': 'wrong'}]}]
    """
    unused, number = dict(values), 0
    components: list[Data] = []
    for part in shown["components"]:
        number += 1
        if part["type"] == 10:
            components.append({"type": 10, "id": number})
            continue
        labelled = part["type"] == 18
        child = part["component"] if labelled else part["components"][0]
        label = (part if labelled else child).get("label")
        filled = _filled(child, label, unused) | {"id": (number := number + 1)}
        filled = {key: filled[key] for key in ("type", "id", "custom_id", "value", "values") if key in filled}
        holder: Data = {"type": part["type"], "id": number - 1}
        components.append(holder | ({"component": filled} if labelled else {"components": [filled]}))
    if unused:
        raise NotOfferedError(f"the modal has no {list(unused)}")
    return {"custom_id": shown["custom_id"], "components": components}


def _filled(child: Data, label: str | None, values: dict[str, str | list[str]]) -> Data:
    key = child["custom_id"] if child["custom_id"] in values else label or ""
    if child["type"] == 4:
        value = values.pop(key, child.get("value") or "")
        least, most = child.get("min_length") or 0, child.get("max_length") or 4000
        if child.get("required", True):
            least = max(least, 1)
        if (
            not isinstance(value, str)
            or (value and len(value) < least)
            or not (value or not least)
            or len(value) > most
        ):
            raise NotOfferedError(f"{label!r} takes {least} to {most} characters")
        return {"type": 4, "custom_id": child["custom_id"], "value": value}
    chosen = values.pop(key, [])
    known = [item["value"] for item in child.get("options") or []]
    if isinstance(chosen, str) or any(item not in known for item in chosen):
        raise NotOfferedError(f"{label!r} offers {known}")
    return {"type": child["type"], "custom_id": child["custom_id"], "values": list(chosen)}
