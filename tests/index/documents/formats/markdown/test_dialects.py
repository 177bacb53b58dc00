"""The syntax of other tools leaves no mark in the text, and no word that the page shows is lost."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.documents.formats.markdown import parser as markdown
from index.documents.loader import Parsed, parse


def texts(text: str) -> list[str]:
    """Return the texts of the blocks and headings of Markdown."""
    return [item.text for item in markdown.parse(text).items]


def code(text: str) -> list[str]:
    """Return the texts of the code blocks of Markdown."""
    return [item.text for item in markdown.parse(text).items if getattr(item, "kind", "") == "code"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        # Obsidian
        ("See [[Plants/Osan|its plant]] and [[Micron]].", ["See its plant and Micron."]),
        ("See [[Companies#Kestrel]].", ["See Companies > Kestrel."]),
        ("![[chart.png]]", []),
        ("![[chart.png|300]]\n\n![[chart.png|The halls]]", ["The halls"]),
        ("The ==gross **margin**== rose.", ["The gross margin rose."]),
        ("a == b and c == d", ["a == b and c == d"]),
        ("Sold out. ^sold-out", ["Sold out."]),
        ("An area of 5 m ^2", ["An area of 5 m ^2"]),
        ("One %% private %% two.", ["One two."]),
        ("%%\nprivate\n\nlines\n%%\n\nText.", ["Text."]),
        ("It rose by 5%%, then fell by 3%%.", ["It rose by 5%%, then fell by 3%%."]),
        ("Revenue:: 4 billion", ["Revenue: 4 billion"]),
        ("Due in May (due:: May 2026) or [by:: Ann].", ["Due in May (due: May 2026) or by: Ann."]),
        ("Call std::vector now.", ["Call std::vector now."]),
        ("> [!note] Title\n> Text.", ["Title", "Text."]),
        ("> [!NOTE]\n> Text.", ["Text."]),
        ("> [!tip]- Title", ["Title"]),
        ("- [x] Done\n- [ ] Open", ["Done", "Open"]),
        ("```dataview\nTABLE a\n```", []),
        # Docusaurus and MDX
        (":::tip Need more?\nAsk.\n:::", ["Need more?", "Ask."]),
        (":::warning[Hard limit]\n\n- Two\n\n:::", ["Hard limit", "Two"]),
        ("::::note\n:::tip\nInner.\n:::\n::::", ["Inner."]),
        ("import A from '@a/b';\nimport {B} from \"c\";\n\nText.", ["Text."]),
        ("import {\n  A,\n  B,\n} from 'c';\nText.", ["Text."]),
        ("import tariffs rose from 5 to 9 percent.", ["import tariffs rose from 5 to 9 percent."]),
        ("export const a = {\n  b: 1,\n\n  c: 2,\n};\n\nText.", ["Text."]),
        ("export default rates fell.", ["export default rates fell."]),
        ("{/* private */}\n\nText {/* private */} here.", ["Text here."]),
        ("{/*\nprivate\n\nlines\n*/}\nText.", ["Text."]),
        ('<Card title="Hard limit" icon={<Icon a="b > c" />}>\n\nText.\n\n</Card>', ["Hard limit", "Text."]),
        ("<Tabs>\n<TabItem label='Europe'>\n**Text.**\n</TabItem>\n</Tabs>", ["Europe", "Text."]),
        ("It is <Mark style={{color: 'red'}}>9000</Mark>.", ["It is 9000."]),
        ("Two{' '}\nwords{\"!\"}", ["Two words!"]),
        ("## Costs {#the-costs}\n\nText.", ["Costs", "Text."]),
        # MkDocs Material
        (
            '!!! note "Read this"\n    Text one.\n\n    Text two.\n\nAfter.',
            ["Read this", "Text one.", "Text two.", "After."],
        ),
        ("??? question\n    Text.", ["Text."]),
        (
            '=== "Linux"\n\n    Use apt.\n\n=== "macOS"\n\n    Use brew.',
            ["Linux", "Use apt.", "macOS", "Use brew."],
        ),
        ("Text.\n{: .note }\n", ["Text."]),
        ("Wow!!! note it.", ["Wow!!! note it."]),
        # Jekyll and Hugo
        ("{% include nav.html %}\n\nText {{ site.title | escape }} here.", ["Text … here."]),
        ("{% comment %}\nprivate\n\nlines\n{% endcomment %}\nText.", ["Text."]),
        ("{% if a %}Shown.{% endif %}", ["Shown."]),
        ("{{< notice warning >}}\nText.\n{{< /notice >}}", ["Text."]),
        ('{{< figure src="a.png" title="The halls" >}}', ["The halls"]),
        ('{{< details "Read more" >}}\nText.\n{{< /details >}}', ["Read more", "Text."]),
        ('{{% include "fees.md" %}}', []),
        ("{{< comment >}}private{{< /comment >}}\n\nText.", ["Text."]),
        ("A {braced} word and {1, 2}.", ["A {braced} word and {1, 2}."]),
        # HTML
        ("<details>\n<summary>More</summary>\n\nText.\n\n</details>", ["More", "Text."]),
        ("One <!-- private --> two.", ["One two."]),
    ],
)
def test_the_words_that_a_page_shows_stay_and_marks_go(text: str, shown: list[str]) -> None:
    assert texts(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "```\n[[a]] ==b== %% c %% {{ d }}\n:::note\n```",
        "{% highlight ruby %}\n[[a]] ==b== %% c %% {{ d }}\n:::note\n{% endhighlight %}",
    ],
)
def test_code_is_left_as_it_is(text: str) -> None:
    assert code(text) == ["[[a]] ==b== %% c %% {{ d }}\n:::note"]


def test_inline_code_is_left_as_it_is() -> None:
    assert texts("Write `[[a]]`, `==b==` and `{{ c }}`.") == ["Write [[a]], ==b== and {{ c }}."]


def test_an_anchor_of_a_heading_is_its_address() -> None:
    parsed = parse("a.md", b"# A\n\n## Costs {#the-costs}\n\nText.")
    assert parsed.document.headings[-1].anchor == "the-costs"


def test_indented_text_is_text_in_mdx_alone() -> None:
    text = b"# A\n\n<Tab>\n\n    Text.\n\n</Tab>\n"
    kinds = [
        [block.kind for section in parse(path, text).sections for block in section.blocks]
        for path in ("a.mdx", "a.md")
    ]
    assert kinds == [["prose"], ["code"]]


TREES = {
    "docusaurus/quotas.mdx": (
        "---\nid: quotas\nsidebar_position: 5\nslug: /quotas\n---\nimport Tabs from '@theme/Tabs';\n\n# Quotas\n\n"
        ':::tip Need more?\nAsk support for zebra documents.\n:::\n\n<Tabs>\n  <TabItem value="eu" label="Europe">\n\n'
        "    The giraffe stays in Frankfurt.\n\n  </TabItem>\n</Tabs>\n\n{/* secret note */}\n\n"
        "The value is <Mark style={{a: 'b'}}>okapi</Mark>.\n"
    ),
    "hugo/queue.md": (
        '+++\ntitle = "Queues"\ndate = 2026-03-02\ntags = ["grid"]\n[params]\nx = 1\n+++\n\n{{< notice warning >}}\n'
        'A zebra takes 30 months.\n{{< /notice >}}\n\n{{% include "secret.md" %}}\n\n'
        '{{< figure src="a.png" title="The giraffe hall" >}}\n\n{{< comment >}}secret{{< /comment >}}\n\n'
        "## Fees {#fees}\n\nAn okapi costs $5.\n"
    ),
    "jekyll/post.md": (
        '---\nlayout: post\ntitle: "Prices: up"\ncategories: news\npermalink: /prices/\n---\n{% include secret.html %}\n\n'
        "The zebra rose {{ page.rate }} today.\n{: .lead}\n\n{% comment %}\nsecret\n{% endcomment %}\n\n"
        "{% highlight ruby %}\nputs giraffe\n{% endhighlight %}\n\n{% raw %}An okapi.{% endraw %}\n"
    ),
    "mkdocs/setup.md": (
        '---\nicon: material/rocket\nhide: [toc]\n---\n# Setup\n\n!!! note "About zebras"\n    Read the giraffe page.\n\n'
        '=== "Linux"\n\n    Use the okapi tool.\n\n??? secretless\n\n    - A list. { .annotate }\n\n<!-- secret -->\n'
    ),
    "obsidian/Company.md": (
        '---\ntags: [company]\naliases: [Kestrel]\ncssclasses: wide\nup: "[[Index]]"\n---\n> [!summary]- View of zebras\n'
        "> [[Plants/Osan|The giraffe plant]] runs.\n\n- [ ] Ask [[Micron]]\n\nThe ==okapi margin== rose. ^margin\n\n"
        "![[secret.png]]\n\n%% secret %%\n\n```dataview\nTABLE secret\n```\n\nRevenue:: 4 billion\n"
    ),
}  # fmt: skip
MARKS = re.compile(
    r"\[\[|\]\]|==|%%|\{[%{<:#/.]|[%}>]\}|:::|!!!|\?\?\?|===|\[!|::|</?[A-Z]|\^margin|^---|^\+\+\+"
)


def words(parsed: Parsed) -> str:
    """Return all text of a parsed file: title, headings and blocks."""
    blocks = [block.text for section in parsed.sections for block in section.blocks]
    headings = [part for section in parsed.sections for part in section.heading.path]
    return "\n".join([parsed.document.title, *headings, *blocks])


@pytest.mark.parametrize("path", TREES)
def test_a_page_of_each_tool_has_all_its_words_and_no_marks(path: str) -> None:
    """Nothing is fatal, nothing hidden is read, and metadata of other tools is no fault."""
    parsed = parse(path, TREES[path].encode())
    assert [problem for problem in parsed.problems if problem.fatal] == []
    found = words(parsed)
    assert {"zebra", "giraffe", "okapi"} <= set(re.findall(r"zebra|giraffe|okapi", found))
    assert "secret" not in found.replace("secretless", "")
    assert MARKS.findall(found) == []


WORD = st.from_regex(r"[a-z]{3,9}", fullmatch=True)
WRAPPERS = st.sampled_from(
    [
        "{}", "[[{}]]", "[[x|{}]]", "=={}==", "**{}**", "%% hidden %% {}", "{{/* hidden */}} {}",
        "{{% if a %}}{}{{% endif %}}", "<Mark a={{{{b: 1}}}}>{}</Mark>", "{{{{< tip >}}}}{}{{{{< /tip >}}}}",
        "> [!note] {}", ":::note {}\n:::", '!!! note "{}"\n', '=== "{}"\n', '<Card title="{}">\n\n</Card>',
        "# {} {{#id}}", "- [ ] {}", "{} ^id-1", "{}:: x", "<!-- hidden --> {}", "{{: .a}}\n{}",
    ]
)  # fmt: skip


@settings(max_examples=60)
@given(st.lists(st.tuples(WRAPPERS, WORD), min_size=1, max_size=8), st.sampled_from(["\n\n", "\n"]))
def test_no_shown_word_is_lost_in_any_mixture(parts: list[tuple[str, str]], separator: str) -> None:
    text = separator.join(wrapper.format(word) for wrapper, word in parts)
    found = " ".join(texts(text))
    assert [word for _, word in parts if word not in found] == []
