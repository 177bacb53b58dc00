"""`python -m tests.standin.launch URL ARGUMENT...`: `strata ARGUMENT...`, pointed at the stand-in at URL."""

from __future__ import annotations

import sys


def main() -> None:
    """Point the client, then be the program."""
    from tests.standin.pointing import point_client_at

    url, *arguments = sys.argv[1:]
    sys.argv = ["strata", *arguments]
    with point_client_at(url):
        from bot.cli.main import main as strata

        strata()


if __name__ == "__main__":
    main()
