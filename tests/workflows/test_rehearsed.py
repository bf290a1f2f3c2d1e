"""The make targets that workflows call, word for word, on the real CLI with an emulated AWS."""

import dataclasses
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from operations.review import previews
from operations.review.plans import loosened
from operations.stack import StackError
from policies.rule import UNKNOWN
from rehearsal.stage import ROOT, Stage
from rehearsal.workspace import Edit, link
from tests.operations.review.record_previews import settings
from tests.workflows.test_files import recipe

LOGS = "aws:cloudwatch/logGroup:LogGroup"
KAFKA_LOGS = f"resource urn:pulumi:dev::milvus-on-aws::milvus-on-aws:kafka:Kafka${LOGS}::kafka-broker-logs"


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Deployed for the first time by a plan, too."""
    with Stage(tmp_path_factory.mktemp("dev") / "stage", "dev") as stage:
        assert make(stage, "plan").returncode == 0
        assert "### Stack `dev`: may be deployed\n" in written(stage, "comment.md").read_text()
        assert make(stage, "apply").returncode == 0
        yield stage


def make(stage: Stage, target: str, *variables: str) -> subprocess.CompletedProcess[str]:
    """Runs a target's commands in the stage's copy of the project. make itself would do nothing else there."""
    script = recipe(target, f"STACK={stage.stack}", "OUT=out", *variables)
    return subprocess.run(
        ["sh", "-e", "-c", script],
        cwd=stage.folder / "program",
        env={**stage.environment, "OUT": "out"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


def written(stage: Stage, name: str) -> Path:
    return stage.folder / "program" / "out" / name


@pytest.mark.slow
def test_a_broken_policy_stops_up_before_anything_is_there(tmp_path: Path) -> None:
    with Stage(tmp_path / "stage", "prod", settings=settings("prod", cluster={"keepVolumes": False})) as stage:
        answer = make(stage, "up", "UP=--yes")
        assert answer.returncode != 0
        assert "[mandatory]  volumes-kept" in answer.stdout
        assert list(stage.cloud.resources()) == []


@pytest.mark.slow
def test_what_was_planned_is_applied_and_nothing_else(dev: Stage) -> None:
    dev.configure(settings("dev", kafka={"logDays": 3}))
    assert make(dev, "plan").returncode == 0
    dev.configure(settings("dev", kafka={"logDays": 5}))
    late = make(dev, "apply")
    assert late.returncode != 0
    assert "resource violates plan" in late.stdout.replace(KAFKA_LOGS, "resource")
    assert days(dev) == 7  # the tier's
    dev.configure(settings("dev", kafka={"logDays": 3}))
    assert make(dev, "apply").returncode == 0
    assert days(dev) == 3


def test_only_what_was_not_known_is_left_open_in_a_plan() -> None:
    adds = {"a": 1, "b": [1, UNKNOWN], "c": {"5cf8f73096256a8f31e491e813e4eb8e": "", "id": ""}, "d": UNKNOWN}
    goal = {"custom": True, "inputDiff": {"adds": adds, "deletes": ["e"]}, "outputDiff": {"updates": {"f": "x"}}}
    plan = loosened({"resourcePlans": {"urn": {"goal": goal, "steps": ["create"]}, "gone": {"steps": ["delete"]}}})
    assert plan["resourcePlans"] == {
        "urn": {
            "goal": {
                "custom": True,
                "inputDiff": {"adds": {"a": 1, "b": UNKNOWN, "c": UNKNOWN, "d": UNKNOWN}, "deletes": ["e"]},
                "outputDiff": {"updates": {"f": "x"}},
            },
            "steps": ["create"],
        },
        "gone": {"steps": ["delete"]},
    }


def days(stage: Stage) -> object:
    [group] = [each for each in stage.cloud.all(LOGS) if each.name == "kafka-broker-logs"]
    return group["retentionInDays"]


@pytest.mark.slow
def test_a_plan_that_the_guard_stops_is_not_kept_unless_it_is_allowed_by_name(
    dev: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    dev.configure(settings("dev", kafka={"logDays": 3}, milvus={"prefix": "other"}))
    assert make(dev, "plan").returncode == 1
    assert "must not be deployed as it is" in written(dev, "comment.md").read_text()
    assert not written(dev, "plan.json").exists()
    monkeypatch.setenv("ALLOW", "milvus-release")
    assert make(dev, "plan").returncode == 0
    assert written(dev, "plan.json").exists()


@pytest.mark.slow
def test_drift_is_nothing_after_a_deployment_and_told_when_somebody_was_there(dev: Stage) -> None:
    dev.configure(settings("dev"))
    dev.up()
    quiet = make(dev, "drift")
    assert (quiet.returncode, quiet.stdout.splitlines()[1]) == (0, "### Stack `dev`: no change")
    dev.stop_cloud()
    cloud = dev.cloud
    [group] = [each for each in cloud.all(LOGS) if each.name == "kafka-broker-logs"]
    by_hand = {"retentionInDays": 1}
    cloud.put(dataclasses.replace(group, inputs=group.inputs | by_hand, outputs=group.outputs | by_hand))
    [flow_log] = cloud.all("aws:ec2/flowLog:FlowLog")
    cloud.remove(flow_log)
    dev.start_cloud()
    found = make(dev, "drift")
    assert found.returncode != 0
    assert found.stdout.splitlines()[1:9] == [
        "### Stack `dev`: no longer as it was deployed",
        "",
        "**Changed in the cloud since the last deployment: 2**",
        "",
        "- `kafka-broker-logs` (aws:cloudwatch/logGroup:LogGroup)",
        "  - `retentionInDays`: `7` as deployed, `1` in the cloud",
        "- `network-flow` (aws:ec2/flowLog:FlowLog) is gone",
        "",
    ]
    assert dev.up().changes == []
    assert len(dev.up("--refresh").changes) == 2  # the way back that the comment names
    assert make(dev, "drift").returncode == 0


@pytest.mark.slow
def test_a_deployed_stack_is_previewed_by_base_and_head_and_left_as_it_is(
    dev: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key, value in dev.environment.items():
        monkeypatch.setenv(key, value)
    head = dev.folder / "program"
    monkeypatch.setattr(previews, "ROOT", head)
    dev.configure(settings("dev", kafka={"logDays": 14}))
    before = dev.deployment()
    previews.of_deployed("dev", head, tmp_path)
    for name in ("base.json", "head.json"):
        assert json.loads((tmp_path / name).read_text())["changeSummary"] == {"same": 139, "update": 1}
    assert dev.deployment() == before


def test_the_base_is_another_work_tree_with_this_ones_tools_and_gone_afterwards() -> None:
    with previews.checked_out("HEAD") as base:
        assert (base / "__main__.py").is_file()
        assert (base / ".venv").readlink() == ROOT / ".venv"
    assert not base.exists()
    with pytest.raises(StackError, match="check out with fetch-depth 0"), previews.checked_out("no-such"):
        pass


@pytest.mark.slow
def test_a_forks_pull_request_is_reviewed_without_an_account(tmp_path: Path) -> None:
    """Like `make review REHEARSED=1`, except that the base is a version of the program that kept Kafka's logs for a
    shorter time.
    """
    base, out = tmp_path / "base", tmp_path / "out"
    link(ROOT, base, [Edit("settings/model.py", '"kafka": {"logDays": 7}', '"kafka": {"logDays": 3}')])
    (base / "Pulumi.dev.yaml").write_text((ROOT / "Pulumi.dev.yaml").read_text())
    out.mkdir()
    previews.of_rehearsed("dev", base, out)
    judging = recipe("review", "STACK=dev", f"OUT={out}", "REHEARSED=1").splitlines()
    assert (
        judging[0] == '.venv/bin/python -m operations.review.previews --stack dev --base "${BASE:-origin/main}" '
        '--out "${OUT:-.local/review/dev}" --rehearsed'
    )
    answer = subprocess.run(
        ["sh", "-c", "\n".join(judging[1:])],
        cwd=ROOT,
        env={**os.environ, "OUT": str(out)},
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 0
    assert "| kafka |  | 1 |  |  |" in answer.stdout
    assert (out / "comment.md").read_text() == answer.stdout
    assert json.loads((out / "base.json").read_text())["changeSummary"] == {"same": 140}
