"""Messages drawn as Discord's dark theme shows them: `python -m tests.standin.picture REPLY.json OUT.png`.

REPLY.json is what `Standin.save` writes: {"messages": [...], "names": {"<@1>": "@Ada"}}. OUT may end in .html too; a .png needs Chromium, and a font for
what buttons show (Debian: chromium, fonts-noto-color-emoji, fonts-inter).
"""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any

from tests.standin.markdown import Node, inline, parse

Data = dict[str, Any]
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-device-scale-factor=2",
)
_STYLES = {1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "secondary"}
_TAGS = {"bold": "strong", "italic": "em", "underline": "u", "strike": "s", "code": "code"}
_LINES = {
    "paragraph": "p",
    "heading1": "h1",
    "heading2": "h2",
    "heading3": "h3",
    "quote": "blockquote",
    "small": "small",
    "item": "li",
    "block": "pre",
}
_CSS = Path(__file__).with_suffix(".css")
_LAYERS = (
    '<svg viewBox="0 0 24 24" fill="none" stroke="#fff" stroke-width="2" stroke-linejoin="round">'
    '<path d="M12 3 3 8l9 5 9-5z"/><path d="m3 12 9 5 9-5"/><path d="m3 16 9 5 9-5"/></svg>'
)


def page(saved: Data) -> str:
    """Messages as a page of HTML that needs nothing else.

    >>> message = {"content": "**a**", "author": {"username": "strata", "bot": True}}
    >>> "<strong>a</strong>" in page({"messages": [message], "names": {}})
    True
    """
    style = _CSS.read_text(encoding="utf-8")
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><style>{style}</style>'
    body = "".join(_message(message, saved["names"]) for message in saved["messages"])
    return f"{head}<body>{body}</body></html>"


def _message(message: Data, names: dict[str, str]) -> str:
    author = message["author"]
    badge = "<i>APP</i>" if author.get("bot") else ""
    name = escape(author.get("global_name") or author["username"])
    head = f"<header><strong>{name}</strong>{badge}<time>{_clock(message.get('timestamp'))}</time></header>"
    face = (
        f'<div class="face">{_LAYERS}</div>'
        if author.get("bot")
        else f'<div class="face person">{name[:1]}</div>'
    )
    parts = [_command(message) or _reply(message, names), face, head, "<article>"]
    parts.append(_markdown(message.get("content") or "", names))
    parts += [_embed(embed, names) for embed in message.get("embeds") or []]
    parts += [_row(row) for row in message.get("components") or []]
    parts.append("</article>")
    if int(message.get("flags") or 0) & 1 << 6:
        parts.append('<div class="private">Only you can see this · Dismiss message</div>')
    return f"<main>{''.join(parts)}</main>"


def _command(message: Data) -> str:
    used = message.get("interaction")
    if not used:
        return ""
    who = escape(used["user"].get("global_name") or used["user"]["username"])
    return f'<div class="command">{who} used <b>/{escape(used["name"])}</b></div>'


def _reply(message: Data, names: dict[str, str]) -> str:
    before = message.get("referenced_message")
    if not before:
        return ""
    who = escape(before["author"].get("global_name") or before["author"]["username"])
    text = before["content"] if len(before["content"]) <= 80 else before["content"][:79] + "…"
    return f'<div class="command"><b>@{who}</b> {_inline(tuple(inline(text)), names)}</div>'


def _clock(timestamp: str | None) -> str:
    moment = datetime.now(UTC) if timestamp is None else datetime.fromisoformat(timestamp)
    return f"{moment:%H:%M}"


def _markdown(text: str, names: dict[str, str]) -> str:
    result = []
    for kind, nodes in groupby(parse(text), key=lambda node: node.kind):
        inners = [escape(node.text) if kind == "block" else _inline(node.parts, names) for node in nodes]
        # Neighbouring lines of a quote are one quote.
        inners = ["<br>".join(inners)] if kind == "quote" else inners
        result += [f"<{_LINES[kind]}>{inner}</{_LINES[kind]}>" for inner in inners]
    return "".join(result)


def _inline(nodes: tuple[Node, ...], names: dict[str, str]) -> str:
    return "".join(_piece(node, names) for node in nodes)


