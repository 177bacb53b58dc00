"""The GitHub workflows: what they may do, and what the posting of the gold questions' page does."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).parents[1] / ".github" / "workflows"
FILES = sorted(FOLDER.glob("*.yml"))
GH = """#!/usr/bin/env python3
import json, os, sys
words = sys.argv[1:]
address = next(word for word in words if word.startswith("repos/"))
method = words[words.index("--method") + 1] if "--method" in words else "GET"
sent = open(words[words.index("--input") + 1]).read() if "--input" in words else ""
with open(os.environ["CALLS"], "a") as calls:
    calls.write(json.dumps([method, address, sent]) + "\\n")
if method == "GET":
    print(os.environ["PULLS" if address.endswith("/pulls") else "COMMENTS"])
"""
MARK = "<!-- strata: gold questions -->"


def workflow(file: Path) -> dict[Any, Any]:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def steps(file: Path) -> list[dict[str, Any]]:
    return [step for job in workflow(file)["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_workflow_may_read_and_no_more_unless_a_job_says_so(file: Path) -> None:
    """Rights are given at the top, none of them to write."""
    assert set(workflow(file)["permissions"].values()) <= {"read"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_may_write_or_has_a_token_runs_nothing_of_a_pull_request(file: Path) -> None:
    """No checkout beside a right to write or a secret, and no trigger that gives a stranger's code either."""
    text = file.read_text(encoding="utf-8")
    assert "pull_request_target" not in text
    if "write" in {
        right for job in workflow(file)["jobs"].values() for right in job.get("permissions", {}).values()
    }:
        assert "actions/checkout" not in text
    if "pull_request:" in text:
        assert "secrets." not in text


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_words_of_an_event_become_a_script(file: Path) -> None:
    """They reach a script in its environment; and each script is bash."""
    for script in (step["run"] for step in steps(file) if "run" in step):
        assert "${{" not in script
        subprocess.run(["bash", "-n", "-c", script], check=True)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_actions_are_named_with_a_version(file: Path) -> None:
    """Of the major version, as everywhere here."""
    assert all(re.fullmatch(r"actions/[\w-]+@v\d+", step["uses"]) for step in steps(file) if "uses" in step)


@pytest.mark.skipif(shutil.which("jq") is None, reason="needs jq, as the runner has it")
class TestPosting:
    """The script that posts, with a stand-in for GitHub's own command."""

    def post(self, folder: Path, page: str | None, **answers: Any) -> list[list[str]]:
        """What it asks of GitHub: method, address and body."""
        script = next(
            step["run"] for step in steps(FOLDER / "gold-comment.yml") if step.get("name") == "Post"
        )
        gh = folder / "bin" / "gh"
        gh.parent.mkdir()
        gh.write_text(GH)
        gh.chmod(0o755)
        if page is not None:
            (folder / "gold.md").write_text(page)
        calls = folder / "calls"
        calls.touch()
        environment = {
            **os.environ, "PATH": f"{gh.parent}:{os.environ['PATH']}", "CALLS": str(calls), "MARK": MARK,
            "REPOSITORY": "o/r", "HEAD_OWNER": "someone", "HEAD_BRANCH": "edit; exit 7", "HEAD_SHA": "abc",
            "PULLS": json.dumps(answers.get("pulls", [{"number": 4, "head": {"sha": "old"}}, {"number": 5, "head": {"sha": "abc"}}])),
            "COMMENTS": json.dumps(answers.get("comments", [])),
        }  # fmt: skip
        subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", script], cwd=folder, env=environment, check=True
        )
        return [json.loads(line) for line in calls.read_text().splitlines()]

    def test_the_first_page_is_a_comment(self, tmp_path: Path) -> None:
        """On the open pull request whose head was measured; nobody is mentioned, and it has an end."""
        *_, (method, address, sent) = self.post(tmp_path, "### Gold\n@everyone\n" + "x" * 70_000)
        assert (method, address) == ("POST", "repos/o/r/issues/5/comments")
        body = json.loads(sent)["body"]
        assert body.startswith(f"{MARK}\n### Gold\n@\N{WORD JOINER}everyone\n")
        assert len(body) < 65_536

    def test_a_later_page_takes_its_place(self, tmp_path: Path) -> None:
        """Of the bot's own comment; one that a person began with the same mark is left alone."""
        comments = [
            {"id": 1, "body": MARK, "user": {"login": "someone"}},
            {"id": 2, "body": f"{MARK}\nold", "user": {"login": "github-actions[bot]"}},
        ]
        *_, (method, address, _) = self.post(tmp_path, "new", comments=comments)
        assert (method, address) == ("PATCH", "repos/o/r/issues/comments/2")

    def test_nothing_is_posted_without_a_page_or_a_pull_request(self, tmp_path: Path) -> None:
        """The run was cancelled, or the branch has moved on."""
        assert self.post(tmp_path, None) == []
        shutil.rmtree(tmp_path / "bin")
        assert [call[0] for call in self.post(tmp_path, "new", pulls=[])] == ["GET"]
