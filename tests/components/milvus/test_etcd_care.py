"""The CronJob that gives free space in etcd's files back."""

from dataclasses import replace
from typing import Any

from policies.pods import known_images, pod_security, pods_limited
from policies.rule import Resource, Rule
from policies.software import pinned_versions
from tests.components.deployed import MILVUS, deploy_milvus
from tests.components.recording import Recording

CRON_JOB, POLICY = "kubernetes:batch/v1:CronJob", "kubernetes:networking.k8s.io/v1:NetworkPolicy"
RULES: tuple[Rule, ...] = (pod_security, pods_limited, known_images, pinned_versions)


def deployed() -> Recording:
    return deploy_milvus(replace(MILVUS, defragment_etcd=True))


def job() -> dict[str, Any]:
    return deployed().one(CRON_JOB).inputs["spec"]


def test_it_is_left_out_unless_asked_for() -> None:
    assert deploy_milvus().all(CRON_JOB) == []


def test_one_run_a_night_at_a_time_that_survives_an_outage() -> None:
    spec = job()
    assert (spec["schedule"], spec["concurrencyPolicy"], spec["startingDeadlineSeconds"]) == (
        "17 2 * * *",
        "Forbid",
        3600,
    )
    run = spec["jobTemplate"]["spec"]
    assert (run["backoffLimit"], run["template"]["spec"]["restartPolicy"]) == (0, "Never")


def test_it_reaches_etcd_and_nothing_else() -> None:
    recording = deployed()
    labels = recording.one(CRON_JOB).inputs["spec"]["jobTemplate"]["spec"]["template"]["metadata"]["labels"]
    admitting = [each.inputs["spec"] for each in recording.all(POLICY) if str(labels) in str(each.inputs)]
    assert [(each["podSelector"]["matchLabels"], each["ingress"][0]["ports"]) for each in admitting] == [
        (
            {"app.kubernetes.io/name": "etcd", "app.kubernetes.io/instance": "milvus"},
            [{"protocol": "TCP", "port": 2379}],
        )
    ]
    (container,) = recording.one(CRON_JOB).inputs["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    assert container["env"] == [{"name": "ETCD_URL", "value": "http://milvus-etcd:2379"}]


def test_its_pod_keeps_to_the_policies_which_see_into_cron_jobs() -> None:
    resource = Resource(type=CRON_JOB, name="milvus-etcd-care", inputs=deployed().one(CRON_JOB).inputs)
    assert [text for rule in RULES for _, text in rule.findings([resource])] == []
    (container,) = resource.inputs["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    container.update(image="python", securityContext={}, resources={})
    told = {rule.name for rule in RULES for _ in rule.findings([resource])}
    assert told == {"pod-security", "pods-limited", "known-images", "pinned-versions"}