def _piece(node: Node, names: dict[str, str]) -> str:
    inner = _inline(node.parts, names) or escape(node.text).replace("\n", "<br>")
    mark = {"user": f"<@{node.text}>", "role": f"<@&{node.text}>", "channel": f"<#{node.text}>"}.get(
        node.kind
    )
    if mark is not None:
        return f'<span class="mention">{escape(names.get(mark, mark))}</span>'
    match node.kind:
        case "link":
            return f'<a href="{escape(node.url)}">{inner}</a>'
        case "everyone":
            return f'<span class="mention">{inner}</span>'
        case "spoiler":
            return f'<span class="spoiler">{inner}</span>'
        case "time":
            return f"{datetime.fromtimestamp(int(node.text), UTC):%d %B %Y}"
        case "emoji":
            return f":{inner}:"
    tag = _TAGS.get(node.kind)
    return inner if tag is None else f"<{tag}>{inner}</{tag}>"


def _embed(embed: Data, names: dict[str, str]) -> str:
    color = f"#{embed['color']:06x}" if embed.get("color") else "#1e1f22"
    parts = []
    if embed.get("author"):
        parts.append(
            f'<div class="author">{_linked(embed["author"]["name"], embed["author"].get("url"))}</div>'
        )
    if embed.get("title"):
        parts.append(f'<div class="title">{_linked(embed["title"], embed.get("url"))}</div>')
    if embed.get("description"):
        parts.append(f"<div>{_markdown(embed['description'], names)}</div>")
    if embed.get("fields"):
        cells = []
        for field in embed["fields"]:
            title = _inline(tuple(inline(field["name"])), names)
            width = 4 if field.get("inline") else 12
            cells.append(
                f'<div style="grid-column: span {width}"><div class="name">{title}</div>'
                f"{_markdown(field['value'], names)}</div>"
            )
        parts.append(f'<div class="fields">{"".join(cells)}</div>')
    if embed.get("footer"):
        parts.append(f"<footer>{escape(embed['footer']['text'])}</footer>")
    return f'<section class="embed" style="border-left-color: {color}">{"".join(parts)}</section>'


def _linked(text: str, url: str | None) -> str:
    inner = _inline(tuple(inline(text)), {})
    return f'<a href="{escape(url)}">{inner}</a>' if url else inner


def _row(row: Data) -> str:
    parts = []
    for child in row["components"]:
        if child["type"] == 2:
            emoji = (child.get("emoji") or {}).get("name") or ""
            words = escape(f"{emoji} {child.get('label') or ''}".strip())
            away = " ↗" if child["style"] == 5 else ""
            disabled = " disabled" if child.get("disabled") else ""
            parts.append(f'<button class="{_STYLES[child["style"]]}"{disabled}>{words}{away}</button>')
        else:
            words = escape(child.get("placeholder") or "Make a selection")
            parts.append(f'<div class="select"><span>{words}</span><span>▾</span></div>')
    return f'<div class="row">{"".join(parts)}</div>'


def draw(saved: Data, out: Path, width: int = 760) -> None:
    """Write the page (.html) or its screenshot at twice the size (.png), cut to the height of the messages."""
    text = page(saved)
    if out.suffix == ".html":
        out.write_text(text, encoding="utf-8")
        return
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        raise SystemExit(
            "a .png needs Chromium; install it (Debian: apt-get install chromium) or write .html"
        )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "message.html"
        # The page measures itself, so that one run tells the height for the next.
        measure = "<script>document.title=document.body.offsetHeight</script>"
        file.write_text(text.replace("</html>", measure + "</html>"), encoding="utf-8")
        common = [browser, *_FLAGS, f"--user-data-dir={folder}/profile"]
        told = _run([*common, f"--window-size={width},600", "--dump-dom", file.as_uri()])
        height = int(told.split("<title>")[1].split("<")[0])
        _run([*common, f"--window-size={width},{height}", f"--screenshot={out.resolve()}", file.as_uri()])
    wide, high = struct.unpack(">II", out.read_bytes()[16:24])
    print(f"{out}: {wide} x {high}")


def _run(command: list[str]) -> str:
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    return done.stdout


def main() -> None:
    """Draw what was saved."""
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    source, out = map(Path, sys.argv[1:])
    draw(json.loads(source.read_text(encoding="utf-8")), out)


if __name__ == "__main__":
    main()
