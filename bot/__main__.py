"""The entry point of `strata` and of `python -m bot`.

It imports nothing of its own before it catches Ctrl-C, so that an interrupt while Python still imports ends quietly too.
"""

import sys


def main() -> None:
    """Run the command and exit with its status."""
    try:
        from bot.cli.main import main as run

        run()
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
        sys.exit(130)
    except ImportError as fault:
        # A module written in C reports an interrupt during its import as an ImportError of its own.
        if not isinstance(fault.__cause__ or fault.__context__, KeyboardInterrupt):
            raise
        sys.stderr.write("stopped\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
