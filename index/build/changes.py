"""Changes in the library's folder since a generation was built."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from index.documents.folder import read, scan

if TYPE_CHECKING:
    from index.store.generation import Generation

_UNSURE_NS = 2_000_000_000
"""A file that changed this shortly before it was read may change again and keep its time: the coarsest clock of a file
system, FAT's, ticks every two seconds."""


def changed(content: Path, generation: Generation) -> bool:
    """Return whether a build would find the library's folder other than it was when this generation was built.

    Only files whose size or time differ are read. A file that could not be converted counts as changed when the
    converter has changed. Raises ContentError where the folder is missing.
    """
    listing = scan(content)
    if len(listing.files) != len(generation.files) or listing.problems != generation.unlisted:
        return True
    sure = generation.read_ns - _UNSURE_NS
    for found in listing.files:
        stamp = generation.files.get(found.path)
        if stamp is None or stamp.may_be_read_now:
            return True
        if (found.size, found.mtime_ns) == (stamp.size, stamp.mtime_ns) and found.mtime_ns < sure:
            continue
        data = read(content / found.path)
        if (hashlib.sha256(data).hexdigest() if data is not None else "") != stamp.sha256:
            return True
    return False
