"""The insertion of an expected question into the text of a question file; every other line stays as it is."""

from __future__ import annotations

import json

from index.documents.expected_questions import plain


def insert(text: str, heading: str, question: str) -> str:
    r"""Return the text with a question at the end of a heading's list.

    The text must be a question file that can be read. A heading without a list gets one at the end.

    >>> print(insert("Funding: # in 2026\n- Who led the round?\n\nTeam: [Who runs it?]\n", "Funding", "How much: all of it?"))
    Funding: # in 2026
    - Who led the round?
    - "How much: all of it?"
    <BLANKLINE>
    Team: [Who runs it?]
    <BLANKLINE>
    """
    import yaml

    written = json.dumps(question, ensure_ascii=False)  # a JSON string is a YAML string
    # The build uses libyaml, too, which reads "[Who?, When?]"; the parser in Python refuses it.
    root = yaml.compose(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    listed = next((value for key, value in pairs if plain(str(key.value)) == heading), None)
    if not isinstance(listed, yaml.SequenceNode):
        before = f"{text.rstrip()}\n" if text.strip() else ""
        return f"{before}{json.dumps(heading, ensure_ascii=False)}:\n- {written}\n"
    if listed.flow_style:  # [Who runs it?]
        before = text[: listed.end_mark.index - 1].rstrip()
        comma = "" if before[-1] in "[," else ","
        return (
            f"{before}{comma}{' ' if before[-1] != '[' else ''}{written}{text[listed.end_mark.index - 1 :]}"
        )
    # The end of a text over several lines is the start of the next line.
    last = len(text[: listed.value[-1].end_mark.index].rstrip())
    line_end = text.find("\n", last)
    place = len(text) if line_end < 0 else line_end
    return f"{text[:place]}\n{' ' * listed.start_mark.column}- {written}{text[place:] or chr(10)}"
