"""Tags of other tools in Markdown, their hidden text, and the words that a tag shows on the page.

Tags are the shortcodes of Hugo, the tags of Liquid and the components of MDX.
"""

from __future__ import annotations

import re

MAX_TAG_CHARS = 5_000
"""The longest tag of a component."""

HIDDEN = re.compile(
    r"%%.*?%%(?=\W|$)"  # %% Obsidian %%
    r"|\{/\*.*?\*/\}"  # {/* MDX */}
    r"|\{%-?\s*comment\b.*?endcomment\s*-?%\}"  # {% comment %} Liquid {% endcomment %}
    r"|\{\{[<%]\s*comment\s*[%>]\}\}.*?\{\{[<%]\s*/comment\s*[%>]\}\}"  # {{< comment >}} Hugo {{< /comment >}}
    r"|\{\{[<%]/\*.*?\*/[%>]\}\}",  # {{</* an escaped shortcode */>}}
    re.DOTALL,
)
HIDDEN_START = re.compile(r"%%|\{/\*|\{%-?\s*comment\b|\{\{[<%]\s*comment\b")  # "%%", "{/*", "{% comment"
SHORTCODE = re.compile(
    r"\{\{[<%]\s*(?P<hugo>[^{}]*?)\s*[%>]\}\}"  # {{< figure src="a.png" title="Halls" >}}
    r"|\{%-?\s*(?P<liquid>[^{}]*?)\s*-?%\}"  # {% include note.html %}
)
VALUE = re.compile(r"\{\{-?\s*[\w.$][\w.\-\[\]\"']*(?:\s*\|[^{}\n]*)?\s*-?\}\}")  # {{ site.title | escape }}
STRING = re.compile(r"""\{\s*(["'`])([^{}"'`\n]*)\1\s*\}""")  # {" "} and {'words'} of MDX
ATTRIBUTES = re.compile(
    r"\{:[^{}\n]*\}"  # {: .note #id }
    r"|\{[#.][A-Za-z][\w-]*(?:\s[^{}\n]*)?\}"  # {#id .class}
)
COMPONENT = re.compile(r"</?[A-Z][\w.]*(?=[\s/>])|</?>")  # "<Tabs", "</Tabs"
_SHOWN = re.compile(
    r"\b(?:title|label|caption|alt|summary|header|heading|description|text)\s*=\s*\{?"
    r"(?:\"([^\"]*)\"|'([^']*)'|`([^`]*)`)"  # title="Hard limit"
)
_POSITIONAL = re.compile(r"(?<![=\w])(?:\"([^\"]*\s[^\"]*)\"|“([^”]*)”)")  # {{< details "Read more" >}}


def tag_end(text: str, at: int, limit: int) -> int:
    """Return the offset behind the component's tag that begins at an offset, or -1; braces and quotes may hold ">"."""
    found = COMPONENT.match(text, at, limit)
    if not found:
        return -1
    if found[0].endswith(">"):
        return found.end()
    depth, quote = 0, ""
    for offset in range(found.end(), min(limit, at + MAX_TAG_CHARS)):
        char = text[offset]
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'`":
            quote = char
        elif char in "{}":
            depth += 1 if char == "{" else -1
        elif char == ">" and depth == 0:
            return offset + 1
    return -1


def shown_words(tag: str) -> list[str]:
    """Return the words that the attributes of a tag or shortcode show.

    >>> shown_words('<Admonition type="warning" title="Hard limit">')
    ['Hard limit']
    """
    return [words for groups in _SHOWN.findall(tag) if (words := next(filter(None, groups), ""))]


def shown_by_shortcodes(text: str) -> str:
    """Return what the shortcodes of a text show: named words, and positional words with a space."""
    shown: list[str] = []
    for found in SHORTCODE.finditer(text):
        inside = found["hugo"] or found["liquid"] or ""
        shown += shown_words(inside)
        shown += [first or second for first, second in _POSITIONAL.findall(inside)]
    return "\n".join(shown)
