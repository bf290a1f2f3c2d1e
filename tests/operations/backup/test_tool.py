"""The tool runs in the pod that the stack's CronJob would start, and its complaints are heard."""

import json
from pathlib import Path
from typing import Any

import pytest

from milvus_contract import parse
from operations.backup.tool import ClusterTool, CommandTool, job_of, judge, tool_of
from operations.stack import StackError
from tests.milvus_contract.contracts import AWS, EMBEDDED

CRONJOB: dict[str, Any] = {
    "metadata": {"name": "backup"},
    "spec": {
        "schedule": "0 2 * * *",
        "jobTemplate": {
            "spec": {
                "backoffLimit": 1,
                "activeDeadlineSeconds": 7200,
                "template": {
                    "metadata": {"labels": {"milvus-on-aws/access": "backup"}},
                    "spec": {
                        "serviceAccountName": "milvus-backup",
                        "enableServiceLinks": False,
                        "containers": [{"name": "seal"}],
                        "initContainers": [
                            {"name": "measure"},
                            {
                                "name": "milvus-backup",
                                "command": [
                                    "/app/milvus-backup",
                                    "create",
                                    "--rbac",
                                    "--config",
                                    "/config/backup.yaml",
                                ],
                            },
                        ],
                    },
                },
            }
        },
    },
}
KUBECTL = """#!/bin/sh
echo "$@" >>{folder}/called
case "$*" in
*"get cronjob"*) cat {folder}/cronjob.json ;;
*logs*) echo '[ERROR] no such bucket'; yes '[INFO] fine' | head -n 1000 ;;
*"get job"*) echo '{{"status": {{"conditions": [{{"type": "{condition}", "status": "True"}}]}}}}' ;;
*"create -f"*) cat >{folder}/job.json ;;
esac
"""


def test_a_restore_runs_with_the_account_of_restores_in_the_same_pod_and_once() -> None:
    job = job_of(CRONJOB, ["restore", "-n", "x"])
    pod = job["spec"]["template"]["spec"]
    assert (job["spec"]["backoffLimit"], job["spec"]["activeDeadlineSeconds"]) == (0, 7200)
    assert (pod["serviceAccountName"], pod["enableServiceLinks"]) == ("milvus-restore", False)
    # Neither of the containers that read Milvus: the manifest is written from here.
    arguments = ["restore", "-n", "x", "--config", "/config/backup.yaml"]
    assert pod["containers"] == [{"name": "milvus-backup", "command": ["/app/milvus-backup"], "args": arguments}]
    assert "initContainers" not in pod
    assert job["spec"]["template"]["metadata"]["labels"] == {"milvus-on-aws/access": "backup"}


def test_a_backup_runs_with_the_account_of_backups() -> None:
    job = job_of(CRONJOB, ["create", "-n", "x"])
    assert job["spec"]["template"]["spec"]["serviceAccountName"] == "milvus-backup"
    assert job["metadata"]["name"].startswith("backup-create-")


@pytest.fixture
def kubectl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    def make(condition: str) -> Path:
        (tmp_path / "cronjob.json").write_text(json.dumps(CRONJOB))
        program = tmp_path / "kubectl"
        program.write_text(KUBECTL.format(folder=tmp_path, condition=condition))
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
        return tmp_path

    return make


def test_a_job_is_made_waited_for_and_deleted(kubectl: Any) -> None:
    folder = kubectl("Complete")
    ClusterTool("c", "us-east-1", "milvus", access=["--kubeconfig", "k"]).run("create", "-n", "x")
    name = json.loads((folder / "job.json").read_text())["metadata"]["name"]
    assert (folder / "called").read_text().splitlines() == [
        "--kubeconfig k --namespace milvus get cronjob backup -o json",
        "--kubeconfig k --namespace milvus create -f -",
        f"--kubeconfig k --namespace milvus get job {name} -o json",
        f"--kubeconfig k --namespace milvus logs job/{name} --tail=-1",
        f"--kubeconfig k --namespace milvus delete job {name} --wait=false",
    ]


def test_a_failed_job_says_what_it_complained_about_before_a_thousand_harmless_lines(kubectl: Any) -> None:
    folder = kubectl("Failed")
    with pytest.raises(StackError, match=r"milvus-backup create failed: \[ERROR\] no such bucket$"):
        ClusterTool("c", "us-east-1", "milvus", access=["--kubeconfig", "k"]).run("create", "-n", "x")
    assert "delete job" in (folder / "called").read_text()


def test_a_check_that_warns_with_exit_code_0_has_failed() -> None:
    with pytest.raises(StackError, match="milvus-backup check warns: WARN root path is empty"):
        judge(["check"], True, "WARN root path is empty\nfine")
    judge(["create"], True, "WARN root path is empty\nfine")


def test_a_tool_that_hangs_is_ended(tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r"milvus-backup create did not end in 0.2 s; it was ended"):
        CommandTool(["sh", "-c", "sleep 60"], str(tmp_path), seconds=0.2).run("create")
    with pytest.raises(StackError, match="there is no no-such-tool, which BACKUP_COMMAND names"):
        CommandTool(["no-such-tool"], str(tmp_path)).run("create")


def test_which_way_the_tool_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(tool_of(parse(AWS, "test")), ClusterTool)
    with pytest.raises(StackError, match=r"which this stack has not; `make copy` copies any stack"):
        tool_of(parse(EMBEDDED, "test"))
    monkeypatch.setenv("BACKUP_COMMAND", "milvus-backup --verbose")
    assert tool_of(parse(EMBEDDED, "test")) == CommandTool(["milvus-backup", "--verbose"], "backup.yaml")
