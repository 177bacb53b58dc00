"""Web addresses of headings in the published library."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote as percent_encoded


@dataclass(frozen=True, slots=True)
class Links:
    """The web addresses of headings: below the base URL, at the content's commit."""

    base_url: str = ""
    commit: str = ""
    branch: str = "main"

    def __call__(self, path: str, anchor: str) -> str:
        """Return the address, or "" if no base URL is set.

        >>> Links("https://example.org/blob/{commit}/content", "4f2a")("models/x.md", "key-points")
        'https://example.org/blob/4f2a/content/models/x.md#key-points'
        >>> Links("https://example.org")("a report.pdf", "page=2")
        'https://example.org/a%20report.pdf#page=2'
        """
        if not self.base_url:
            return ""
        base = self.base_url.replace("{commit}", percent_encoded(self.commit or self.branch, safe="/"))
        fragment = f"#{percent_encoded(anchor, safe='=')}" if anchor else ""
        return f"{base.rstrip('/')}/{percent_encoded(path)}{fragment}"
