"""Every word of a readable file is in the index.

Files are put together from fragments of markup in which every visible word is unique. Each word must be in the
text that is encoded for some passage: its title and headings, its lead or its text.
"""

from __future__ import annotations

import re
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from index.chunker import chunk
from index.documents import loader
from index.encoded_text import passage_text
from tests.bagofwords import BagOfWords

PLAIN = (
    "W\n\n",
    "W W\n",
    "W W W W costs W euros\n\n",
    "W W W.\n",
    "W: W, W\n\n",
    "W W W:\n\n- W W\n- W\n\n",
    "1. W\n2) W W\n\n",
    "Costs were\nW 45. W\n45. W W.\n",
    "W W\n=====\n",
    "## W W\n",
    "-----\n",
    "\tW\n  W\n",
    "W. W? W! (W.) W\u2026 W\n",
    "W | W | W\n",
    "W@W.example +1 W\n",
    "W " * 40 + "\n",
    "W W W W W W W W W W W W W W W W W W W W W W W.\n\n",
    "\n",
)
MARKDOWN = (
    *PLAIN,
    "# W\n\n",
    "### W `W` [W](x.md)\n",
    "####### W\n\n",
    "W\n---\n\n",
    "| W | W |\n|---|---|\n\n",
    "| W | W |\n|---|---|\n| W | W |\n| W |\n| W | W | W | W |\n\n",
    "> W\n> > W\nW\n\n",
    ">" * 30 + " W W\n\n",
    "- \n- W\n    - W\n        - [x] W\n\n",
    "1984. W W.\n\n",
    "```\nW W\n```\n\n",
    "    W W\n\n",
    "![W W](x.png 'W W') W\n\n",
    "![W &amp; \\*W *W*](x.png)\n\n",
    "[W](x.md 'W W') *W* **W** <https://W.example>\n\n",
    "W<br>W<img alt=W src=x>W<div>W</div>\n\n",
    "W <stylish> W <scripted> W <script> W\n\n",
    "<div>W<p>W</div>\n\n",
    "<details><summary>W</summary>\n\nW W\n\n</details>\n\n",
    "<table><caption>W</caption><tr><td>W</td>\n\n<td>W</td><td>W</td></tr></table>\n\n",
    "W[^a]\n\n[^a]: W *W* W\n\n",
    "[^b]: W [W](x 'W')\n\n",
    "W[^undefined]\n\n",
    "[W]: W\n\n",
    "[link]: https://x.example 'W W'\n\n",
    "W\n: W\n\n",
    "W&nbsp;W&#32;W\\\nW  \nW\n\n",
    "---\n\nkey: W\n\n---\n\n",
    "W <b>W</b> <!-- hidden --> W\n\n",
)
HTML = (
    "W",
    " W ",
    "<p>W W.",
    "<h1>W</h1>",
    "<h2>W W</h2>",
    "<h6 id=x>W</h6>",
    "<title>W</title>",
    "<ul><li>W<li>W<ul><li></ul></ul>",
    "<ol><li><p>W</p><p>W</p></ol>",
    "<dl><dt>W<dd>W</dl>",
    "<table><caption>W</caption><tr><th>W<th>W</table>",
    "<table>W<tr>W<td>W</td>W<td>W</td></tr>W</table>W",
    "<table><tr><th>W</th><th>W</th></tr><tr><td>W</td></tr></table>",
    "<table><tr><td>W<table><tr><td>W</td><td>W</td></tr></table>W</td><td>W</td></tr></table>",
    "<td>W</td><td>W</td>",
    "<details><summary>W</summary>W</details>",
    "<figure><img alt='W W'><figcaption>W</figcaption></figure>",
    "<button>W</button><button>W</button><select><option>W<option>W</select><textarea>W</textarea>",
    "<fieldset><legend>W</legend><label>W</label></fieldset>",
    "<pre>W\n  W</pre> <code>W</code> ",
    " <math><mi>W</mi></math><svg><text>W</text><text>W</text></svg>",
    "<blockquote>W</blockquote><address>W</address>",
    "<![foo W ",
    "<nav>W",
    "<iframe>W",
    "</div></p></table>",
    "W<br>W<hr>W",
    "W < W",
    " <!-- hidden -->",  # without the space, a browser joins the words on both sides
    "<script>hidden</script>",
    "&lt;W&gt; &amp;W;",
    "</body></html>W",
)


def files(fragments: tuple[str, ...]) -> st.SearchStrategy[tuple[str, frozenset[str]]]:
    """Return a strategy for files with the set of their visible words."""

    def filled(parts: list[str]) -> tuple[str, frozenset[str]]:
        numbers = count(1)
        words: list[str] = []

        def word(_: re.Match[str]) -> str:
            words.append(f"Xw{next(numbers)}" if len(words) % 3 else f"xw{next(numbers)}")
            return words[-1]

        return re.sub(r"\bW\b", word, "".join(parts)), frozenset(words)

    return st.lists(st.sampled_from(fragments), max_size=12).map(filled)


def missing(path: str, text: str, words: frozenset[str], max_tokens: int) -> set[str]:
    """Return the words of a file that no passage has."""
    parsed = loader.parse(path, text.encode())
    if not words and parsed.is_fatal:
        return set()
    assert not parsed.is_fatal, parsed.problems
    encoder = BagOfWords()
    passages = chunk(parsed.document, parsed.sections, encoder.count, max_tokens)
    encoded = [passage_text(parsed.document.title, passage) for passage in passages]
    assert all(encoder.count(text) <= max_tokens for text in encoded)
    return words - {word for text in encoded for word in re.findall(r"\w+", text)}


LIMITS = st.sampled_from([12, 24, 256])


@settings(max_examples=200)
@given(files(PLAIN), LIMITS)
def test_every_word_of_plain_text_is_in_a_passage(file: tuple[str, frozenset[str]], limit: int) -> None:
    assert missing("a.txt", *file, limit) == set()


@settings(max_examples=300)
@given(files(MARKDOWN), LIMITS)
def test_every_word_of_markdown_is_in_a_passage(file: tuple[str, frozenset[str]], limit: int) -> None:
    text, words = file
    assert missing("a.md", text if not text.startswith("---") else f"\n{text}", words, limit) == set()


@settings(max_examples=300)
@given(files(HTML), LIMITS)
def test_every_word_of_html_is_in_a_passage(file: tuple[str, frozenset[str]], limit: int) -> None:
    assert missing("a.html", *file, limit) == set()
