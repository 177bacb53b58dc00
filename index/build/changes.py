"""Detection of changes in the library's folder since a generation was built."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from index.documents.folder import read, scan

if TYPE_CHECKING:
    from index.store.generation import Generation

_CLOCK_TICK_NS = 2_000_000_000
"""The coarsest resolution of file times, that of FAT. A file that changed within one tick before it was read
may change again without a new time."""


def changed(content: Path, generation: Generation) -> bool:
    """Return True if the library's folder has changed since this generation was built.

    Only files whose size or time differ are read. A file that could not be converted counts as changed if the
    converter has changed. Raises ContentError if the folder is missing.
    """
    listing = scan(content)
    if len(listing.files) != len(generation.files) or listing.problems != generation.unlisted:
        return True
    reliable_until = generation.read_ns - _CLOCK_TICK_NS
    if len(listing.questions) != len(generation.question_files):
        return True
    stamps = {**generation.files, **generation.question_files}
    for found in (*listing.files, *listing.questions):
        stamp = stamps.get(found.path)
        if stamp is None or stamp.may_be_read_now:
            return True
        if (found.size, found.mtime_ns) == (stamp.size, stamp.mtime_ns) and found.mtime_ns < reliable_until:
            continue
        data = read(content / found.path)
        if (hashlib.sha256(data).hexdigest() if data is not None else "") != stamp.sha256:
            return True
    return False
