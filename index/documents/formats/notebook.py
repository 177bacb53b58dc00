"""Jupyter notebooks (.ipynb): the text and the code of the cells, without their output."""

from __future__ import annotations

import json
from typing import Any

from index.documents.formats import light_markup
from index.documents.outline import Body
from index.errors import ContentError


def parse(text: str) -> Body:
    """Return the body of a notebook, with the lines of the file that the cells' lines are on.

    Raises:
        ContentError: The file is not a notebook.
    """
    try:
        notebook = json.loads(text)
        cells = _cells(notebook)
    except (ValueError, LookupError, RecursionError, TypeError, AttributeError) as error:
        raise ContentError("the file is not a Jupyter notebook; export it as Markdown") from error
    lines: list[tuple[str, int]] = []
    offset, number = 0, 1
    for kind, source in cells:
        part: list[tuple[str, int]] = []
        for line in source.split("\n"):
            # A notebook has each line of a cell on a line of its own, as a JSON string.
            places = (text.find(json.dumps(line, ensure_ascii=ascii)[:-1], offset) for ascii in (False, True))
            at = next((place for place in places if place >= 0), -1)
            if line.strip() and at >= 0:
                number += text.count("\n", offset, at)
                offset = at
            part.append((line, number))
        fence = [("~~~~~~~~", number)] if kind == "code" else []
        lines += [("", part[0][1]), *fence, *part, *fence, ("", number)]
    return light_markup.body(lines)


def _cells(notebook: Any) -> list[tuple[str, str]]:
    """Return the kind and the text of each cell that is not empty."""
    found = []
    for cell in notebook["cells"] if "cells" in notebook else notebook["worksheets"][0]["cells"]:
        source = cell.get("source", cell.get("input", ""))
        text = source if isinstance(source, str) else "".join(source)
        kind = "code" if cell.get("cell_type") == "code" else "text"
        if text.strip():
            found.append((kind, text))
    return found
