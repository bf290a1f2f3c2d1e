"""Milvus' release: the order of creation, the place of secrets, network policies, and the probe."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes as k8s
import pytest

from components.milvus import probe_script
from components.milvus.milvus import Milvus
from planning import versions
from tests.components.deployed import BINDING, LOGIN, MILVUS, PLANTED, deploy_milvus
from tests.components.recording import Recording, record
from tests.components.wire import Secret, Unknown

RELEASE = "kubernetes:helm.sh/v3:Release"
JOB = "kubernetes:batch/v1:Job"
SECRET = "kubernetes:core/v1:Secret"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
NAMESPACE = "kubernetes:core/v1:Namespace"
TARGET_GROUP_BINDING = "kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding"


@pytest.fixture(scope="module")
def cluster() -> Recording:
    return deploy_milvus()


def clear_text(value: Any) -> str:
    """Everything the engine would store or print unencrypted."""
    match value:
        case Secret() | Unknown():
            return ""
        case dict():
            return " ".join(clear_text(item) for item in value.values())  # pyright: ignore[reportUnknownVariableType] - wire values
        case list():
            return " ".join(clear_text(item) for item in value)  # pyright: ignore[reportUnknownVariableType] - wire values
        case _:
            return str(value)


# --- credentials


def test_no_password_is_ever_in_clear_text(cluster: Recording) -> None:
    seen = clear_text([resource.raw for resource in cluster.resources])
    assert "b-1:9096" in seen
    assert not [planted for planted in PLANTED if planted in seen]
    outputs = clear_text([cluster.stack_outputs, *cluster.component_outputs.values()])
    assert not [planted for planted in PLANTED if planted in outputs]


def test_passwords_are_in_secrets_only_and_no_helm_value_needs_hiding(cluster: Recording) -> None:
    holders = {r.name for r in cluster.resources if any(planted in str(r.inputs) for planted in PLANTED)}
    assert holders == {"milvus-kafka", "milvus-root"}
    types = {r.type for r in cluster.resources if r.name in holders and any(p in str(r.inputs) for p in PLANTED)}
    assert types == {SECRET, "aws:secretsmanager/secretVersion:SecretVersion"}
    release = cluster.one(RELEASE)
    assert not release.is_secret("values")  # previews show what changes


def test_every_role_reads_its_credentials_from_the_secrets_that_were_made(cluster: Recording) -> None:
    environment = {
        variable["name"]: variable["valueFrom"]["secretKeyRef"]
        for variable in cluster.one(RELEASE).inputs["values"]["queryNode"]["extraEnv"]
    }
    assert environment == {
        "KAFKA_SASLUSERNAME": {"name": "milvus-kafka-1a2b3c", "key": "username"},
        "KAFKA_SASLPASSWORD": {"name": "milvus-kafka-1a2b3c", "key": "password"},
        "COMMON_SECURITY_DEFAULTROOTPASSWORD": {"name": "milvus-root-1a2b3c", "key": "password"},
    }


def test_the_root_password_lies_in_secrets_manager_as_a_client_needs_it(cluster: Recording) -> None:
    version = cluster.one("aws:secretsmanager/secretVersion:SecretVersion")
    assert json.loads(version.inputs["secretString"]) == {"username": "root", "password": PLANTED[1]}
    password = cluster.one("random:index/randomPassword:RandomPassword")
    assert (password.inputs["length"], password.inputs["special"]) == (32, False)


@pytest.mark.parametrize(
    "changed",
    [
        {"args": replace(MILVUS, kafka=replace(LOGIN, password="rotated"))},
        {"args": replace(MILVUS, kafka=replace(LOGIN, username="milvus_b"))},
        {"root_password": "another"},
    ],
)
def test_a_changed_credential_rolls_the_pods_and_is_proven_anew(cluster: Recording, changed: dict[str, Any]) -> None:
    after = deploy_milvus(**changed)
    assert credentials(after) != credentials(cluster)
    assert revision(after) != revision(cluster)


def test_the_same_inputs_change_nothing(cluster: Recording) -> None:
    # By URN: registrations arrive in any order.
    def made(recording: Recording) -> dict[str, Any]:
        return {resource.urn: resource.inputs for resource in recording.resources}

    assert made(deploy_milvus()) == made(cluster)


def credentials(recording: Recording) -> str:
    return recording.one(RELEASE).inputs["values"]["annotations"]["milvus-on-aws/credentials"]


def revision(recording: Recording) -> str:
    return recording.one(JOB).inputs["spec"]["template"]["metadata"]["annotations"]["milvus-on-aws/revision"]


# --- the release


def test_the_release_is_pinned_named_and_given_its_time(cluster: Recording) -> None:
    release = cluster.one(RELEASE).inputs
    assert (release["chart"], release["version"], release["name"]) == ("milvus", versions.CHART, "milvus")
    assert release["repositoryOpts"] == {"repo": "https://zilliztech.github.io/milvus-helm/"}
    assert release["timeout"] >= 1800
    assert (release["atomic"], release["skipAwait"]) == (False, False)


def test_port_9091_is_closed_before_the_first_pod_starts(cluster: Recording) -> None:
    release = cluster.one(RELEASE)
    assert all(cluster.depends(release, policy) for policy in cluster.all(POLICY))


def test_the_binding_comes_after_the_controller_and_before_the_pods_that_need_its_readiness_gate() -> None:
    def program() -> None:
        opts = pulumi.ResourceOptions(providers=[k8s.Provider("cluster", kubeconfig="{}")])
        controller = k8s.helm.v3.Release("controller", chart="aws-load-balancer-controller")
        Milvus("milvus", replace(MILVUS, binding=replace(BINDING, controller=controller.id)), opts)

    recording = record(program, outputs={"random:index/randomPassword:RandomPassword": {"result": "x"}})
    binding, namespace = recording.one(TARGET_GROUP_BINDING), recording.one(NAMESPACE)
    assert binding.inputs["spec"] == {
        "targetGroupARN": "arn:target-group",
        "targetType": "ip",
        "serviceRef": {"name": "milvus", "port": 19530},
    }
    assert recording.depends(binding, recording.one(RELEASE, "controller"))
    assert recording.depends(recording.one(RELEASE, "milvus-release"), binding)
    assert recording.depends(binding, namespace)
    assert namespace.inputs["metadata"]["labels"]["elbv2.k8s.aws/pod-readiness-gate-inject"] == "enabled"


def test_the_nodes_let_the_balancer_in_before_it_is_asked_to_find_pods_healthy(cluster: Recording) -> None:
    rule = cluster.one("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert rule.inputs["securityGroupId"] == "sg-nodes"
    assert rule.inputs["referencedSecurityGroupId"] == "sg-balancer"
    assert (rule.inputs["fromPort"], rule.inputs["toPort"]) == (19530, 19530)
    assert cluster.depends(cluster.one(TARGET_GROUP_BINDING), rule)


def test_production_is_protected_and_development_is_not() -> None:
    kept = {
        "random:index/randomPassword:RandomPassword",
        "aws:secretsmanager/secret:Secret",
        NAMESPACE,
        RELEASE,
    }
    assert {r.type for r in deploy_milvus().resources if r.protect} == kept
    loose = deploy_milvus(replace(MILVUS, protect=False, secret_recovery_days=0))
    assert not [r for r in loose.resources if r.protect]
    assert loose.one("aws:secretsmanager/secret:Secret").inputs["recoveryWindowInDays"] == 0


# --- the proof


def test_the_outputs_wait_for_the_proof_and_the_proof_for_the_release(cluster: Recording) -> None:
    job = cluster.one(JOB)
    assert cluster.depends(job, cluster.one(RELEASE))
    for output, value in {"ready": "milvus-probe-id", "auth_secret_arn": "arn:milvus-root"}.items():
        reader = cluster.one("aws:ssm/parameter:Parameter", output)
        assert reader.inputs["value"] == value
        assert cluster.depends(reader, job)


def test_what_stands_beside_milvus_need_not_wait_for_it(cluster: Recording) -> None:
    for output, value in {"namespace": "milvus", "service": "milvus"}.items():
        reader = cluster.one("aws:ssm/parameter:Parameter", output)
        assert reader.inputs["value"] == value
        assert not cluster.depends(reader, cluster.one(RELEASE))


def test_the_job_runs_the_script_that_was_tested_with_the_password_by_reference(cluster: Recording) -> None:
    (container,) = cluster.one(JOB).inputs["spec"]["template"]["spec"]["containers"]
    assert container["env"] == [
        {"name": "MILVUS_URL", "value": "http://milvus:19530"},
        {
            "name": "MILVUS_ROOT_PASSWORD",
            "valueFrom": {"secretKeyRef": {"name": "milvus-root-1a2b3c", "key": "password"}},
        },
    ]
    script = cluster.one("kubernetes:core/v1:ConfigMap").inputs["data"]
    assert script == {"probe.py": Path(probe_script.__file__).read_text(encoding="utf-8")}
    assert container["command"] == ["python", "/probe/probe.py"]


def test_a_failed_proof_is_replaced_next_time_and_a_passed_one_stays(cluster: Recording) -> None:
    job = cluster.one(JOB)
    assert job.inputs["metadata"]["annotations"] == {"pulumi.com/replaceUnready": "true"}
    assert "name" not in job.inputs["metadata"]  # so that the next one can stand beside it
    assert "ttlSecondsAfterFinished" not in job.inputs["spec"]


def test_a_refused_password_is_not_tried_again_but_a_slow_msk_is_waited_for(cluster: Recording) -> None:
    spec = cluster.one(JOB).inputs["spec"]
    assert spec["backoffLimit"] == 0
    assert spec["podFailurePolicy"]["rules"] == [
        {"action": "Ignore", "onExitCodes": {"operator": "In", "values": [probe_script.EXIT_FAILED]}},
        {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]},
    ]
    assert spec["activeDeadlineSeconds"] == 1200  # MSK may take 10 minutes to know a new user
    assert spec["template"]["spec"]["containers"][0]["terminationMessagePolicy"] == "FallbackToLogsOnError"


# --- as a whole


def test_a_preview_before_anything_exists_runs_through() -> None:
    assert deploy_milvus(preview=True).one(JOB)


def test_every_resource_is_below_the_component_and_uses_the_providers_given(cluster: Recording) -> None:
    component = cluster.one("milvus-on-aws:milvus:Milvus")
    others = {"pulumi:providers:kubernetes", "pulumi:providers:aws", component.type, "aws:ssm/parameter:Parameter"}
    assert cluster.descendants(component) == [each for each in cluster.resources if each.type not in others]
    for child in cluster.descendants(component):
        if child.type.startswith(("kubernetes:", "aws:")):
            assert child.provider.endswith(("::cluster::cluster-id", "::aws::aws-id"))


def test_without_a_balancer_nothing_is_bound() -> None:
    recording = deploy_milvus(replace(MILVUS, binding=None))
    assert recording.all(TARGET_GROUP_BINDING) == []
    assert recording.one(JOB)
