"""The three scripts beside the workflows, in front of a gh that only notes what it is asked."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.engine import ROOT
from tests.operations.review.record_previews import COMMENTS

MARKER = "<!-- milvus-on-aws preview -->"
LIST = "api --paginate repos/o/r/issues/7/comments"
ONE = "api repos/o/r/issues/comments/42"
ISSUES = "issue list"
RUN = "https://github.example/run/1"


class GitHub:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        gh = folder / "bin" / "gh"
        gh.parent.mkdir()
        shutil.copy(Path(__file__).parent / "gh.py", gh)
        gh.chmod(0o755)

    def run(self, answers: Mapping[str, str], script: str, *arguments: str, **environment: str) -> list[list[str]]:
        """What was written, calls with their bodies."""
        (self.folder / "calls.jsonl").unlink(missing_ok=True)
        (self.folder / "answers.json").write_text(json.dumps(answers))
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        known = {"PATH": path, "FOLDER": str(self.folder), "GH_REPO": "o/r", "RUN": RUN, **environment}
        subprocess.run([ROOT / ".github" / script, *arguments], env=known, check=True, capture_output=True)
        calls = [json.loads(line) for line in (self.folder / "calls.jsonl").read_text().splitlines()]
        return [[call, body] for call, body in calls if body or " close " in call]


@pytest.fixture
def github(tmp_path: Path) -> GitHub:
    return GitHub(tmp_path)


QUIET, LOUD = str(COMMENTS / "no-change.md"), str(COMMENTS / "scale-out.md")
TEXT = f"{MARKER}\n{(COMMENTS / 'scale-out.md').read_text()}"


def test_a_pull_request_that_changes_nothing_gets_no_comment(github: GitHub) -> None:
    assert github.run({}, "comment.sh", "7", QUIET, QUIET) == []


def test_one_comment_tells_of_every_stack_and_is_found_again_by_its_first_line(github: GitHub) -> None:
    [[call, body]] = github.run({}, "comment.sh", "7", QUIET, LOUD)
    assert call == "api --method POST repos/o/r/issues/7/comments --silent --field body=@-"
    assert body.startswith(f"{MARKER}\n<!-- milvus-on-aws review of prod -->\n### Stack `prod`: no change\n")
    assert body.endswith((COMMENTS / "scale-out.md").read_text())


def test_an_earlier_comment_is_updated_when_it_says_something_else_and_only_then(github: GitHub) -> None:
    assert github.run({LIST: "42", ONE: TEXT.replace("\n", "\r\n")}, "comment.sh", "7", LOUD) == []
    [[call, body]] = github.run({LIST: "42", ONE: TEXT}, "comment.sh", "7", QUIET)
    assert call == "api --method PATCH repos/o/r/issues/comments/42 --silent --field body=@-"
    assert "no change" in body


TITLE = "Stack prod is no longer as the program left it"


def test_drift_opens_one_issue_and_then_updates_it(github: GitHub) -> None:
    [[call, body]] = github.run({}, "drift_issue.sh", "prod", "failure", LOUD)
    assert call == f"issue create --title {TITLE} --body-file -"
    assert "scale" not in call
    assert body.endswith((COMMENTS / "scale-out.md").read_text())
    [[call, _]] = github.run({ISSUES: "5"}, "drift_issue.sh", "prod", "failure", LOUD)
    assert call == "issue edit 5 --body-file -"


def test_an_issue_is_closed_when_the_drift_is_gone_and_none_is_opened_without(github: GitHub) -> None:
    assert github.run({}, "drift_issue.sh", "prod", "success", LOUD) == []
    [[call, _]] = github.run({ISSUES: "5"}, "drift_issue.sh", "prod", "success", LOUD)
    assert call == f"issue close 5 --comment It is again: {RUN}"


def test_a_check_that_could_not_be_made_is_an_issue_too(github: GitHub) -> None:
    [[_, body]] = github.run({}, "drift_issue.sh", "prod", "failure", "nowhere.md")
    assert body == f"It could not be looked at: {RUN}\n"


def test_what_may_be_lost_stands_in_lines_of_the_description_and_is_never_code() -> None:
    text = "Moves the queue.\r\nallow-loss: milvus-release (see #12)\r\nallow-loss: $(touch /tmp/x)\nallow-loss:kafka\n"
    environment = {"PATH": os.environ["PATH"], "DESCRIPTION": text}
    answer = subprocess.run([ROOT / ".github" / "allowed.sh"], env=environment, capture_output=True, text=True)
    assert answer.stdout.split() == ["milvus-release", "$(touch", "kafka"]
    assert subprocess.run([ROOT / ".github" / "allowed.sh"], env={"PATH": os.environ["PATH"]}, check=True)
