"""HTML pages and their tables, and filings with the SEC."""
