"""The container image, the compose file and the systemd unit.

There is no Docker in the tests: the stages of the Dockerfile are built in plain folders, with the same commands, which
takes about a minute (marker `image`; .ci/run runs it).
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.settings.settings import load

ROOT = Path(__file__).parents[1]
UNIT = ROOT / "bot/discord/strata.service"
SETTINGS = ROOT / "bot/discord/container.yaml"
MAX_MB = 520
"""What the image may add to its base image."""


@dataclass
class Stage:
    """One `FROM` of the Dockerfile with its instructions, in order."""

    base: str
    name: str
    steps: list[tuple[str, str]] = field(default_factory=list)

    def of(self, instruction: str) -> list[str]:
        """The arguments of each instruction of a kind."""
        return [argument for kind, argument in self.steps if kind == instruction]


def stages() -> list[Stage]:
    """Read the Dockerfile."""
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    found: list[Stage] = []
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        kind, _, argument = line.partition(" ")
        if kind == "FROM":
            base, _, name = argument.partition(" AS ")
            found.append(Stage(base, name))
        else:
            found[-1].steps.append((kind, argument.strip()))
    return found


def test_every_stage_starts_from_one_base_image() -> None:
    """Python's slim image of a version that is tested; other stages build on stages."""
    names = {stage.name for stage in stages()}
    bases = {stage.base for stage in stages()} - names
    assert len(bases) == 1
    assert re.fullmatch(r"python:3\.1[123]-slim", bases.pop())


def test_the_image_runs_without_rights_and_secrets() -> None:
    """As a user without a name, with no secret among its files or variables, and nothing to build with."""
    final = stages()[-1]
    assert final.of("USER") == ["10001:10001"]
    assert final.of("RUN") == []
    assert all(
        word.startswith("--from=") or "container.yaml" in word for word in map(_first, final.of("COPY"))
    )
    assert not re.search(r"TOKEN|SECRET|KEY", " ".join(final.of("ENV")))
    assert "HF_HUB_OFFLINE=1" in final.of("ENV")[0]


def _first(argument: str) -> str:
    return argument.split(maxsplit=1)[0]


def test_the_build_context_is_what_the_dockerfile_copies() -> None:
    """No virtual environment, no content, and no token.env reaches the build."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").split("\n")
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    allowed = {rule[1:] for rule in rules if rule.startswith("!")}
    copied = {
        source.removeprefix("./").split("/")[0]
        for stage in stages()
        for argument in stage.of("COPY")
        if not argument.startswith("--from")
        for source in argument.split()[:-1]
    }
    assert copied == allowed
    assert "token.env" in (ROOT / ".gitignore").read_text(encoding="utf-8").split("\n")


def test_the_settings_of_the_image_fit_what_is_mounted() -> None:
    """Whatever is written is on the volume; the health check asks the address that is served."""
    settings = load(SETTINGS, {})
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    service = compose["services"]["strata"]
    mounts = {mount.split(":")[1]: mount.split(":")[2:] for mount in service["volumes"]}
    assert mounts == {"/content": ["ro"], "/data": []}
    assert str(settings.content) == "/content"
    assert {
        str(settings.index_folder().parent),
        str(settings.discord.journal and settings.discord.journal.parent),
    } == {"/data"}
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    final = stages()[-1]
    assert final.of("VOLUME") == ["/data"]
    check = final.of("HEALTHCHECK")[0]
    assert f"http://{settings.discord.host}:{settings.discord.port}/healthz" in check
    json.loads(check.partition("CMD ")[2])


def test_the_token_is_in_no_compose_file() -> None:
    """It is in a file that git ignores."""
    service = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]["strata"]
    assert service["env_file"] == "token.env"
    assert "environment" not in service


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd")
def test_systemd_finds_no_fault_with_the_unit(tmp_path: Path) -> None:
    """Every option is known, and the exposure is low on systemd's own scale of 0 to 10."""
    text = UNIT.read_text(encoding="utf-8").replace("/srv/strata/.venv/bin/strata", sys.executable)
    (tmp_path / "strata.service").write_text(text)
    file = str(tmp_path / "strata.service")
    done = subprocess.run(["systemd-analyze", "verify", file], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=20", file],
        capture_output=True,
        text=True,
        check=False,
    )
    if "unrecognized option" not in done.stderr:
        assert done.returncode == 0, done.stdout[-300:]


