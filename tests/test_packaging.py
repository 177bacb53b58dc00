"""Names, versions and install commands: the same in the package, the messages, the README and the workflows."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import Distribution
from pathlib import Path
from typing import Any

import pytest
import yaml

from index import install

ROOT = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WRITTEN = [
    path
    for pattern in ("*", "bot/**/*", "index/**/*", "tests/**/*", ".github/**/*", ".ci/*")
    for path in sorted(ROOT.glob(pattern))
    if path.is_file() and path.suffix in {"", ".py", ".md", ".yml", ".yaml", ".toml", ".service"}
    if path != Path(__file__)
]
FOREIGN = re.compile(
    r"""(?<![\w./-])strata\[\w+  # "strata[convert]": another project, with an extra
    |pip3?\ install\ [^\n`]*?(?<![\w./-])strata(?![\w./-])  # "pip install strata", "pip install -U 'strata'"
    |(?:distribution|version|package_name)[(=]\s*["']strata["']  # importlib.metadata and click
    """,
    re.VERBOSE,
)


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: str(path.relative_to(ROOT)))
def test_nobody_is_told_to_install_another_project(path: Path) -> None:
    """`strata` on PyPI is not this project; this distribution is `strata-qa`."""
    found = FOREIGN.search(path.read_text(encoding="utf-8", errors="replace"))
    assert found is None, found


@pytest.mark.parametrize(
    ("text", "foreign"),
    [
        ("pip install 'strata[convert]'", True),
        ("pip install -U strata", True),
        ('version("strata")', True),
        ("pip install 'strata-qa[convert]'", False),
        ("pip install -e '/srv/strata[convert]'", False),
        ("pip install -e '.[convert]', then run strata ask", False),
    ],
)
def test_the_search_finds_what_it_is_for(text: str, foreign: bool) -> None:
    """The other project's name, and not a folder or a command of that name."""
    line = text.split(", then", maxsplit=1)[0]
    assert bool(FOREIGN.search(line)) == foreign


def test_install_commands_are_written_in_one_place() -> None:
    """A message that spelled out pip's command would be wrong in some installation."""
    for path in (*ROOT.glob("bot/**/*.py"), *ROOT.glob("index/**/*.py")):
        if path.name != "install.py":
            assert "pip install" not in path.read_text(encoding="utf-8"), path


def test_every_extra_that_a_message_names_exists() -> None:
    """A command for an extra that is not declared would install nothing."""
    named = {
        extra
        for path in (*ROOT.glob("bot/**/*.py"), *ROOT.glob("index/**/*.py"))
        for extra in re.findall(r"install\.command\(['\"](\w+)['\"]\)", path.read_text(encoding="utf-8"))
    }
    assert named >= {"convert", "llm", "eval", "compile"}
    assert named <= set(PROJECT["optional-dependencies"])


def installed(tmp_path: Path, origin: dict[str, Any] | None, *requires: str) -> Distribution:
    """A distribution as pip leaves it, with this record of its origin."""
    folder = tmp_path / "strata_qa-0.1.0.dist-info"
    folder.mkdir(exist_ok=True)
    lines = ["Metadata-Version: 2.4", "Name: strata-qa", "Version: 0.1.0"]
    (folder / "METADATA").write_text("\n".join([*lines, *(f"Requires-Dist: {line}" for line in requires)]))
    if origin is not None:
        (folder / "direct_url.json").write_text(json.dumps(origin))
    return Distribution.at(folder)


def test_the_command_fits_the_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a checkout, a folder that has gone, a repository, a wheel and an index."""
    checkout = tmp_path / "my checkout"
    checkout.mkdir()
    (checkout / "pyproject.toml").touch()
    here = {"url": checkout.as_uri(), "dir_info": {"editable": True}}
    there = {"url": checkout.as_uri(), "dir_info": {}}
    gone = {"url": (tmp_path / "gone").as_uri(), "dir_info": {}}
    cloned = {"url": "https://example.org/a.git", "vcs_info": {"vcs": "git", "commit_id": "1"}}
    wheel = {"url": "https://example.org/strata_qa-0.1.0-py3-none-any.whl", "archive_info": {}}
    needs = 'markitdown[docx,pdf]>=0.1; extra == "convert"'

    def command(origin: dict[str, Any] | None) -> str:
        (tmp_path / "strata_qa-0.1.0.dist-info" / "direct_url.json").unlink(missing_ok=True)
        made = installed(tmp_path, origin, needs, 'onnx>=1.17; extra == "model"')
        monkeypatch.setattr("importlib.metadata.distribution", lambda _: made)
        return install.target("convert")

    assert command(here) == f"-e '{checkout}[convert]'"
    assert command(there) == f"'{checkout}[convert]'"
    assert command(gone) == "'markitdown[docx,pdf]>=0.1'"
    assert command(cloned) == "'strata-qa[convert] @ git+https://example.org/a.git'"
    assert command(wheel) == f"'strata-qa[convert] @ {wheel['url']}'"
    assert command(None) == "'strata-qa[convert]'"
    monkeypatch.chdir(checkout)
    assert command(here) == "-e '.[convert]'"


def test_the_command_of_this_installation_is_one_that_pip_accepts() -> None:
    """pip finds what the command names, and its extra; nothing is installed."""
    if install.IMAGE in os.environ:
        pytest.skip("the image has no pip")
    words = ["install", "--dry-run", "--no-deps", "--no-build-isolation", "--quiet", "--no-index"]
    import shlex

    done = subprocess.run(
        [sys.executable, "-m", "pip", *words, *shlex.split(install.target("convert"))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "does not provide the extra" not in done.stderr
    assert "Invalid requirement" not in done.stderr


def test_the_command_names_the_python_that_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the environment is not activated, `pip` would be another one's."""
    monkeypatch.setenv("PATH", os.defpath)
    assert install.pip().endswith(" -m pip")
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    assert install.pip() == "pip"


def test_inside_the_image_the_image_is_built_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its root is read-only, and pip is not in it."""
    monkeypatch.setenv(install.IMAGE, "1")
    assert install.command("convert") == "docker build --tag strata-qa --build-arg EXTRA=[convert] ."


def test_the_workflow_runs_every_python_that_is_declared() -> None:
    """The classifiers name the versions that are tested, and no others."""
    declared = {
        name.rpartition(" ")[2]
        for name in PROJECT["classifiers"]
        if name.startswith("Programming Language :: Python :: 3.")
    }
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    assert set(workflow["jobs"]["gate"]["strategy"]["matrix"]["python"]) == declared
    assert PROJECT["requires-python"] == f">={min(declared, key=lambda v: int(v.split('.')[1]))}"


def test_what_serves_needs_no_torch() -> None:
    """Neither the plain install nor the extra that compiles the default model names it, or what requires it."""
    heavy = {"torch", "transformers", "sentence-transformers", install.WEIGHTS}
    wanted = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["model"]]
    assert heavy.isdisjoint(re.split(r"[<>=\[; ]", line)[0].lower() for line in wanted)


def test_the_weights_have_one_version() -> None:
    """The Makefile and the Dockerfile install the same one, without its requirements."""
    found = {
        match
        for name in ("Makefile", "Dockerfile")
        for match in re.findall(rf"{install.WEIGHTS}==[\d.]+", (ROOT / name).read_text(encoding="utf-8"))
    }
    assert len(found) == 1
