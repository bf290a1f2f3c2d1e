"""The workflows' scripts, with a fake gh that records its calls."""

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
        """Everything that gh was asked to write: calls with their bodies."""
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


QUIET, LOUD = (COMMENTS / "no-change.md").read_text(), (COMMENTS / "scale-out.md").read_text()
LOUD_FILE = str(COMMENTS / "scale-out.md")
COMMIT = "0123abc"


def reviewed(github: GitHub, answers: Mapping[str, str], stacks: str, **reviews: str) -> list[list[str]]:
    """comment.sh, after the reviews of these stacks have left their artifacts."""
    folder = github.folder / "comments"
    shutil.rmtree(folder, ignore_errors=True)
    for stack, text in reviews.items():
        (folder / f"comment-{stack}").mkdir(parents=True)
        (folder / f"comment-{stack}" / "comment.md").write_text(text)
    return github.run(answers, "comment.sh", "7", str(folder), stacks, COMMIT=COMMIT)


def test_a_pull_request_that_changes_nothing_gets_no_comment(github: GitHub) -> None:
    assert reviewed(github, {}, '["prod"]', prod=QUIET) == []


def test_one_comment_tells_of_every_stack_and_is_found_again_by_its_first_line(github: GitHub) -> None:
    development = QUIET.replace("prod", "dev")
    [[call, body]] = reviewed(github, {}, '["dev", "prod"]', dev=development, prod=LOUD)
    assert call == "api --method POST repos/o/r/issues/7/comments --silent --field body=@-"
    assert body.startswith(f"{MARKER}\n<!-- milvus-on-aws review of dev -->\n### Stack `dev`: no change\n")
    assert body.endswith(LOUD)


def test_an_earlier_comment_is_updated_when_it_says_something_else_and_only_then(github: GitHub) -> None:
    earlier = f"{MARKER}\n{LOUD}"
    known = {LIST: "42", ONE: earlier.replace("\n", "\r\n")}
    assert reviewed(github, known, '["prod"]', prod=LOUD) == []
    [[call, body]] = reviewed(github, {LIST: "42", ONE: earlier}, '["prod"]', prod=QUIET)
    assert call == "api --method PATCH repos/o/r/issues/comments/42 --silent --field body=@-"
    assert "no change" in body


DEAD = (
    "<!-- milvus-on-aws review of prod -->\n### Stack `prod`: no valid review\n\n"
    f"The review of commit {COMMIT} ended without a result ({RUN}). "
    "What an earlier review said of this stack no longer counts: run it again.\n"
)


def test_a_review_that_died_takes_back_what_an_earlier_one_allowed(github: GitHub) -> None:
    assert "### Stack `prod`: may be deployed" in LOUD
    earlier = {LIST: "42", ONE: f"{MARKER}\n{LOUD}"}
    for left in ("", "Traceback (most recent call last):\n", "### Stack `dev`: may be deployed\n"):
        [[call, body]] = reviewed(github, earlier, '["prod"]', prod=left)
        assert call.startswith("api --method PATCH repos/o/r/issues/comments/42 ")
        assert body == f"{MARKER}\n{DEAD}"
    [[_, body]] = reviewed(github, earlier, '["prod"]')
    assert body == f"{MARKER}\n{DEAD}"


def test_a_review_that_died_beside_one_that_did_not_is_told_even_in_a_first_comment(github: GitHub) -> None:
    [[call, body]] = reviewed(github, {}, '["dev","prod"]', dev=QUIET.replace("prod", "dev"))
    assert call.startswith("api --method POST ")
    assert "### Stack `dev`: no change" in body
    assert body.endswith(DEAD)


TITLE = "Stack prod is no longer as the program left it"


def test_drift_opens_one_issue_and_then_updates_it(github: GitHub) -> None:
    [[call, body]] = github.run({}, "drift_issue.sh", "prod", "failure", LOUD_FILE)
    assert call == f"issue create --title {TITLE} --body-file -"
    assert "scale" not in call
    assert body.endswith(LOUD)
    [[call, _]] = github.run({ISSUES: "5"}, "drift_issue.sh", "prod", "failure", LOUD_FILE)
    assert call == "issue edit 5 --body-file -"


def test_an_issue_is_closed_when_the_drift_is_gone_and_none_is_opened_without(github: GitHub) -> None:
    assert github.run({}, "drift_issue.sh", "prod", "success", LOUD_FILE) == []
    [[call, _]] = github.run({ISSUES: "5"}, "drift_issue.sh", "prod", "success", LOUD_FILE)
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


def check(**environment: str) -> subprocess.CompletedProcess[str]:
    known = {"PATH": os.environ["PATH"], **environment}
    return subprocess.run([ROOT / ".github" / "check_inputs.sh"], env=known, capture_output=True, text=True)


def test_inputs_of_the_right_shape_pass() -> None:
    for stack in ("dev", "prod"):
        assert check(STACK=stack).returncode == 0
    urn = "urn:pulumi:prod::milvus-on-aws::milvus-on-aws:kafka:Kafka$aws:msk/cluster:Cluster::kafka"
    assert check(STACK="prod", ALLOW=f"milvus-release {urn}").returncode == 0


@pytest.mark.parametrize(
    "stack",
    [
        "",
        "x;touch y",
        "$(touch y)",
        "`touch y`",
        "$(shell touch y)",
        "dev prod",
        "dev\ntouch y",
        "../dev",
        "-h",
        ".",
        "dév",
    ],
)
def test_a_stack_that_could_be_a_command_is_refused_and_not_repeated_as_one(stack: str) -> None:
    answer = check(STACK=stack)
    assert answer.returncode == 1
    assert answer.stderr.startswith("error: STACK is '")
    assert answer.stderr.endswith("': expected a stack's name, letters, digits, '_', '.' and '-' only\n")
    assert not set(answer.stderr.split("'")[1]) & set(";$()`\n /")


def test_a_stack_without_settings_or_of_one_machine_is_refused() -> None:
    for stack, why in {
        "nope": "there is no Pulumi.nope.yaml in this commit",
        "local": "stacks of that name live on one machine",
        "local-two": "stacks of that name live on one machine",
        "d" * 101: "has 101 characters: Pulumi allows 100",
    }.items():
        answer = check(STACK=stack)
        assert answer.returncode == 1
        assert why in answer.stderr


def test_what_may_be_lost_is_names_and_nothing_else() -> None:
    for allow in ("x;touch y", "$(touch y)", "`touch y`", "a\nb", "*", '"'):
        answer = check(STACK="dev", ALLOW=allow)
        assert answer.returncode == 1, allow
        assert "expected names or URNs" in answer.stderr
