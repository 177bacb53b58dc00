"""Light markup that is nearly text: reStructuredText, AsciiDoc and Org become Markdown line by line.

Headings, lists, code, links and emphasis are read; directives and macros leave the words that they show. Each line of
Markdown knows its line in the file, so that citations point there.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from index.documents.formats.markdown import parser as markdown
from index.documents.outline import Body, Head

if TYPE_CHECKING:
    from collections.abc import Sequence

    Lines = list[tuple[str, int]]
    """Lines of Markdown, each with its line in the file, from 1."""

_ADORNMENT = re.compile(r"([=\-`:.'\"~^_*+#<>])\1{2,}\s*$")  # "====="
_DIRECTIVE = re.compile(r"\.\.\s+(?:\|[^|]+\|\s+)?([\w:-]+)::\s*(.*)$")  # ".. note:: Text"
_OPTION = re.compile(r":[\w -]+:(?:\s|$)")  # ":alt: The halls"
_ROLE = re.compile(r":[\w:+-]+:`([^`]*)`")  # ":ref:`Costs <costs>`"
_RST_LINK = re.compile(r"`([^`<]+?)\s*<([^`>]+)>`__?")  # "`Costs <https://a.example>`_"
_RST_NAME = re.compile(r"`([^`]+)`__?(?!\w)|(?<![\w`])([A-Za-z][\w-]*\w)__?(?=[\s.,;:!?)]|$)")  # "costs_"
_RST_NOTE = re.compile(r"\s?\[(?:#[\w-]*|\d+|\*)\]_")  # "[1]_", "[#note]_"
_HIDDEN_DIRECTIVES = frozenset(
    [
        "toctree",
        "contents",
        "image",
        "figure",
        "include",
        "literalinclude",
        "raw",
        "meta",
        "index",
        "highlight",
    ]
)
_CODE_DIRECTIVES = frozenset({"code-block", "code", "sourcecode", "parsed-literal", "math"})

_ADOC_HEAD = re.compile(r"(={1,6})\s+(\S.*)$")  # "== Costs"
_ADOC_ATTRIBUTE = re.compile(r":!?([\w-]+)!?:(?:\s+(.*))?$")  # ":toc: left"
_ADOC_MACRO = re.compile(
    r"(?:link:|xref:|mailto:|(?=https?://))([^\s\[\]]+)\[([^\]]*)\]"
)  # "link:a.html[words]"
_ADOC_REFERENCE = re.compile(r"<<[^,>]+(?:,\s*([^>]+))?>>")  # "<<costs,the costs>>"
_ADOC_LIST = re.compile(r"([*.\-]{1,5})\s+(\S.*)$")  # "** nested"
_ADOC_BLOCK = re.compile(r"(?:={4,}|\*{4,}|_{4,}|--|\+{4,})\s*$")  # the lines around an example or a sidebar
_ADOC_NOTE = re.compile(r"(?:NOTE|TIP|WARNING|IMPORTANT|CAUTION):\s+")  # "NOTE: Text"

_ORG_HEAD = re.compile(
    r"(\*{1,6})\s+(?:(?:TODO|DONE|NEXT|WAITING)\s+)?(?:\[#\w\]\s+)?(.*?)(?:\s+:[\w@:]+:)?\s*$"  # "** TODO [#A] Costs :work:"
)
_ORG_LINK = re.compile(r"\[\[([^\]]+)\](?:\[([^\]]+)\])?\]")  # "[[https://a.example][words]]"
_ORG_EMPHASIS = re.compile(r"(?<![\w*/=~+])([*/=~+])(\S|\S[^\n]*?\S)\1(?![\w*/=~+])")  # "/words/", "=code="
_ORG_KEYWORD = re.compile(r"\s*#\+(\w+):?\s*(.*)$")  # "#+TITLE: Costs"


def parse(text: str, suffix: str) -> Body:
    r"""Return the body of a file in reStructuredText (.rst), AsciiDoc (.adoc, .asciidoc) or Org (.org).

    >>> parse("Cedar\n=====\n\nIt has 7 halls.", ".rst").items[0]
    Head(level=1, text='Cedar', line=1, label='Cedar', anchor='')
    """
    lines = text.split("\n")
    match suffix:
        case ".rst" | ".rest":
            return body(_from_rst(lines))
        case ".org":
            return body(_from_org(lines))
        case _:
            return body(_from_adoc(lines))


def body(lines: Lines) -> Body:
    """Return the body of Markdown lines, with the lines of the file that they come from."""
    parsed = markdown.parse("\n".join(line for line, _ in lines), 1, ())
    numbers = [number for _, number in lines] or [1]

    def number(line: int) -> int:
        """Return the line of the file for a line of the Markdown."""
        return numbers[min(line, len(numbers)) - 1]

    items = [
        replace(item, line=number(item.line))
        if isinstance(item, Head)
        else replace(item, first_line=number(item.first_line), last_line=number(item.last_line))
        for item in parsed.items
    ]
    links = [replace(link, line=number(link.line)) for link in parsed.links]
    return Body(tuple(items), parsed.title, tuple(links))


def _fence(found: Lines, code: Sequence[tuple[str, int]]) -> None:
    """Add lines of code between fences that no line of the code can close."""
    if any(line.strip() for line, _ in code):
        first, last = code[0][1], code[-1][1]
        found += [("", first), ("~~~~~~~~", first), *code, ("~~~~~~~~", last), ("", last)]


def _block_end(lines: Sequence[str], start: int) -> int:
    """Return the index behind the indented or blank lines that begin at an index."""
    end = start
    while end < len(lines) and (not lines[end].strip() or lines[end][0] in " \t"):
        end += 1
    return end


def _dedented(lines: Sequence[str], start: int, end: int) -> Lines:
    """Return the lines from `start` up to `end` without their common indentation, each with its number."""
    part = lines[start:end]
    indent = min((len(line) - len(line.lstrip()) for line in part if line.strip()), default=0)
    return [(line[indent:], number) for number, line in enumerate(part, start + 1)]


def _from_rst(
    lines: Sequence[str], levels: dict[tuple[str, bool], int] | None = None, first: int = 1
) -> Lines:
    """Return reStructuredText as Markdown.

    Args:
        lines: The lines of the text.
        levels: The level of each adornment that was met, by its character and whether it is also above the title.
        first: The line of the file at which the text begins.
    """
    levels = {} if levels is None else levels
    found: Lines = []
    at = 0
    while at < len(lines):
        line, number = lines[at], at + first
        below = lines[at + 1] if at + 1 < len(lines) else ""
        is_over = bool(_ADORNMENT.match(line)) and at + 2 < len(lines) and lines[at + 2][:3] == line[:3]
        if is_over and below.strip():
            level = levels.setdefault((line[0], True), len(levels) + 1)
            found += [
                ("", number),
                (f"{'#' * min(level, 6)} {_rst_inline(below.strip())}", number + 1),
                ("", number),
            ]
            at += 3
        elif (
            line.strip() and not line[0].isspace() and _ADORNMENT.match(below) and not _ADORNMENT.match(line)
        ):
            level = levels.setdefault((below[0], False), len(levels) + 1)
            found += [
                ("", number),
                (f"{'#' * min(level, 6)} {_rst_inline(line.strip())}", number),
                ("", number),
            ]
            at += 2
        elif line.startswith(".. "):
            at = _rst_directive(lines, at, found, levels, first)
        elif line.rstrip().endswith("::") and not line.startswith(".."):
            end = _block_end(lines, at + 1)
            found.append((_rst_inline(line.rstrip()[:-1]) if line.strip() != "::" else "", number))
            code = [(text, place + first - 1) for text, place in _dedented(lines, at + 1, end)]
            _fence(found, code)
            at = end
        else:
            is_rule = _ADORNMENT.match(line) or line.strip() == ".."
            found.append(("" if is_rule else _rst_inline(line), number))
            at += 1
    return found


def _rst_directive(
    lines: Sequence[str], at: int, found: Lines, levels: dict[tuple[str, bool], int], first: int
) -> int:
    """Add what the directive, comment, target or footnote at an index shows; returns the index behind it."""
    end = _block_end(lines, at + 1)
    text = lines[at]
    if note := re.match(r"\.\.\s+\[[^\]]+\]\s+(.*)$", text):  # ".. [1] A note."
        found += [("", at + first), (_rst_inline(note[1]), at + first)]
        found += [
            (_rst_inline(line.strip()), n + first) for n, line in enumerate(lines[at + 1 : end], at + 1)
        ]
        return end
    directive = _DIRECTIVE.match(text)
    if not directive:
        return end  # a comment or a target
    name, argument = directive[1], directive[2]
    inside = _dedented(lines, at + 1, end)
    while inside and (not inside[0][0].strip() or _OPTION.match(inside[0][0])):
        option, number = inside.pop(0)
        if option.startswith((":alt:", ":caption:")):
            found += [("", number), (option.split(":", 2)[2].strip(), number + first - 1), ("", number)]
    if name in _CODE_DIRECTIVES:
        _fence(found, [(line, number + first - 1) for line, number in inside])
    elif name not in _HIDDEN_DIRECTIVES or name == "figure":
        if argument and name != "figure":
            found += [("", at + first), (_rst_inline(argument), at + first)]
            if inside and lines[at + 1].strip() == "":
                found.append(("", at + first))
        if inside:
            found += _from_rst([line for line, _ in inside], levels, inside[0][1] + first - 1)
    found.append(("", min(end, len(lines) - 1) + first))
    return end


def _rst_inline(text: str) -> str:
    """Return a line with roles, links and footnotes of reStructuredText as Markdown.

    >>> _rst_inline("See :ref:`the costs <costs>`, ``a_b`` and `here <https://a.example>`_ [1]_.")
    'See the costs, `a_b` and [here](https://a.example).'
    """
    parts = re.split(r"(``.+?``)", text)
    for at in range(0, len(parts), 2):
        part = _ROLE.sub(lambda role: re.sub(r"\s*<[^>]*>$", "", role[1]).lstrip("~"), parts[at])
        part = _RST_NOTE.sub("", _RST_LINK.sub(r"[\1](\2)", part))
        parts[at] = _RST_NAME.sub(lambda name: name[1] or name[2], part)
    return "".join(part[1:-1] if at % 2 else part for at, part in enumerate(parts))


def _from_adoc(lines: Sequence[str]) -> Lines:
    """Return AsciiDoc as Markdown."""
    found: Lines = []
    values: dict[str, str] = {}
    closing = ""  # the line that ends the open code or comment
    code: Lines = []
    in_table = is_header = False
    for number, line in enumerate(lines, 1):
        text = line.rstrip()
        if closing:
            if text == closing:
                if not closing.startswith("/"):
                    _fence(found, code)
                closing, code = "", []
            else:
                code.append((line, number))
            continue
        is_header = (is_header and bool(text)) or (number == 1 and text.startswith("= "))
        if re.fullmatch(r"-{4,}|\.{4,}|/{4,}|```.*", text):
            closing = "```" if text.startswith("```") else text
        elif found_attribute := _ADOC_ATTRIBUTE.match(text):
            values[found_attribute[1]] = found_attribute[2] or ""
        elif text.startswith("|==="):
            in_table = not in_table
            found.append(("", number))
        elif in_table:
            cells = [
                cell.strip() for cell in re.split(r"(?:^|\s)(?:\d+\+)?[<^>.]*[a-z]?\|", text) if cell.strip()
            ]
            found += [(_adoc_inline(", ".join(cells), values), number), ("", number)] if cells else []
        elif (
            text.startswith(("//", "include::", "ifdef::", "ifndef::", "endif::", "toc::"))
            or text == "+"
            or re.fullmatch(r"\[[^\]]*\]", text)
            or _ADOC_BLOCK.match(text)
        ):
            found.append(("", number))
        elif re.match(r"\.[^.\s]", text):  # ".A title", the title of a block
            found += [("", number), (_adoc_inline(text[1:], values), number), ("", number)]
        elif is_header and number > 1:
            pass  # the author and the revision below the title
        else:
            found.append((_adoc_line(text, values), number))
    if not closing.startswith("/"):
        _fence(found, code)
    return found


def _adoc_line(text: str, values: dict[str, str]) -> str:
    """Return a line of AsciiDoc's text as Markdown."""
    if head := _ADOC_HEAD.match(text):
        return f"{'#' * len(head[1])} {_adoc_inline(head[2], values)}"
    if item := _ADOC_LIST.match(text):
        mark = "1." if item[1].startswith(".") else "-"
        return f"{'   ' * (len(item[1]) - 1)}{mark} {_adoc_inline(item[2], values)}"
    if picture := re.match(
        r"(?:image|video|audio)::[^\[]*\[\"?([^\],\"]*)", text
    ):  # "image::a.png[The halls]"
        return "" if "=" in picture[1] else picture[1]
    return _adoc_inline(re.sub(r"::(?=\s|$)", ":", _ADOC_NOTE.sub("", text)), values)