def test_the_unit_does_not_try_again_what_cannot_work() -> None:
    """Exit codes 4 and 5 are those of `strata bot` for a refused token and an intent that is not allowed."""
    from bot.cli.main import bot
    from bot.discord.app import BAD_TOKEN

    lines = UNIT.read_text(encoding="utf-8").split("\n")
    assert f"RestartPreventExitStatus={BAD_TOKEN} 5" in lines
    assert "4 no usable token, 5 a gateway intent is not allowed" in (bot.help or "")
    for section in ("[Unit]", "[Service]", "[Install]"):
        assert section in lines


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of the last stage: what it adds to its base image."""
    built: dict[str, Path] = {}
    folders: dict[str, str] = {}
    for stage in stages():
        root = tmp_path_factory.mktemp(stage.name or "final")
        if stage.base in built:
            shutil.copytree(built[stage.base], root, symlinks=True, dirs_exist_ok=True)
        folders[stage.name] = build(stage, root, folders.get(stage.base, "/"), built)
        built[stage.name] = root
    return root


def build(stage: Stage, root: Path, working: str, built: dict[str, Path]) -> str:
    """Carry out a stage's COPY and RUN instructions below a folder that stands for `/`, and return its working folder."""
    environment = {**os.environ, "EXTRA": "", "PIP_QUIET": "1"}
    for kind, argument in stage.steps:
        folder = root / working.lstrip("/")
        match kind:
            case "WORKDIR":
                working = argument
                (root / working.lstrip("/")).mkdir(parents=True, exist_ok=True)
            case "COPY":
                words = argument.split()
                options = dict(word[2:].split("=") for word in words if word.startswith("--"))
                *sources, target = [word for word in words if not word.startswith("--")]
                origin = built[options["from"]] if "from" in options else ROOT
                for source in sources:
                    copy(
                        origin / source.lstrip("/"),
                        (root if target[0] == "/" else folder) / target.lstrip("/"),
                    )
            case "RUN":
                # The same command, with /opt and /data below the folder, and this Python for the base image's.
                command = re.sub(r"(?<![\w.])/(opt|data)\b", rf"{root}/\1", argument)
                command = re.sub(r"^python ", f"{shlex.quote(sys.executable)} ", command)
                subprocess.run(["sh", "-ec", command], cwd=folder, env=environment, check=True)
    return working


def copy(source: Path, target: Path) -> None:
    """Copy as COPY does: a folder's content into a folder, a file to a file or into a folder."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(
            source,
            target,
            symlinks=True,
            dirs_exist_ok=True,
            ignore=ignored if ROOT in source.parents else None,
        )
    else:
        shutil.copy(source, target)


def run(image: Path, tmp_path: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the image's `strata` with nothing of this environment, and no way to the network."""
    text = (
        SETTINGS.read_text()
        .replace(" /content", f" {ROOT}/tests/gold/none")
        .replace(" /data", f" {tmp_path}")
    )
    text = text.replace(" /opt", f" {image}/opt")
    (tmp_path / "strata.yaml").write_text(text)
    environment = {
        "STRATA_SETTINGS": str(tmp_path / "strata.yaml"),
        "HOME": str(tmp_path),
        "HF_HUB_OFFLINE": "1",
        "https_proxy": "http://127.0.0.1:9",
        **variables,
    }
    return subprocess.run(
        [image / "opt/strata/bin/python", "-m", "bot", *words],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.image
class TestImage:
    """What the stages build."""

    def test_it_answers_from_a_library_of_ones_own(self, image: Path, tmp_path: Path) -> None:
        """Without torch, onnx, pip and the network, from a folder that cannot be written."""
        content = tmp_path / "library"
        content.mkdir()
        (content / "wine.md").write_text("# Wine list\n\nThe Barolo costs 45 euros.\n")
        content.chmod(0o555)
        done = run(image, tmp_path, "ask", "What does the Barolo cost?", STRATA_CONTENT=str(content))
        content.chmod(0o755)
        assert (done.returncode, "The Barolo costs 45 euros." in done.stdout) == (0, True), done.stderr
        assert "compiling" not in done.stderr

    def test_it_has_only_what_serves(self, image: Path) -> None:
        """Nothing that compiles, and nothing that installs."""
        (packages,) = (image / "opt/strata/lib").glob("python3*/site-packages")
        names = {path.name.partition("-")[0].lower() for path in packages.glob("*.dist-info")}
        assert "strata_qa" in names
        assert names.isdisjoint(
            {"torch", "transformers", "sentence_transformers", "onnx", "safetensors", "pip"}
        )
        (record,) = packages.glob("strata_qa-*.dist-info/RECORD")
        files = {line.split(",")[0] for line in record.read_text().splitlines()}
        top = {file.split("/")[0] for file in files if not file.startswith("..")}
        assert {name for name in top if not name.endswith(".dist-info")} == {"bot", "index"}
        assert files >= {
            "index/models/default_encoder.npy",
            "bot/discord/strata.service",
            "bot/discord/container.yaml",
        }

    def test_it_is_small(self, image: Path) -> None:
        """The sum of its files, as the layers of the last stage hold them."""
        size = sum(path.lstat().st_size for path in image.rglob("*") if not path.is_dir())
        print(f"the image adds {size / 1e6:.0f} MB")
        assert size < MAX_MB * 1e6

    def test_the_encoder_has_its_words(self, image: Path, tmp_path: Path) -> None:
        """The slow part of compiling is done when the image is built."""
        done: Any = run(image, tmp_path, "doctor")
        assert "all-MiniLM-L6-v2, 384 dimensions" in done.stdout
        assert len(list((image / "opt/cache/encoders").glob("*/words.npy"))) == 1
