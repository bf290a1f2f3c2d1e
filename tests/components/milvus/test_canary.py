"""The canary's objects: hardened pods with no more rights than needed, and an alarm that is not on from the start."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from components.milvus.canary import POLICY, SCRIPTS
from planning.signals.canary import SIGNALS
from planning.versions import KUBERNETES_VERSIONS
from rehearsal.cloud.permissions import allowed
from tests.components.mounted import mount
from tests.components.recording import Recording
from tests.deployments import deployed

CRON, JOB = "kubernetes:batch/v1:CronJob", "kubernetes:batch/v1:Job"


def canaried() -> Recording:
    return deployed({"stack": "prod", "alarms": {"canary": True, "emails": ["ops@corp.internal"]}})


def pods() -> list[dict[str, Any]]:
    """The template of the first run, and that of all others."""
    first = canaried().one(JOB, "canary-first").inputs["spec"]["template"]
    return [first, canaried().one(CRON, "canary-runs").inputs["spec"]["jobTemplate"]["spec"]["template"]]


def test_without_the_setting_there_is_none() -> None:
    recording = deployed({"stack": "prod"})
    assert not [each for each in recording.resources if each.name.startswith("canary")]


def test_a_run_follows_every_five_minutes_and_never_overlaps_the_next() -> None:
    spec = canaried().one(CRON, "canary-runs").inputs["spec"]
    assert (spec["schedule"], spec["concurrencyPolicy"], spec["startingDeadlineSeconds"]) == (
        "*/5 * * * *",
        "Forbid",
        120,
    )
    job = spec["jobTemplate"]["spec"]
    assert (job["backoffLimit"], job["activeDeadlineSeconds"]) == (0, 180)


def test_its_pods_are_hardened_and_may_reach_milvus_alone() -> None:
    for template in pods():
        spec = template["spec"]
        assert template["metadata"]["labels"] == {"milvus-on-aws/access": "client"}
        assert spec["securityContext"] == {
            "runAsNonRoot": True,
            "runAsUser": 65534,
            "runAsGroup": 65534,
            "fsGroup": 65534,
            "seccompProfile": {"type": "RuntimeDefault"},
        }
        assert (spec["automountServiceAccountToken"], spec["enableServiceLinks"]) == (False, False)
        (container,) = spec["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }


def test_only_the_first_run_knows_roots_password() -> None:
    first, others = ({each["name"] for each in template["spec"]["containers"][0]["env"]} for template in pods())
    assert first - others == {"MILVUS_ROOT_PASSWORD"}
    assert "CANARY_PASSWORD" in others


def test_its_role_writes_to_one_namespace_of_metrics_and_reads_nothing() -> None:
    put = "cloudwatch:PutMetricData"
    assert allowed([POLICY], put, "*", {"cloudwatch:namespace": "milvus-on-aws"})
    assert not allowed([POLICY], put, "*", {"cloudwatch:namespace": "AWS/Kafka"})
    assert not allowed([POLICY], put, "*", {})
    assert not allowed([POLICY], "cloudwatch:GetMetricData", "*", {"cloudwatch:namespace": "milvus-on-aws"})
    role = canaried().one("aws:iam/role:Role", "canary-role")
    assert "system:serviceaccount:milvus:canary" in role.inputs["assumeRolePolicy"]


def test_its_service_account_names_the_role() -> None:
    account = canaried().one("kubernetes:core/v1:ServiceAccount", "canary-account").inputs
    assert account["metadata"]["name"] == pods()[1]["spec"]["serviceAccountName"] == "canary"
    assert account["metadata"]["annotations"] == {"eks.amazonaws.com/role-arn": "arn:canary-role"}


def test_the_alarm_comes_after_the_first_success_of_that_stack() -> None:
    recording = canaried()
    alarm = recording.one("aws:cloudwatch/metricAlarm:MetricAlarm", "observability-MilvusCanaryFailing")
    assert recording.depends(alarm, recording.one(JOB, "canary-first"))
    (signal,) = SIGNALS
    assert alarm.inputs["dimensions"] == {"Stack": "milvus-on-aws-prod"}
    environment = {each["name"]: each.get("value") for each in pods()[1]["spec"]["containers"][0]["env"]}
    assert (environment["STACK"], environment["METRICS_NAMESPACE"]) == ("milvus-on-aws-prod", signal.namespace)


def test_a_changed_password_or_script_runs_the_preparation_again() -> None:
    revision = pods()[0]["metadata"]["annotations"]["milvus-on-aws/revision"]
    assert len(revision) == 64
    assert canaried().one("kubernetes:core/v1:ConfigMap", "canary-scripts").inputs["data"] == SCRIPTS.texts


def test_the_scripts_run_as_they_are_mounted_without_anything_of_this_project(tmp_path: Path) -> None:
    spec = pods()[1]["spec"]
    mount(dict(SCRIPTS.texts), spec["volumes"][0]["configMap"], tmp_path)
    (container,) = spec["containers"]
    assert container["command"] == ["python", "-B", "-m", "components.milvus.canary_script"]
    (mounted,) = container["volumeMounts"]
    assert mounted == {"name": "scripts", "mountPath": container["workingDir"], "readOnly": True}
    told = {each["name"]: str(each.get("value", "secret")) for each in container["env"]}
    # As `python -m` does, but without waiting for a Milvus that never comes.
    code = (
        "import components.milvus.canary_script as script; script.STEP_SECONDS = 0.1; raise SystemExit(script.main())"
    )
    done = subprocess.run([sys.executable, "-S", "-E", "-c", code], cwd=tmp_path, capture_output=True, text=True,
                          env={**told, "MILVUS_URL": "http://127.0.0.1:1"})  # fmt: skip
    assert done.returncode == 1
    assert "'upsert' (layer: network)" in done.stderr


@pytest.mark.parametrize("version", KUBERNETES_VERSIONS)
def test_every_object_is_valid(version: str) -> None:
    validate = pytest.importorskip("kubernetes_validate", reason="kubernetes-validate is not installed").validate
    made = [each for each in canaried().resources if each.name.startswith("canary-") and each.type.startswith("kubern")]
    assert {each.inputs["kind"] for each in made} == {"Secret", "ConfigMap", "ServiceAccount", "Job", "CronJob"}
    for each in made:
        validate(each.inputs, version, strict=True)


def test_it_is_priced() -> None:
    priced = {item["what"]: item["usd"] for item in canaried().stack_outputs["estimate"]["cost"]}
    assert priced["1 metric of the canary"] == 0.3