def _adoc_inline(text: str, values: dict[str, str]) -> str:
    """Return text with links, references and attributes of AsciiDoc as Markdown."""
    text = re.sub(r"\{([\w-]+)\}", lambda name: values.get(name[1], name[0]), text)
    text = _ADOC_REFERENCE.sub(lambda link: link[1] or "", text)
    text = _ADOC_MACRO.sub(lambda link: f"[{link[2].split(',')[0].strip('^') or link[1]}](<{link[1]}>)", text)
    text = re.sub(r"image:[^\s\[]+\[([^\],]*)[^\]]*\]", r"\1", text)
    text = re.sub(r"(?<![\w*])\*(\S[^*]*?)\*(?![\w*])", r"**\1**", text)
    return re.sub(r"(?<!\w)(?:\[[\w.]+\])?#(\S[^#]*?)#(?!\w)", r"\1", text)


def _from_org(lines: Sequence[str]) -> Lines:
    """Return Org as Markdown."""
    found: Lines = []
    code: Lines = []
    ends = ""  # the block or drawer that is open and its kind
    for number, line in enumerate(lines, 1):
        word = line.strip().lower()
        if ends:
            if word in {ends, "#+end_" + ends}:
                if ends in {"src", "example"}:
                    _fence(found, code)
                ends, code = "", []
            else:
                code.append((line, number))
            continue
        keyword = _ORG_KEYWORD.match(line)
        if block := re.match(r"#\+begin_(src|example|comment|export)\b", word):  # "#+begin_src python"
            ends = block[1]
        elif re.fullmatch(r":(properties|logbook):", word):  # ":PROPERTIES:"
            ends = ":end:"
        elif keyword:
            shown = keyword[1].lower() in {"title", "caption", "subtitle"}
            prefix = "# " if keyword[1].lower() == "title" else ""
            found += [
                ("", number),
                (f"{prefix}{_org_inline(keyword[2])}" if shown else "", number),
                ("", number),
            ]
        elif (
            word.startswith("# ") or word == "#" or re.match(r"(?:scheduled|deadline|closed):\s*[<\[]", word)
        ):
            found.append(("", number))
        elif head := _ORG_HEAD.match(line):
            found += [("", number), (f"{'#' * len(head[1])} {_org_inline(head[2])}", number), ("", number)]
        else:
            text = re.sub(r"^(\s*)\+ ", r"\1- ", line.replace("-+-", "-|-"))
            text = re.sub(r"^(\s*- )\[[ xX-]\]\s+", r"\1", text).replace(" :: ", ": ")
            found.append((_org_inline(text), number))
    if ends in {"src", "example"}:
        _fence(found, code)
    return found


def _org_inline(text: str) -> str:
    """Return text with links and emphasis of Org as Markdown.

    >>> _org_inline("See [[https://a.example][the /big/ hall]] in =code= [fn:1].")
    'See [the *big* hall](<https://a.example>) in `code`.'
    """
    text = re.sub(r"\s?\[fn:[^\]]*\]", "", text)
    text = _ORG_LINK.sub(lambda link: f"[{link[2]}](<{link[1]}>)" if link[2] else link[1], text)
    marks = {"*": "**", "/": "*", "=": "`", "~": "`", "+": "~~"}
    return _ORG_EMPHASIS.sub(lambda part: f"{marks[part[1]]}{part[2]}{marks[part[1]]}", text)
